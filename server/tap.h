// The tap on questions and answers: a thread that reads what the workers copied into their rings
// and hands it to a dnstap collector, to the query log, or both. Off, there is no thread. It slows
// no answer: what it cannot keep up with is dropped and counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/listeners.h"
#include "server/log.h"
#include "server/tap_config.h"
#include "server/tap_port.h"

namespace rhumb {

inline constexpr int kTapLookMs = 5;  // how often the rings are looked at while they are empty

// dnstap messages since the start; a question and its answer are two.
struct TapCounts {
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;
  bool connected = false;
};

// Safe to use from every thread.
class Tap {
 public:
  // Borrows.
  explicit Tap(Log& log) : log_(log) {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  // What the workers have handed over is sent, if the collector takes it in time.
  ~Tap() { stop(); }

  // For one worker, as long as this stands.
  TapPort& add_port();
  // From now on, this is wanted. The collector's connection stays if nothing has changed.
  void configure(const TapConfig& config);
  [[nodiscard]] TapCounts counts() const;

 private:
  std::string start(const TapConfig& config);
  void stop();
  void run(const TapConfig& config);
  void open_ports();
  [[nodiscard]] std::vector<TapPort*> ports() const;

  Log& log_;
  std::mutex configuring_;  // held by configure() all the while
  Fd stop_fd_;              // readable once the thread is to end
  std::thread thread_;

  mutable std::mutex mutex_;  // guards what follows
  TapConfig config_;
  std::vector<std::unique_ptr<TapPort>> ports_;

  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> dropped_{0};  // by the thread; the ports' own are beside it
  std::atomic<bool> connected_{false};
};

}  // namespace rhumb
