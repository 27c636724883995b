// Messages between our own processes, each whole or not at all, with file descriptors beside the
// bytes: SOCK_SEQPACKET over a pair of connected sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/listeners.h"

namespace rhumb {

inline constexpr std::size_t kMaxPacketSize = 4'096;  // octets
inline constexpr std::size_t kMaxPacketFds = 2;

struct Packet {
  std::string bytes;
  std::vector<Fd> fds;
  std::int64_t sender = 0;  // its process, by the kernel's word; 0: nobody has asked to be told
};

// From now on who receives here is told the sender's process.
void ask_for_senders(const Fd& receiver);

// Both ends; invalid ones when there can be none, with the reason in errno.
std::pair<Fd, Fd> make_packet_sockets();

enum class Sent : std::uint8_t { kYes, kNoRoom, kNobody };

// Sends now or not at all. The descriptors stay the caller's too.
Sent try_send_packet(const Fd& to, std::string_view bytes, std::initializer_list<int> fds = {});
// The same, but waits for room. False: nobody is at the other end.
bool send_packet(const Fd& to, std::string_view bytes, std::initializer_list<int> fds = {});

// Whether there is one to receive, or nobody at the other end, within `timeout_ms`.
bool has_packet(const Fd& from, int timeout_ms);

// Whether nobody is at the other end any more, within `timeout_ms`; packets are left alone.
bool is_deserted(const Fd& socket, int timeout_ms = 0);

// Waits for the next one; nullopt: nobody is at the other end, or nothing came in `timeout_ms`
// (negative: waits for ever).
std::optional<Packet> receive_packet(const Fd& from, int timeout_ms);

}  // namespace rhumb
