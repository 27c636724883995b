// A dnstap collector for tests: greets as Frame Streams has it, keeps the frames that it reads, and
// reads none while it is told to.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/listeners.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"

namespace rhumb::test {

class FakeCollector {
 public:
  explicit FakeCollector(std::string path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path_, address.sun_path);
    unlink(path_.c_str());
    listener_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { run(); });
  }
  FakeCollector(const FakeCollector&) = delete;
  FakeCollector& operator=(const FakeCollector&) = delete;
  ~FakeCollector() {
    stopping_ = true;
    thread_.join();
  }

  void read_nothing(bool on) { is_stalled_ = on; }
  [[nodiscard]] std::vector<Bytes> frames() const {
    const std::lock_guard lock(mutex_);
    return frames_;
  }
  [[nodiscard]] bool wait_frames(std::size_t count) const {
    return wait_until([&] { return frames().size() >= count; });
  }
  // Streams that came to their end in the proper way.
  [[nodiscard]] int finished() const { return finished_; }

 private:
  enum Control : std::uint32_t { kAccept = 1, kStart = 2, kStop = 3, kReady = 4, kFinish = 5 };

  // False: it is to stop.
  [[nodiscard]] bool wait_readable(int fd) const {
    while (!stopping_) {
      pollfd watched{fd, POLLIN, 0};
      if (!is_stalled_ && poll(&watched, 1, 10) > 0) return true;
      if (is_stalled_) std::this_thread::yield();
    }
    return false;
  }

  [[nodiscard]] bool read_all(int fd, Bytes& to) const {
    for (std::size_t got = 0; got < to.size();) {
      if (!wait_readable(fd)) return false;
      const ssize_t size = recv(fd, to.data() + got, to.size() - got, 0);
      if (size <= 0) return false;
      got += static_cast<std::size_t>(size);
    }
    return true;
  }

  bool read_u32(int fd, std::uint32_t& number) const {
    Bytes octets(4);
    if (!read_all(fd, octets)) return false;
    number = 0;
    for (const std::uint8_t octet : octets) number = number << 8U | octet;
    return true;
  }

  static void answer(int fd, Control what, Bytes more) {
    const auto size = static_cast<std::uint8_t>(4 + more.size());
    Bytes frame = {0, 0, 0, 0, 0, 0, 0, size, 0, 0, 0, static_cast<std::uint8_t>(what)};
    frame.insert(frame.end(), more.begin(), more.end());
    send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);
  }

  void run() {
    while (wait_readable(listener_.get())) {
      const Fd stream(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      while (read_frame(stream.get())) {
      }
    }
  }

  bool read_frame(int fd) {
    std::uint32_t size = 0;
    if (!read_u32(fd, size)) return false;
    const bool is_control = size == 0;
    if (is_control && !read_u32(fd, size)) return false;
    Bytes frame(size);
    if (!read_all(fd, frame)) return false;
    if (!is_control) {
      const std::lock_guard lock(mutex_);
      frames_.push_back(std::move(frame));
      return true;
    }
    if (frame[3] == kReady) answer(fd, kAccept, {frame.begin() + 4, frame.end()});
    if (frame[3] != kStop) return true;
    ++finished_;
    answer(fd, kFinish, {});
    return false;
  }

  std::string path_;
  Fd listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> is_stalled_{false};
  std::atomic<int> finished_{0};
  mutable std::mutex mutex_;
  std::vector<Bytes> frames_;
  std::thread thread_;
};

}  // namespace rhumb::test
