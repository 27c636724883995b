// `rhumb serve`: wires everything together, in the order in which it may fail, and takes it apart
// again. It decides nothing.
#pragma once

#include <string>

#include "server/helper.h"

namespace rhumb {

// Runs until a signal ends it. Returns the exit code. Requires: no other thread runs yet, and
// `helper` has not begun.
int serve(const std::string& config_path, Helper& helper);

}  // namespace rhumb
