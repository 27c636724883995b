// Sockets that a server does not bind itself: inherited from a service manager, or handed over by
// the server whose place it takes. A value.
#pragma once

#include <optional>
#include <vector>

#include "base/ip.h"
#include "server/listeners.h"

namespace rhumb {

struct GivenSockets {
  std::vector<Listener> dns;
  std::optional<Endpoint> http_endpoint;  // nullopt: there is none
  Fd http;
  Fd control;                         // not valid: there is none
  bool is_control_inherited = false;  // its file is a service manager's
  Fd handover;                        // for the next successor; not valid: there is none
};

}  // namespace rhumb
