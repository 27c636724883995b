// Servers on the loopback that behave badly on purpose, for tests of what talks to them: each is a
// listening socket, a thread that accepts, and a thread a connection that runs the given behaviour.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "server/socket_address.h"

namespace rhumb {

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

// A socket bound to a free port of `address`.
class BoundSocket {
 public:
  // Port 0: any that is free.
  BoundSocket(const IpAddress& address, int type, std::uint16_t port = 0) {
    const SocketAddress wanted = to_socket_address({address, port});
    fd_ = socket(wanted.storage.ss_family, type | SOCK_CLOEXEC, 0);
    SocketAddress got;
    got.size = sizeof got.storage;
    if (fd_ < 0 || bind(fd_, wanted.get(), wanted.size) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&got.storage), &got.size) != 0) {
      throw std::runtime_error("cannot bind a socket on " + to_string(address));
    }
    endpoint_ = to_endpoint(got.get());
  }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;
  ~BoundSocket() { close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  int fd_ = -1;
  Endpoint endpoint_;
};

// What a behaviour does with its connection. Every call returns false once the peer or the test is
// gone.
class Connection {
 public:
  Connection(int fd, const std::atomic<bool>& stop) : fd_(fd), stop_(stop) {}

  // Reads until the end of the request's headers; they are in `request`.
  bool read_request() {
    while (request.find("\r\n\r\n") == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }

  bool send(std::string_view data) {
    while (!data.empty()) {
      if (!wait_for(POLLOUT)) return false;
      const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      data.remove_prefix(static_cast<std::size_t>(sent));
      sent_bytes += static_cast<std::size_t>(sent);
    }
    return true;
  }

  // Keeps still until the peer hangs up.
  void wait_for_end() {
    while (read_some()) request.clear();
  }

  // The next close() sends RST.
  void reset_on_close() const {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  std::string request;
  std::size_t sent_bytes = 0;

 private:
  bool read_some() {
    if (!wait_for(POLLIN)) return false;
    char buffer[4096];
    const ssize_t size = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) request.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  [[nodiscard]] bool wait_for(short event) const {
    while (!stop_) {
      pollfd wanted{fd_, event, 0};
      if (poll(&wanted, 1, 20) > 0) return true;
    }
    return false;
  }

  int fd_;
  const std::atomic<bool>& stop_;
};

class HostileServer {
 public:
  using Behaviour = std::function<void(Connection&)>;

  explicit HostileServer(Behaviour behaviour, const IpAddress& address = ip("127.0.0.1"))
      : behaviour_(std::move(behaviour)), socket_(address, SOCK_STREAM) {
    listen(socket_.fd(), 1024);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer() { stop(); }

  // Ends and joins all threads.
  void stop() {
    stop_ = true;
    if (acceptor_.joinable()) acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  [[nodiscard]] std::uint16_t port() const { return socket_.endpoint().port; }
  // The latest request that a behaviour has read.
  [[nodiscard]] std::string last_request() {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] std::size_t sent_bytes() const { return sent_bytes_; }

 private:
  void accept_all() {
    while (!stop_) {
      pollfd wanted{socket_.fd(), POLLIN, 0};
      if (poll(&wanted, 1, 20) <= 0) continue;
      const int fd = accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++accepted_;
      workers_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    Connection connection(fd, stop_);
    behaviour_(connection);
    sent_bytes_ += connection.sent_bytes;
    {
      const std::lock_guard lock(mutex_);
      if (!connection.request.empty()) last_request_ = connection.request;
    }
    close(fd);
  }

  Behaviour behaviour_;
  BoundSocket socket_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> accepted_ = 0;
  std::atomic<std::size_t> sent_bytes_ = 0;
  std::mutex mutex_;
  std::string last_request_;
  std::vector<std::thread> workers_;  // the acceptor's until it has been joined
  std::thread acceptor_;
};

// Reads the request and answers it with `reply`.
inline HostileServer::Behaviour reply_with(std::string reply) {
  return [reply = std::move(reply)](Connection& connection) {
    if (!connection.read_request()) return;
    const std::string request = connection.request;
    connection.send(reply);
    connection.wait_for_end();
    connection.request = request;
  };
}

}  // namespace rhumb
