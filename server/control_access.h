// Who may change what over `http.listen`: a token decides, and without one nobody may. The control
// socket's file permission has decided already. Pure; it neither serves nor logs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/control_api.h"

namespace rhumb {

// True if `method` changes nothing (RFC 9110 §9.2.1).
bool is_safe(std::string_view method);

// The refusal of a request that changes something; nullopt when it may pass. `token` is the
// listener's; empty: it is read-only.
std::optional<ControlReply> refuse_change(const ControlRequest& request, std::string_view token);

// 401: `message` is for the client, `refusal` for the log alone.
ControlReply challenge(std::string_view message, std::string refusal);

// The token in the value of a header Authorization: Bearer … (RFC 6750 §2.1); empty: there is none.
std::string_view bearer_in(std::string_view authorization);

}  // namespace rhumb
