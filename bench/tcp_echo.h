// The baseline over TCP: what of a name server is left when it neither reads questions nor looks up
// answers. One thread, one epoll; accepts, reads, replies, and closes after its client did.
#pragma once

#include <cstddef>

namespace rhumb::bench {

// Serves a listening, non-blocking socket for ever. Each question comes back as `reply_size` octets
// behind a length (RFC 1035 §4.2.2). A question in pieces ends its connection: on loopback they
// come whole.
[[noreturn]] void echo_tcp(int listener, std::size_t reply_size);

}  // namespace rhumb::bench
