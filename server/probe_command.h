// `rhumb probe ID -c FILE`: one probe from this machine as the files say, without a server.
#pragma once

#include <iosfwd>

#include "server/command_line.h"
#include "server/helper.h"

namespace rhumb {

// Returns the exit code. `helper` makes the client maps and runs commands; null: there is none.
int probe_files(const Command& command, Helper* helper, std::ostream& out, std::ostream& err);

}  // namespace rhumb
