// Percent-encoding (RFC 3986 §2.1), of what goes into a URL and of what comes as such. Pure.
#pragma once

#include <string>
#include <string_view>

namespace rhumb {

// `text` with everything but RFC 3986's unreserved characters, and those of `also_plain`, encoded.
std::string percent_encoded(std::string_view text, std::string_view also_plain = {});

// The octets that are meant, which may be any. A `%` without two hexadecimal digits behind it stays
// as it is.
std::string percent_decoded(std::string_view text);

}  // namespace rhumb
