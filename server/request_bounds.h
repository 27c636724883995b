// What is looked at of a request to the API before the API is asked, and the replies that refuse it
// then. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/control_api.h"

namespace rhumb {

// Whether `target`, as it was sent, means an octet that would end its text.
bool holds_nul(std::string_view target);

// The path of a target whose query is cut off: of the absolute form too, which every server must
// take (RFC 9112 §3.2.2).
std::string_view path_of(std::string_view target);

// What the body will have by this header; 0: it does not say.
std::uint64_t content_length(std::string_view header);

ControlReply nul_in_target();
ControlReply headers_too_large();
ControlReply body_too_large();

}  // namespace rhumb
