// The Unix socket on which operators reach a server: bound with mode 0660, never taken from a
// server that runs.
#pragma once

#include <string>

#include "base/error.h"
#include "server/listeners.h"

namespace rhumb {

// Listens on `path`. Its folder is made if only that is missing; a socket that a dead server left
// is replaced. Error: why not, with the path.
Result<Fd> bind_control_socket(const std::string& path);

// Why nobody can be reached at `path`; empty when somebody can.
std::string why_not_reached(const std::string& path);

}  // namespace rhumb
