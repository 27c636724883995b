// `rhumb check`: loads everything as a server would, and tells what is wrong with it, what will not
// do what it looks like, and what would be served.
#pragma once

#include <iosfwd>

#include "server/command_line.h"
#include "server/map_compiler.h"

namespace rhumb {

// Returns the exit code.
int check_config(const Command& command, std::ostream& out, const MapCompiler& compile);

}  // namespace rhumb
