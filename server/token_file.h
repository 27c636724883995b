// Reads a secret that is sent or expected as a bearer token from its file.
#pragma once

#include <string>

#include "base/error.h"

namespace rhumb {

constexpr std::size_t kMaxTokenBytes = 8'192;

// The file's first line, which is visible ASCII without blanks.
Result<std::string> read_token(const std::string& path);

}  // namespace rhumb
