// The token that may push to a PUSH check: the first line of its tokenFile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

inline constexpr std::size_t kMaxPushTokenBytes = 4'096;

// Read anew at each push, so that a token can be replaced. The error names the file.
Result<std::string> read_push_token(const std::string& path);

// Whether the two are alike, in a time that tells nothing of where they differ.
bool is_same_token(std::string_view given, std::string_view token);

}  // namespace rhumb
