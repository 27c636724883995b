// What each command does, by the exit code that it ends with. Those that ask a running server do so
// over its control socket or its URL; of several servers, all.
#pragma once

#include <iosfwd>

#include "server/command_line.h"
#include "server/helper.h"
#include "server/inherited.h"

namespace rhumb {

// Whether it loads what a server would, client maps included.
bool needs_helper(const Command& command);

// `helper` may be null if the command does not serve, and needs none or the configuration says
// nothing of places. `passed` is for a command that serves.
int run_command(const Command& command, std::ostream& out, std::ostream& err,
                Helper* helper = nullptr, const PassedDescriptors& passed = {});

}  // namespace rhumb
