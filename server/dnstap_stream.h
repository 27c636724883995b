// The connection to a dnstap collector over its unix socket: Frame Streams, in both directions. The
// door to libfstrm. Sending never waits: frames go into a bounded buffer and from there as the
// collector takes them. A collector that is gone is looked for again, ever more seldom; the log
// says once that it is gone and once that it is back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "server/log.h"

namespace rhumb {

inline constexpr std::size_t kMaxDnstapBuffer = std::size_t{1} << 20U;  // octets
inline constexpr std::int64_t kDnstapFirstRetryMs = 100;  // doubled after each failure
inline constexpr std::int64_t kMaxDnstapRetryMs = 5'000;
// How long the collector may take to greet: meanwhile nothing else is read, nor logged.
inline constexpr int kDnstapGreetingMs = 300;
// The same in the end, to take what is left and to say so.
inline constexpr int kDnstapPatienceMs = 3'000;

class DnstapStream {
 public:
  // `stop_fd` turns readable when the owner is to end: it cuts greetings short. Borrows both.
  DnstapStream(std::string socket, int stop_fd, Log& log);
  DnstapStream(const DnstapStream&) = delete;
  DnstapStream& operator=(const DnstapStream&) = delete;
  ~DnstapStream();

  // Connects if there is no connection and it is time, sends what the collector takes, and notices
  // when it has gone.
  void keep_up(std::int64_t now_ms);
  // False: there is no connection, or no room.
  bool send(std::span<const std::uint8_t> frame);
  // Sends what is buffered and ends the stream as the protocol has it, if the collector lets us in
  // time.
  void end();

  [[nodiscard]] bool connected() const;
  // Frames that the kernel took, and those that were buffered when the connection was lost.
  [[nodiscard]] std::uint64_t sent() const;
  [[nodiscard]] std::uint64_t lost() const;

 private:
  class Link;
  void connect();
  void lose(std::int64_t now_ms);
  void drop_link();

  const std::string socket_;
  const int stop_fd_;
  Log& log_;
  std::unique_ptr<Link> link_;  // null: there is no connection
  std::uint64_t sent_ = 0;      // of links that have gone
  std::uint64_t lost_ = 0;
  std::int64_t retry_ms_ = kDnstapFirstRetryMs;
  std::int64_t next_try_ms_ = 0;
  bool told_gone_ = false;
};

}  // namespace rhumb
