#include "server/socket_facts.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "server/socket_address.h"

namespace rhumb {
namespace {

// -1: it has none.
int socket_option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

SocketKind kind_of(int family, int type, int protocol) {
  if (family == AF_UNIX) return type == SOCK_STREAM ? SocketKind::kUnix : SocketKind::kOther;
  if (family != AF_INET && family != AF_INET6) return SocketKind::kOther;
  if (type == SOCK_DGRAM && protocol == IPPROTO_UDP) return SocketKind::kUdp;
  return type == SOCK_STREAM && protocol == IPPROTO_TCP ? SocketKind::kTcp : SocketKind::kOther;
}

// Of an abstract socket there is none.
std::string socket_path(const sockaddr_storage& storage, socklen_t size) {
  constexpr std::size_t kBefore = offsetof(sockaddr_un, sun_path);
  sockaddr_un address{};
  if (size <= kBefore || size > sizeof address) return {};
  std::memcpy(&address, &storage, size);
  const std::string_view path(address.sun_path, size - kBefore);
  return std::string(path.substr(0, path.find('\0')));
}

}  // namespace

std::optional<SocketFacts> look_at_socket(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);  // NOLINT: how the sockets API types it
  if (getsockname(fd, address, &size) != 0) return std::nullopt;
  SocketFacts facts;
  facts.kind = kind_of(storage.ss_family, socket_option(fd, SOL_SOCKET, SO_TYPE),
                       socket_option(fd, SOL_SOCKET, SO_PROTOCOL));
  facts.listens = socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
  if (facts.kind == SocketKind::kUnix) facts.path = socket_path(storage, size);
  if (facts.kind == SocketKind::kUdp || facts.kind == SocketKind::kTcp) {
    facts.endpoint = to_endpoint(address);
    facts.takes_ipv4 = storage.ss_family == AF_INET6 && facts.endpoint.address.is_unspecified() &&
                       socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
  }
  return facts;
}

}  // namespace rhumb
