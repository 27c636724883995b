// What the kernel tells of UDP sockets on the loopback.
#pragma once

#include <cstdint>

#include "base/ip.h"

namespace rhumb::bench {

// Datagrams that the sockets bound to this IPv4 address had no room for, all together.
std::uint64_t kernel_drops(const Endpoint& endpoint);

}  // namespace rhumb::bench
