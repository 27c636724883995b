// A secret that is sent or expected as a bearer token: what its file's text must be, and whether
// two are the same. One rule for all that have a `tokenFile`. Pure; it reads no file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

inline constexpr std::size_t kMaxTokenBytes = 8'192;  // of the whole file; who reads it sees to it

// The token in the text of a tokenFile: the first line, without blanks at its ends. An error if
// that is empty or is more than one word of visible ASCII, which is all that a header can carry.
// The error goes on behind the file's name: `has no token; …`.
Result<std::string> parse_token(std::string_view text);

// Whether the two are alike, in a time that tells nothing of where they differ. Nothing is an empty
// token.
bool is_same_token(std::string_view given, std::string_view token);

}  // namespace rhumb
