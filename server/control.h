// Serves the API on a Unix socket by a thread of its own. The door to libmicrohttpd. Everything a
// client can take is bounded: connections, bytes of a request, and time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "server/control_api.h"
#include "server/listeners.h"

namespace rhumb {

inline constexpr unsigned int kMaxApiConnections = 64;
inline constexpr std::size_t kMaxApiHeaderBytes = std::size_t{32} * 1024;
inline constexpr std::size_t kMaxApiBodyBytes = std::size_t{64} * 1024;

struct ControlLimits {
  // For a client to send its request, and again to take the reply.
  std::int64_t patience_ms = 10'000;
};

class ControlServer {
 public:
  // Serves on `socket`, which listens on the path `path`; that file is removed in the end. `api` is
  // borrowed. Null when libmicrohttpd refuses.
  static std::unique_ptr<ControlServer> start(Fd socket, const std::string& path, ControlApi& api,
                                              ControlLimits limits = {});
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  // Answers with 503 what still waits, and stops.
  ~ControlServer();

 private:
  class Server;
  explicit ControlServer(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace rhumb
