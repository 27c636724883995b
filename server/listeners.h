// The sockets that questions arrive at, as values: bound, listening and set up, whoever made them
// (bound here; later inherited or adopted). Workers take them and never bind.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/ip.h"
#include "dns/query.h"

namespace rhumb {

inline constexpr int kMaxUdpThreads = 64;
// Of sockets that were bound by others each is read, however many there are: up to this.
inline constexpr int kMaxGivenUdpSockets = 128;
inline constexpr int kTcpBacklog = 1024;

// A file descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  // Gives the descriptor away.
  int release();

 private:
  int fd_ = -1;
};

struct Listener {
  Endpoint endpoint;
  Transport transport = Transport::kUdp;
  int worker = 0;  // which of the workers it is for
  Fd fd;
  bool is_copy = false;       // of a socket that another worker reads too
  bool is_inherited = false;  // a service manager's, who keeps it whatever becomes of this server
};

struct BoundListeners {
  std::vector<Listener> listeners;    // none if there are errors
  std::vector<std::string> errors;    // addresses that cannot be had, and why
  std::vector<std::string> warnings;  // addresses passed over because the kernel lacks their family
  std::vector<Listener> unused;       // of those that were given: at other addresses
};

// Where to listen when rhumb.yaml does not say: 0.0.0.0:53 and [::]:53.
std::vector<Endpoint> default_endpoints();

// One UDP and one TCP socket for each endpoint and worker, at most kMaxUdpThreads UDP sockets in
// all. A family that the kernel lacks is passed over only if `endpoints` are the default ones.
// Where sockets are given of an address and transport, none is bound: each of them has a reader,
// and where there are more workers than sockets they share them by copies. Nobody who is bound
// beside a server that answers would take questions from it before he can answer them.
[[nodiscard]] BoundListeners bind_listeners(std::span<const Endpoint> endpoints, int workers,
                                            bool skip_missing_family,
                                            std::vector<Listener> given = {});

// Another descriptor of the same socket; not valid when there can be none.
Fd copy_of(const Fd& fd);

}  // namespace rhumb
