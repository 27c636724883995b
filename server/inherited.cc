#include "server/inherited.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "server/socket_facts.h"
#include "text/quote.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr int kFirstInherited = 3;  // SD_LISTEN_FDS_START

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat found_a {};
  struct stat found_b {};
  return stat(a.c_str(), &found_a) == 0 && stat(b.c_str(), &found_b) == 0 &&
         found_a.st_dev == found_b.st_dev && found_a.st_ino == found_b.st_ino;
}

class Sorter {
 public:
  explicit Sorter(const Config& config) : config_(config) {}

  void take(Fd fd);
  Inherited finish() { return std::move(sorted_); }

 private:
  void take_dns(Fd fd, const SocketFacts& facts, Transport transport);
  void take_unix(Fd fd, const SocketFacts& facts);
  void warn(std::string text) { sorted_.warnings.push_back(std::move(text)); }

  const Config& config_;
  Inherited sorted_;
};

void Sorter::take(Fd fd) {
  const auto facts = look_at_socket(fd.get());
  const std::string name = "the inherited descriptor " + std::to_string(fd.get());
  if (!facts) return warn(name + " is no socket, and is closed");
  const bool is_http =
      facts->kind == SocketKind::kTcp && config_.http && config_.http->listen == facts->endpoint;
  if (facts->kind == SocketKind::kTcp && !facts->listens) {
    return warn(name + " is a TCP connection, and is closed; pass listening sockets (Accept=no)");
  }
  if (is_http) {
    sorted_.sockets.http_endpoint = facts->endpoint;
    sorted_.sockets.http = std::move(fd);
    (void)fcntl(sorted_.sockets.http.get(), F_SETFL, O_NONBLOCK);
    return;
  }
  switch (facts->kind) {
    case SocketKind::kUdp:
      return take_dns(std::move(fd), *facts, Transport::kUdp);
    case SocketKind::kTcp:
      return take_dns(std::move(fd), *facts, Transport::kTcp);
    case SocketKind::kUnix:
      return take_unix(std::move(fd), *facts);
    case SocketKind::kOther:
      return warn(name + " is of no use here, and is closed; pass UDP and TCP sockets");
  }
}

void Sorter::take_dns(Fd fd, const SocketFacts& facts, Transport transport) {
  const std::string address =
      to_string(facts.endpoint) + (transport == Transport::kUdp ? " (UDP)" : " (TCP)");
  if (facts.endpoint.port == 0) {
    return warn("an inherited socket is not bound to a port, and is closed: " + address);
  }
  const auto& listen = config_.listen;
  if (!listen.empty() && std::ranges::find(listen, facts.endpoint) == listen.end()) {
    warn("a socket for " + address + " is inherited that \"listen\" does not have; it is served");
  }
  if (facts.takes_ipv4) {
    warn("the inherited socket for " + address +
         " takes IPv4 clients too, who look alike to limits; write BindIPv6Only=ipv6-only and a "
         "socket for 0.0.0.0");
  }
  sorted_.sockets.dns.push_back({.endpoint = facts.endpoint,
                                 .transport = transport,
                                 .fd = std::move(fd),
                                 .is_inherited = true});
}

void Sorter::take_unix(Fd fd, const SocketFacts& facts) {
  const bool is_ours = facts.listens && is_same_file(facts.path, config_.control_socket);
  if (!is_ours) {
    return warn("the inherited socket " + path_in_quotes(facts.path) +
                " is not \"controlSocket\", and is closed");
  }
  (void)fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  sorted_.sockets.control = std::move(fd);
  sorted_.sockets.is_control_inherited = true;
}

}  // namespace

Result<int> inherited_count(const char* listen_fds, const char* listen_pid, pid_t own) {
  if (listen_fds == nullptr || listen_pid == nullptr) return 0;
  const auto pid = parse_whole(listen_pid, 1, own);
  if (!pid.ok() || pid.value() != own) return 0;
  const auto count = parse_whole(listen_fds, 0, kMaxInheritedSockets);
  if (!count.ok()) return Error{"LISTEN_FDS: " + count.error() + "; no socket is inherited"};
  return static_cast<int>(count.value());
}

PassedDescriptors look_for_passed() {
  const auto said = inherited_count(std::getenv("LISTEN_FDS"), std::getenv("LISTEN_PID"), getpid());
  for (const char* name : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}) unsetenv(name);
  PassedDescriptors passed;
  if (!said.ok()) {
    passed.fault = said.error();
    return passed;
  }
  for (int number = kFirstInherited; number < kFirstInherited + said.value(); ++number) {
    if (fcntl(number, F_SETFD, FD_CLOEXEC) == 0) passed.numbers.push_back(number);
  }
  const std::size_t missing = static_cast<std::size_t>(said.value()) - passed.numbers.size();
  if (missing > 0) {
    passed.fault = "LISTEN_FDS says " + std::to_string(said.value()) + "; of these " +
                   std::to_string(missing) + " are not there";
  }
  return passed;
}

Inherited sort_inherited(std::vector<Fd> fds, const Config& config) {
  Sorter sorter(config);
  for (Fd& fd : fds) sorter.take(std::move(fd));
  return sorter.finish();
}

}  // namespace rhumb
