// What the kernel says of a socket, whoever made it: of one that was inherited or handed over there
// is no other way to know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ip.h"

namespace rhumb {

enum class SocketKind : std::uint8_t { kUdp, kTcp, kUnix, kOther };

struct SocketFacts {
  SocketKind kind = SocketKind::kOther;
  bool listens = false;     // of kTcp and kUnix
  Endpoint endpoint{};      // of kUdp and kTcp: where it is bound
  bool takes_ipv4 = false;  // of an IPv6 socket: IPv4 clients come to it, too
  std::string path{};       // of kUnix; empty: it has none
};

// nullopt: it is no socket.
std::optional<SocketFacts> look_at_socket(int fd);

}  // namespace rhumb
