#include "bench/target.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace rhumb {
namespace {

constexpr std::string_view kReply =
    "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
    "Cache-Control: no-store\r\n\r\nok\n";
constexpr std::string_view kDeadPath = "GET /dead";

void watch(int poller, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

// Answers every request but those for the dead path, which it leaves waiting. True if it did.
bool reply(int fd) {
  std::array<char, 4096> request{};
  const ssize_t size = recv(fd, request.data(), request.size(), 0);
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {
    close(fd);
  } else if (!std::string_view(request.data()).starts_with(kDeadPath)) {
    return send(fd, kReply.data(), kReply.size(), MSG_NOSIGNAL) > 0;
  }
  return false;
}

}  // namespace

void pin_to_core(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

int listen_anywhere(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, 4096) != 0) return -1;
  getsockname(fd, generic, &size);
  port = ntohs(address.sin_port);
  return fd;
}

[[noreturn]] void serve_checks(int listener, std::atomic<std::uint64_t>* answered) {
  const int poller = epoll_create1(0);
  watch(poller, listener);
  std::array<epoll_event, 256> events{};
  while (true) {
    const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        if (reply(fd) && answered != nullptr) ++*answered;
        continue;
      }
      for (int peer = 0; (peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        watch(poller, peer);
      }
    }
  }
}

}  // namespace rhumb
