// `rhumb serve`: wires everything together, in the order in which it may fail, and takes it apart
// again. It decides nothing.
#pragma once

#include <string>

#include "server/helper.h"
#include "server/inherited.h"
#include "server/obtain.h"

namespace rhumb {

struct ServeOptions {
  std::string config;  // the path of rhumb.yaml
  Start start = Start::kBesideNone;
  bool last_good = false;      // where the files have errors, those that were accepted last
  PassedDescriptors passed{};  // by a service manager
};

// Runs until a signal or a successor ends it. Returns the exit code. Requires: no other thread runs
// yet, and `helper` has not begun.
int serve(const ServeOptions& options, Helper& helper);

}  // namespace rhumb
