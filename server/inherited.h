// Sockets that a service manager has bound and passed on by LISTEN_FDS (sd_listen_fds(3)): which
// they are, and what of rhumb.yaml each is for, by its address and transport.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"
#include "server/given_sockets.h"
#include "server/listeners.h"

namespace rhumb {

inline constexpr int kMaxInheritedSockets = 1'024;

// How many were passed, from descriptor 3 on, by what the variables say; null: they are not set.
// None if they are meant for another process than `own`. Error: so many cannot be taken.
Result<int> inherited_count(const char* listen_fds, const char* listen_pid, pid_t own);

// What this process was started with, by number: nobody's yet.
struct PassedDescriptors {
  std::vector<int> numbers;
  std::string fault;  // why these are not what LISTEN_FDS says; empty: they are
};

// A second call finds none. Requires: this process has opened nothing yet, which would be taken for
// what was passed, and no other thread runs.
PassedDescriptors look_for_passed();

struct Inherited {
  GivenSockets sockets;
  std::vector<std::string> warnings;
};

// A TCP socket at `http.listen` is the API's, a Unix one at `controlSocket` the operators'; every
// other UDP or TCP socket is for questions, whether `listen` has its address or not: nobody else
// would read it. What is none of these is closed, with a warning.
Inherited sort_inherited(std::vector<Fd> fds, const Config& config);

}  // namespace rhumb
