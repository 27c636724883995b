// Endpoints to and from the kernel's socket addresses. Nothing else knows sockaddr.
#pragma once

#include <sys/socket.h>

#include "base/ip.h"

namespace rhumb {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // NOLINT: how the sockets API types it
  }
};

SocketAddress to_socket_address(const Endpoint& endpoint);

// AF_INET or AF_INET6; anything else is 0.0.0.0:0.
Endpoint to_endpoint(const sockaddr* address) noexcept;

}  // namespace rhumb
