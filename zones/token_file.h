// The file of a bearer token: of a check, of `http` or of a command. It keeps nothing.
#pragma once

#include <string>

#include "base/error.h"

namespace rhumb {

// The secret in a `tokenFile`, by the rule of text/token.h. Reads a regular file of kMaxTokenBytes
// at most and never waits for a FIFO: a probe or push may do so, to have the token that is there
// now. The error goes on behind the file's name: `has no token; …`.
Result<std::string> read_token_file(const std::string& path);

}  // namespace rhumb
