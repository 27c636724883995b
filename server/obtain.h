// All sockets that a server listens on, before it answers: those that it was given, by the server
// whose place it takes or by a service manager, as far as rhumb.yaml has a use for them, and the
// rest bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/config.h"
#include "server/control.h"
#include "server/inherited.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/privileges.h"
#include "server/take_over.h"

namespace rhumb {

// Whether a server that runs is to be replaced.
enum class Start : std::uint8_t { kBesideNone, kInItsPlace };

struct ObtainedSockets {
  std::vector<Listener> listeners;
  ControlSockets control;
  std::string control_file;  // that is this server's to remove, once it alone serves there; empty:
                             // it is a service manager's
  Fd handover;               // where successors come; not valid: there can be none, which was told
  std::optional<TakeOver> take_over;  // from whom; none: nobody reads these sockets
};

// Tells what cannot be had, and then there is nothing. What is made belongs to `owner`, or to this
// process's user if there is none. Requires: no other thread runs.
// `passed` is taken.
std::optional<ObtainedSockets> obtain_sockets(const Config& config, int workers, const User* owner,
                                              Start start, const PassedDescriptors& passed,
                                              Log& log);

// The addresses of these, each once.
std::vector<Endpoint> endpoints_of(const std::vector<Listener>& listeners);

}  // namespace rhumb
