// A worker's end of the tap: it copies what it asked for into a ring and goes on. Closed, it costs
// one branch; a full ring loses the copy and never holds an answer up.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "answer/answer.h"
#include "answer/explain.h"
#include "base/own_lines.h"
#include "server/tap_record.h"
#include "server/tap_ring.h"

namespace rhumb {

inline constexpr std::size_t kTapRingBytes = std::size_t{2} << 20U;  // of each worker
inline constexpr std::size_t kMaxSetsText = 255;                     // octets; the rest is cut off

// An answered question as the worker has it.
struct TapMessages {
  Endpoint client;
  Endpoint server;
  std::uint64_t asked_ns = 0;  // Unix time
  std::span<const std::uint8_t> question;
  std::span<const std::uint8_t> reply;
};

class TapPort {
 public:
  // What is wanted of a worker.
  enum Wanted : std::uint8_t { kNothing = 0, kAll = 1, kSamples = 2 };

  TapPort() = default;
  TapPort(const TapPort&) = delete;
  TapPort& operator=(const TapPort&) = delete;
  ~TapPort() = default;

  // The worker's. Requires of take(): the reply is that of answer() to `query`, or what
  // answer_with_tc() made of it.
  [[nodiscard]] bool is_open() const noexcept {
    return wanted_.load(std::memory_order_relaxed) != kNothing;
  }
  void take(const View& view, const Query& query, const Outcome& outcome,
            const TapMessages& messages) noexcept;

  // The reader's. Memory is had by the first open() and kept, since the worker may be at it.
  void open(unsigned wanted);
  void close() noexcept { wanted_.store(kNothing, std::memory_order_relaxed); }
  // Lets the worker take one sample more, if it has taken the last.
  void grant() noexcept { granted_.fetch_add(1, std::memory_order_relaxed); }
  // Null before the first open().
  [[nodiscard]] TapRing* ring() const noexcept { return ring_.get(); }
  // Questions for the collector that found no room.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

 private:
  std::string_view chosen_sets(const View& view, const Query& query) noexcept;

  // Memory for a sample: it is answered once more, since the way it was answered is not kept.
  struct Replay {
    Explain explain;
    std::array<std::uint8_t, kMaxMessageSize> reply;
    std::array<char, kMaxSetsText> sets;
  };

  std::atomic<std::uint8_t> wanted_{kNothing};
  std::atomic<std::uint32_t> granted_{0};
  std::unique_ptr<TapRing> ring_;
  std::unique_ptr<Replay> replay_;
  alignas(kCacheLine) std::uint32_t taken_ = 0;  // the worker's own from here
  std::uint64_t seen_ = 0;                       // since the last sample
  std::uint64_t dropped_ = 0;
};

}  // namespace rhumb
