// `rhumb explain -c FILE`: what a server with these files would answer, and why, with the checks of
// one's choice taken for unhealthy. Probes nothing.
#pragma once

#include <iosfwd>

#include "server/command_line.h"
#include "server/map_compiler.h"

namespace rhumb {

// Returns the exit code. `compile` makes the client maps.
int explain_files(const Command& command, const MapCompiler& compile, std::ostream& out,
                  std::ostream& err);

}  // namespace rhumb
