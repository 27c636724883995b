#include "server/packets.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace rhumb {
namespace {

constexpr std::size_t kControlSize =
    CMSG_SPACE(sizeof(int) * kMaxPacketFds) + CMSG_SPACE(sizeof(ucred));

std::vector<Fd> fds_of(msghdr& message) {
  std::vector<Fd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

std::int64_t sender_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender.pid;
  }
  return 0;
}

// Whoever is there may take it later.
bool is_want_of_room(int error) {
  return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS;
}

Sent send(const Fd& to, std::string_view bytes, std::initializer_list<int> fds, int flags) {
  assert(!bytes.empty() && bytes.size() <= kMaxPacketSize && fds.size() <= kMaxPacketFds);
  iovec content{const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT: sendmsg() only reads it
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  if (fds.size() > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(part), fds.begin(), sizeof(int) * fds.size());
  }
  ssize_t sent = 0;
  do {
    sent = sendmsg(to.get(), &message, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  if (sent == static_cast<ssize_t>(bytes.size())) return Sent::kYes;
  return is_want_of_room(errno) ? Sent::kNoRoom : Sent::kNobody;
}

}  // namespace

void ask_for_senders(const Fd& receiver) {
  const int on = 1;
  (void)setsockopt(receiver.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

std::pair<Fd, Fd> make_packet_sockets() {
  std::array<int, 2> ends = {-1, -1};
  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data());
  return {Fd(ends[0]), Fd(ends[1])};
}

Sent try_send_packet(const Fd& to, std::string_view bytes, std::initializer_list<int> fds) {
  return send(to, bytes, fds, MSG_DONTWAIT);
}

bool send_packet(const Fd& to, std::string_view bytes, std::initializer_list<int> fds) {
  return send(to, bytes, fds, 0) == Sent::kYes;
}

bool has_packet(const Fd& from, int timeout_ms) {
  pollfd watched{from.get(), POLLIN, 0};
  while (true) {
    const int ready = poll(&watched, 1, timeout_ms);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool is_deserted(const Fd& socket, int timeout_ms) {
  pollfd watched{socket.get(), 0, 0};
  return poll(&watched, 1, timeout_ms) > 0;
}

std::optional<Packet> receive_packet(const Fd& from, int timeout_ms) {
  if (!has_packet(from, timeout_ms)) return std::nullopt;
  Packet packet;
  packet.bytes.resize(kMaxPacketSize);
  iovec content{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, kControlSize> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = recvmsg(from.get(), &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return std::nullopt;
  packet.fds = fds_of(message);
  packet.sender = sender_of(message);
  if (got == 0) return std::nullopt;
  packet.bytes.resize(static_cast<std::size_t>(got));
  return packet;
}

}  // namespace rhumb
