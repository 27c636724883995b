#include "bench/tcp_echo.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace rhumb::bench {
namespace {

constexpr std::size_t kLengthOctets = 2;
constexpr std::size_t kRoom = 64 << 10;

struct EchoBuffers {
  std::array<std::uint8_t, kRoom> in{};
  std::array<std::uint8_t, kRoom> out{};
};

void watch_reads(int poller, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

void accept_all(int poller, int listener) {
  for (int fd = 0; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // as rhumb's TCP worker does
    watch_reads(poller, fd);
  }
}

// Octets of the replies to all questions of `buffers.in`; 0 if the last one is in pieces or there
// is no room.
std::size_t make_replies(EchoBuffers& buffers, std::size_t size, std::size_t reply_size) {
  std::size_t written = 0;
  for (std::size_t at = 0; at < size;) {
    if (size - at < kLengthOctets + 12) return 0;
    const std::size_t question = std::size_t{buffers.in[at]} << 8U | buffers.in[at + 1];
    if (size - at < kLengthOctets + question) return 0;
    if (kRoom - written < kLengthOctets + std::max(reply_size, question)) return 0;
    std::uint8_t* reply = &buffers.out[written];
    std::copy_n(&buffers.in[at], kLengthOctets + question, reply);
    reply[0] = static_cast<std::uint8_t>(reply_size >> 8U);
    reply[1] = static_cast<std::uint8_t>(reply_size);
    reply[kLengthOctets + 2] |= 0x80U;  // QR
    at += kLengthOctets + question;
    written += kLengthOctets + reply_size;
  }
  return written;
}

void serve_one(int fd, EchoBuffers& buffers, std::size_t reply_size) {
  const ssize_t got = recv(fd, buffers.in.data(), buffers.in.size(), 0);
  const std::size_t size =
      got > 0 ? make_replies(buffers, static_cast<std::size_t>(got), reply_size) : 0;
  if (size == 0 || send(fd, buffers.out.data(), size, MSG_NOSIGNAL) < 0) close(fd);
}

}  // namespace

[[noreturn]] void echo_tcp(int listener, std::size_t reply_size) {
  const auto buffers = std::make_unique<EchoBuffers>();
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  watch_reads(poller, listener);
  std::array<epoll_event, 256> events{};
  while (true) {
    const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_all(poller, listener);
      } else {
        serve_one(fd, *buffers, reply_size);
      }
    }
  }
}

}  // namespace rhumb::bench
