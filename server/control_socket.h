// The sockets on which operators reach a server: the Unix one, bound with mode 0660 and never taken
// from a server that runs, and that of `http.listen`.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/ip.h"
#include "server/listeners.h"
#include "server/privileges.h"

namespace rhumb {

// Listens on `path`. Its folder is made if only that is missing; a socket that a dead server left
// is replaced. What is made belongs to `owner`, or to this process's user if there is none. Error:
// why not, with the path.
Result<Fd> bind_control_socket(const std::string& path, const User* owner = nullptr);

// Listens on `endpoint` over TCP. Error: why not, in full.
Result<Fd> bind_http_socket(const Endpoint& endpoint);

// Who is at the other end of a connection to the control socket: "uid=1000"; empty: not known.
std::string user_of(int connection);

struct Unreached {
  std::string why;
  bool is_nobody = false;  // there is no socket, or nobody listens any more; else nobody knows
};
// Nullopt when somebody can be reached at `path`.
std::optional<Unreached> why_not_reached(const std::string& path);

}  // namespace rhumb
