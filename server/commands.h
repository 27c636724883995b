// What each command does, by the exit code that it ends with. Those that ask a running server do so
// over its control socket.
#pragma once

#include <iosfwd>

#include "server/command_line.h"

namespace rhumb {

int run_command(const Command& command, std::ostream& out, std::ostream& err);

}  // namespace rhumb
