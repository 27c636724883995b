// How long probes took, by the type of their checks: counted by the health thread, read by any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "health/check.h"
#include "server/histogram.h"

namespace rhumb {

inline constexpr std::size_t kCheckTypes = static_cast<std::size_t>(CheckType::kCalculated) + 1;

class ProbeTimes {
 public:
  using Read = std::array<Durations, kCheckTypes>;

  // The health thread only.
  void observe(CheckType type, std::int64_t duration_ms) noexcept {
    times_[static_cast<std::size_t>(type)].observe(static_cast<std::uint64_t>(duration_ms) * kMsNs);
  }
  [[nodiscard]] Read read() const noexcept {
    Read all;
    for (std::size_t type = 0; type < kCheckTypes; ++type) all[type] = times_[type].read();
    return all;
  }

 private:
  static constexpr std::uint64_t kMsNs = 1'000'000;
  // 1 ms to 1 min.
  static constexpr std::array<std::uint64_t, 12> kBoundsNs = {
      1 * kMsNs,   5 * kMsNs,   10 * kMsNs,    25 * kMsNs,    50 * kMsNs,     100 * kMsNs,
      250 * kMsNs, 500 * kMsNs, 1'000 * kMsNs, 2'500 * kMsNs, 10'000 * kMsNs, 60'000 * kMsNs};
  static_assert(kBoundsNs.size() <= kMaxBounds);

  struct OfType : Histogram {
    OfType() : Histogram(kBoundsNs) {}
  };
  std::array<OfType, kCheckTypes> times_;
};

}  // namespace rhumb
