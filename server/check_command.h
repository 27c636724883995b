// `rhumb check`: loads everything as a server would, and tells what is wrong with it and what would
// be served.
#pragma once

#include <iosfwd>

#include "server/command_line.h"

namespace rhumb {

// Returns the exit code.
int check_config(const Command& command, std::ostream& out);

}  // namespace rhumb
