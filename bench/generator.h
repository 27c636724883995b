// Drives a DNS server over UDP from one thread: many connected sockets, batched system calls, each
// question timed. A closed loop at full speed, or an open one at a fixed rate. Over TCP it is
// bench/tcp_generator.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/ip.h"

namespace rhumb::bench {

// Questions in wire form; their id is overwritten.
using Questions = std::vector<std::vector<std::uint8_t>>;

struct LoadPlan {
  Endpoint server;
  double seconds = 2;
  int sockets = 32;
  int window = 16;                 // questions under way on a socket
  double questions_a_second = 0;   // 0: as fast as they are answered
  int queries_per_connection = 1;  // over TCP, one after the other
  bool many_clients = false;  // each socket has an address of its own: 127.0.0.1, 127.1.0.1, …
  int burden_ns = 0;          // wasted at each question: a generator that is so much slower
  int core = -1;              // pin the generator; -1: do not
  double patience_s = 1;      // a question without a reply for so long is lost
  int pause_us = 0;           // when there is nothing to do: leaves the core to others
  // Called with each reply and the now_ns() at which it was read; false ends the load. May be null.
  std::function<bool(std::span<const std::uint8_t> reply, std::uint64_t at_ns)> on_reply = nullptr;
};

// Nanoseconds on the monotonic clock.
std::uint64_t now_ns();

// Latencies in a logarithmic histogram, 16 steps an octave.
class Latencies {
 public:
  void add(std::uint64_t nanoseconds);
  // The latency below which `share` (0…1) of all lie, in microseconds.
  [[nodiscard]] double percentile_us(double share) const;

 private:
  std::array<std::uint64_t, 1024> buckets_{};
  std::uint64_t count_ = 0;
};

struct LoadResult {
  static constexpr std::size_t kHeaderOctets = 12;  // of a message (RFC 1035 §4.1.1)

  double seconds = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t late = 0;        // of these, when the load had ended
  std::uint64_t lost = 0;        // no reply in time
  std::uint64_t overflowed = 0;  // of these, at most: replies that our own sockets had no room for
  std::array<std::uint64_t, 16> rcodes{};  // replies by rcode
  std::uint64_t truncated = 0;             // of these, with TC
  std::uint64_t empty = 0;                 // of these, NOERROR without an answer
  std::uint64_t reply_octets = 0;
  std::uint64_t connections = 0;  // that were opened
  std::uint64_t idle_ns = 0;      // the generator looked for replies and there were none
  Latencies latencies;

  // Takes a reply to a question that waits for one. Requires: kHeaderOctets at least.
  void count(std::span<const std::uint8_t> reply);
  [[nodiscard]] double rate() const { return static_cast<double>(answered - late) / seconds; }
  [[nodiscard]] std::uint64_t not_noerror() const { return answered - rcodes[0]; }
};

// A question with or without EDNS (UDP size 1232), which may tell of a client subnet: a prefix, or
// "" for none.
enum class WithEdns : bool { kNo, kYes };
std::vector<std::uint8_t> make_question(const std::string& name, const std::string& type,
                                        WithEdns edns, const std::string& subnet = {});

LoadResult run_load(const LoadPlan& plan, const Questions& questions);

// Gives a socket the address of client `number`: 127.0.0.1, 127.1.0.1, … 127.255.0.1.
void bind_client(int fd, int number);

// Keeps the calling thread on one core. -1: anywhere.
void pin_to_core(int core);

}  // namespace rhumb::bench
