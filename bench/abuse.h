// Those who mean a DNS server harm, on the loopback alone and bounded in number: senders of fuzzed
// datagrams, and TCP clients who stall, dribble and reset. Each is a thread that goes on until it
// is stopped. None judges the server.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/ip.h"
#include "bench/generator.h"
#include "tests/support/mutator.h"

namespace rhumb::bench {

struct FuzzCounts {
  std::uint64_t sent = 0;
  std::uint64_t replies = 0;  // that were read: not all are
};

// Sends fuzzed datagrams at a steady rate.
class Fuzzer {
 public:
  // `packets_a_second` 0: as many as the sender can.
  Fuzzer(const Endpoint& server, const Questions& questions, double packets_a_second,
         std::uint64_t seed);
  Fuzzer(const Fuzzer&) = delete;
  Fuzzer& operator=(const Fuzzer&) = delete;
  ~Fuzzer() { stop(); }
  FuzzCounts stop();

 private:
  void run();
  void send_some(std::size_t lane, std::size_t count);
  void drain(std::size_t lane);

  const double packets_a_second_;
  test::Mutator mutator_;
  std::vector<int> lanes_;
  std::vector<std::vector<std::uint8_t>> messages_;
  FuzzCounts counts_;  // the thread's until it has ended
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

struct AbuseCounts {
  std::uint64_t connections = 0;
  std::uint64_t resets = 0;  // of these, closed with RST at once
  std::uint64_t closed = 0;  // by the server
};

// TCP clients of three kinds: who asks for much and never reads, who writes an octet a second, who
// connects and resets. Those whom the server closes come again.
class Abusers {
 public:
  // `large`: a question with a large reply.
  Abusers(const Endpoint& server, const std::vector<std::uint8_t>& large);
  Abusers(const Abusers&) = delete;
  Abusers& operator=(const Abusers&) = delete;
  ~Abusers() { stop(); }
  AbuseCounts stop();

 private:
  struct Client {
    enum class Kind : bool { kStalls, kDribbles };
    Kind kind = Kind::kStalls;
    int fd = -1;
    std::size_t sent_bytes = 0;
  };

  void run();
  int open_from(int client);
  void go_on(Client& client, int number, bool is_second_over);
  void reset_one(int number);

  const Endpoint server_;
  std::vector<std::uint8_t> questions_;  // what those who stall ask
  std::vector<std::uint8_t> dribble_;
  AbuseCounts counts_;  // the thread's until it has ended
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

struct AskCounts {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
};

// One good TCP client among them: asks in turn, a question at a time, twenty over each connection.
class TcpAsker {
 public:
  TcpAsker(const Endpoint& server, Questions questions);
  TcpAsker(const TcpAsker&) = delete;
  TcpAsker& operator=(const TcpAsker&) = delete;
  ~TcpAsker() { stop(); }
  AskCounts stop();

 private:
  void run();
  [[nodiscard]] int connect_one() const;
  static bool ask(int fd, std::span<const std::uint8_t> question);

  const Endpoint server_;
  const Questions questions_;
  AskCounts counts_;  // the thread's until it has ended
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace rhumb::bench
