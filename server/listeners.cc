#include "server/listeners.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "server/socket_address.h"

namespace rhumb {
namespace {

// Of each connection and direction, in octets; the kernel allows itself twice as much. Else it
// would keep some megabytes for a peer that does not read.
constexpr int kTcpBufferSize = 64 << 10;
constexpr int kUdpBufferSize =
    4 << 20;  // octets asked for; the kernel gives net.core.rmem_max at most

struct SocketError {
  std::string what;
  int code = 0;
};

using SocketResult = std::variant<Fd, SocketError>;

std::string transport_name(Transport transport) {
  return transport == Transport::kUdp ? "UDP" : "TCP";
}

void set_option(int fd, int level, int option, int value) {
  // Options that a kernel lacks change comfort, not meaning; those that matter show up at bind().
  (void)setsockopt(fd, level, option, &value, sizeof value);
}

// A forged "fragmentation needed" must not make this machine send replies in pieces, which others
// could exchange on the way: neither is such an ICMP believed, nor is DF set, so that a router with
// a small MTU may still cut them (RFC 9715).
void forget_path_mtu(int fd, const Endpoint& endpoint) {
  if (endpoint.address.is_v4()) {
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  }
}

void set_udp_options(int fd, const Endpoint& endpoint) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kUdpBufferSize);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, kUdpBufferSize);
  forget_path_mtu(fd, endpoint);
  if (!endpoint.address.is_unspecified()) return;
  // On a wildcard socket only the control data tell which address was asked, and so must answer.
  if (endpoint.address.is_v4()) {
    set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
}

// Each connection has them from its listener.
void set_tcp_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kTcpBufferSize);
  set_option(fd, SOL_SOCKET, SO_SNDBUF, kTcpBufferSize);
}

enum class Sharing : std::uint8_t { kAlone, kAmongWorkers };

SocketResult bind_socket(const Endpoint& endpoint, Transport transport, Sharing sharing) {
  const int domain = endpoint.address.is_v4() ? AF_INET : AF_INET6;
  const bool udp = transport == Transport::kUdp;
  // TCP sockets are polled by an event loop; a UDP thread blocks on its own.
  const int type = udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK;
  Fd fd(socket(domain, type | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return SocketError{"make a socket for", errno};
  if (domain == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (!udp) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);  // past connections in TIME_WAIT
  if (sharing == Sharing::kAmongWorkers) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  const SocketAddress address = to_socket_address(endpoint);
  if (bind(fd.get(), address.get(), address.size) != 0) return SocketError{"listen on", errno};
  if (udp) {
    set_udp_options(fd.get(), endpoint);
    return fd;
  }
  set_tcp_options(fd.get());
  if (listen(fd.get(), kTcpBacklog) != 0) {
    return SocketError{"listen on", errno};
  }
  return fd;
}

bool is_missing_family(int code) { return code == EAFNOSUPPORT || code == EADDRNOTAVAIL; }

std::string describe(const SocketError& error, const Endpoint& endpoint, Transport transport) {
  std::string text = "cannot " + error.what + " " + to_string(endpoint) + " (" +
                     transport_name(transport) + "): " + std::strerror(error.code);
  if (error.code == EADDRINUSE)
    text += "; another server has this port, stop it or change \"listen\"";
  if (error.code == EACCES) text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
  if (error.code == EADDRNOTAVAIL) text += "; no interface of this machine has this address";
  return text;
}

// SO_REUSEPORT lets a second server of the same user in silently, so a plain bind proves first that
// the port is free.
SocketResult prove_free(const Endpoint& endpoint, Transport transport) {
  return bind_socket(endpoint, transport, Sharing::kAlone);
}

// Binds `endpoint` for all workers; on failure says which transport could not be had.
struct EndpointFailure {
  SocketError error;
  Transport transport = Transport::kUdp;
};

std::optional<EndpointFailure> bind_endpoint(const Endpoint& endpoint, Transport transport,
                                             int workers, std::vector<Listener>& listeners) {
  SocketResult proof = prove_free(endpoint, transport);
  if (auto* error = std::get_if<SocketError>(&proof)) return EndpointFailure{*error, transport};
  proof = SocketError{};  // closes it
  for (int worker = 0; worker < workers; ++worker) {
    SocketResult bound = bind_socket(endpoint, transport, Sharing::kAmongWorkers);
    if (auto* error = std::get_if<SocketError>(&bound)) return EndpointFailure{*error, transport};
    listeners.push_back({endpoint, transport, worker, std::get<Fd>(std::move(bound))});
  }
  return std::nullopt;
}

// A socket that others bound is to be as if we had, but for what only can be said before bind().
void set_up_given(const Listener& given) {
  const int fd = given.fd.get();
  const int flags = fcntl(fd, F_GETFL);
  if (given.transport == Transport::kUdp) {
    (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return set_udp_options(fd, given.endpoint);
  }
  (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  set_tcp_options(fd);
  (void)listen(fd, kTcpBacklog);  // which it does already: for its backlog
}

// Those of `given` that are of this endpoint and transport; the rest stays.
std::vector<Listener> take_of(std::vector<Listener>& given, const Endpoint& endpoint,
                              Transport transport) {
  const auto others = std::stable_partition(given.begin(), given.end(), [&](const Listener& each) {
    return each.endpoint != endpoint || each.transport != transport;
  });
  std::vector<Listener> taken(std::make_move_iterator(others),
                              std::make_move_iterator(given.end()));
  given.erase(others, given.end());
  return taken;
}

// Each worker has a socket and each socket a worker.
std::optional<SocketError> share_out(std::vector<Listener> given, int workers,
                                     std::vector<Listener>& listeners) {
  const std::size_t sockets = given.size();
  for (std::size_t i = sockets; i < static_cast<std::size_t>(workers); ++i) {
    const Listener& shared = given[i % sockets];
    Listener copy{shared.endpoint, shared.transport, 0, copy_of(shared.fd), true};
    if (!copy.fd.valid()) return SocketError{"share the socket of", errno};
    given.push_back(std::move(copy));
  }
  int next = 0;
  for (Listener& listener : given) {
    set_up_given(listener);
    listener.worker = next++ % workers;
    listeners.push_back(std::move(listener));
  }
  return std::nullopt;
}

// Takes what is given of it, or else binds.
std::optional<EndpointFailure> have_endpoint(const Endpoint& endpoint, Transport transport,
                                             int workers, BoundListeners& bound) {
  std::vector<Listener> own = take_of(bound.unused, endpoint, transport);
  if (own.empty()) return bind_endpoint(endpoint, transport, workers, bound.listeners);
  const auto error = share_out(std::move(own), workers, bound.listeners);
  return error ? std::optional(EndpointFailure{*error, transport}) : std::nullopt;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this == &other) return *this;
  if (valid()) close(fd_);
  fd_ = other.release();
  return *this;
}

Fd::~Fd() {
  if (valid()) close(fd_);
}

int Fd::release() { return std::exchange(fd_, -1); }

std::vector<Endpoint> default_endpoints() {
  return {{IpAddress{}, 53}, {IpAddress::v6(std::array<std::uint8_t, 16>{}), 53}};
}

Fd copy_of(const Fd& fd) { return Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

BoundListeners bind_listeners(std::span<const Endpoint> endpoints, int workers,
                              bool skip_missing_family, std::vector<Listener> given) {
  BoundListeners bound;
  bound.unused = std::move(given);
  const int udp_workers = std::clamp(
      kMaxUdpThreads / static_cast<int>(std::max<std::size_t>(endpoints.size(), 1)), 1, workers);
  for (const Endpoint& endpoint : endpoints) {
    auto failure = have_endpoint(endpoint, Transport::kUdp, udp_workers, bound);
    if (!failure) failure = have_endpoint(endpoint, Transport::kTcp, workers, bound);
    if (!failure) continue;
    const bool passed_over = skip_missing_family && is_missing_family(failure->error.code);
    (passed_over ? bound.warnings : bound.errors)
        .push_back(describe(failure->error, endpoint, failure->transport));
  }
  const auto udp = std::ranges::count(bound.listeners, Transport::kUdp, &Listener::transport);
  if (udp > kMaxGivenUdpSockets) {
    bound.errors.push_back("there are " + std::to_string(udp) + " UDP sockets to read, and " +
                           std::to_string(kMaxGivenUdpSockets) +
                           " at most are read; stop the old server and start the new one instead");
  }
  if (!bound.errors.empty()) {
    bound.listeners.clear();
  } else if (bound.listeners.empty()) {
    bound.errors.emplace_back("no address to listen on is left");
  }
  return bound;
}

}  // namespace rhumb
