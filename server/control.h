// Serves the API by a thread of its own: on a Unix socket and, if there is one, on `http.listen`,
// there with TLS and for whom the terms of access allow it. The door to libmicrohttpd. Everything a
// client can take is bounded: connections, bytes of a request, and time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "server/control_api.h"
#include "server/http_access.h"
#include "server/listeners.h"
#include "server/log.h"

namespace rhumb {

// Of each listener. For one more the idlest is cut off.
inline constexpr unsigned int kMaxApiConnections = 64;
inline constexpr unsigned int kMaxFollowers = 16;
// Of one IPv4 address or IPv6 /56 over TCP.
inline constexpr unsigned int kMaxApiConnectionsOfClient = 32;
inline constexpr std::size_t kMaxApiConnectionBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxApiHeaderBytes = std::size_t{32} * 1024;
inline constexpr std::size_t kMaxApiBodyBytes = std::size_t{64} * 1024;
// A body that is too large is read to its end, so that the refusal is, unless it is larger still.
inline constexpr std::size_t kMaxDiscardedBytes = std::size_t{1024} * 1024;

struct ControlLimits {
  // For a client to send its request, and again to take the reply.
  std::int64_t patience_ms = 10'000;
};

struct ControlSockets {
  Fd socket;         // listens on `path`
  std::string path;  // is removed in the end; empty: the file stays
  Fd http;           // not valid: only the socket is served
};

class ControlServer {
 public:
  // `api` and `log` are borrowed. Null when libmicrohttpd refuses.
  static std::unique_ptr<ControlServer> start(ControlSockets sockets, HttpAccess access,
                                              ControlApi& api, Log& log, ControlLimits limits = {});
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  // Answers with 503 what still waits, and stops.
  ~ControlServer();

  // The control socket's file that is removed in the end; empty: it is another server's, and stays.
  void set_path(std::string path);

  // Requests from now on are served on these terms, connections from now on with this certificate.
  // Any thread.
  void adopt(HttpAccess access);

 private:
  class Server;
  explicit ControlServer(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

// Why TLS cannot be served on these terms; empty when it can. Requires: it has a certificate.
std::string why_no_tls(const HttpAccess& access);

}  // namespace rhumb
