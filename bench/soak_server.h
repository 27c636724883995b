// The server under a soak: a rhumb of its own on the loopback, with zones of every kind of answer,
// checks of a site that flaps, and one zone that is another one after each turn(). What it has done
// and what it costs is read from outside; nothing here judges it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/ip.h"
#include "bench/generator.h"
#include "server/listeners.h"
#include "tests/support/process.h"

namespace rhumb::bench {

// A site that is well for some requests, then unwell for as many.
class FlappingSite {
 public:
  FlappingSite();
  FlappingSite(const FlappingSite&) = delete;
  FlappingSite& operator=(const FlappingSite&) = delete;
  ~FlappingSite();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void run();

  std::uint16_t port_ = 0;
  Fd listener_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Since it was started, by its own metrics.
struct ServerCounts {
  std::uint64_t reloads = 0;
  std::uint64_t failed_reloads = 0;
  std::uint64_t transitions = 0;
};

class SoakServer {
 public:
  // Starts `binary`.
  explicit SoakServer(const std::string& binary);

  // Once it answers; false if it does not in time.
  [[nodiscard]] bool wait_serving() const;
  // Changes a zone and has it reloaded, without waiting.
  void turn();
  // Whether the zone as it was changed last is served; waits for it.
  [[nodiscard]] bool wait_last_turn() const;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] bool running() { return process_->running(); }
  [[nodiscard]] ServerCounts counts();
  // Datagrams that its sockets had no room for.
  [[nodiscard]] std::uint64_t overflowed() const;
  [[nodiscard]] std::size_t resident_kib() const;
  [[nodiscard]] std::string output() const { return process_->output(); }
  // True if it ends well when told to.
  [[nodiscard]] bool stop();

  // What good clients ask, all of which is answered with NOERROR.
  [[nodiscard]] static Questions good_questions();
  // One with a reply of 64 kilobytes over TCP.
  [[nodiscard]] static std::vector<std::uint8_t> large_question();

 private:
  void write_files() const;

  test::TempDir folder_;
  FlappingSite site_;
  Endpoint endpoint_;
  std::atomic<int> turns_ = 0;
  std::unique_ptr<test::Process> process_;
};

}  // namespace rhumb::bench
