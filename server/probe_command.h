// `rhumb probe ID -c FILE`: one probe from this machine as the files say, without a server.
#pragma once

#include <iosfwd>

#include "server/command_line.h"
#include "server/map_compiler.h"

namespace rhumb {

// Returns the exit code. `compile` makes the client maps, without which no files are loaded.
int probe_files(const Command& command, const MapCompiler& compile, std::ostream& out,
                std::ostream& err);

}  // namespace rhumb
