// The files that checks name and that only their probes and pushes open. A probe that cannot would
// take its site out, so loading finds out whether it will; this keeps nothing of what they hold.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace rhumb {

// Why the file cannot be read; nullopt: it can.
std::optional<std::string> why_unreadable(const std::string& path);

// Why the file cannot be run; nullopt: it can.
std::optional<std::string> why_not_executable(const std::string& path);

// The same file for a process in another folder. `path` as it is when there is no current one.
std::string from_the_root(const std::string& path);

// The secret in a `tokenFile`, by the rule of text/token.h. Reads a regular file of kMaxTokenBytes
// at most and never waits for a FIFO: a probe or push may do so, to have the token that is there
// now. The error goes on behind the file's name.
Result<std::string> read_token_file(const std::string& path);

}  // namespace rhumb
