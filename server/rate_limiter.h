// The accounts of response rate limiting, one table for all UDP workers: fixed memory, no lock. An
// account that finds no place displaces the one that is nearest to full, which is the one that is
// missed least. What is charged to which account is answer/rate_limit's to say.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "answer/rate_limit.h"
#include "base/own_lines.h"
#include "server/log.h"

namespace rhumb {

inline constexpr std::size_t kMaxAccounts = std::size_t{1} << 17U;  // in 1 MiB
// Between log lines on networks that begin to be limited.
inline constexpr std::uint64_t kRateLimitLogNs = 60'000'000'000;

class RateLimiter {
 public:
  // `seed` is nobody else's to know. `log` is borrowed.
  RateLimiter(std::uint64_t seed, Log& log);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;
  ~RateLimiter() = default;

  // For any thread: what is to become of the reply that `outcome` is of. Charges its account, and
  // if that lets it go the network's too. Requires: the reply goes over UDP. Time is by the
  // monotonic clock.
  RateLimitAction judge(const View& view, const RateLimits& limits, const Query& query,
                        const Outcome& outcome, std::uint64_t now_ns) noexcept;

 private:
  // Where an account may be: a cache line. 0: there is none yet.
  static constexpr std::size_t kPlaces = 8;
  struct alignas(kCacheLine) Line {
    std::array<std::atomic<std::uint64_t>, kPlaces> accounts{};
  };
  static constexpr std::size_t kLines = kMaxAccounts / kPlaces;
  struct Place {
    std::atomic<std::uint64_t>* slot;
    std::uint64_t packed;  // what was found there
  };

  static Place find_place(Line& line, std::uint32_t tag, Ticks now) noexcept;
  Charge charge_account(std::uint64_t hash, Ticks now, const Allowance& allowance,
                        std::uint8_t slip) noexcept;
  void tell(const View& view, const Query& query, const Outcome& outcome, AccountKind kind,
            std::uint64_t now_ns) noexcept;

  const std::uint64_t seed_;
  Log& log_;
  const std::unique_ptr<std::array<Line, kLines>> lines_;
  // Apart from what every worker reads at each question: a flood with many addresses writes them.
  alignas(kCacheLine) std::atomic<std::uint64_t> next_line_ns_{
      0};                                 // before, no log line is written
  std::atomic<std::uint64_t> untold_{0};  // beginnings since the last one
};

}  // namespace rhumb
