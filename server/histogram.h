// How long things took: counted by one thread, read by any, without a lock or a locked instruction.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rhumb {

// A number that one thread writes. It wants no atomic addition: nobody else's can come between.
inline void count_up(std::uint64_t& count, std::uint64_t by = 1) noexcept {
  const std::atomic_ref<std::uint64_t> shared(count);
  shared.store(shared.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

// What another thread sees of it. The referee of atomic_ref may not be const in C++20.
inline std::uint64_t read_count(const std::uint64_t& count) noexcept {
  return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(count))  // NOLINT
      .load(std::memory_order_relaxed);
}

inline constexpr std::size_t kMaxBounds = 16;

// A histogram as it was when it was read, or the sum of several with the same bounds.
struct Durations {
  std::span<const std::uint64_t> bounds_ns;            // the upper bound of each bucket, included
  std::array<std::uint64_t, kMaxBounds + 1> counts{};  // bucket by bucket; one past the last bound
  std::uint64_t sum_ns = 0;

  void add(const Durations& other);
};

class Histogram {
 public:
  // Borrows; kMaxBounds at most, rising.
  explicit Histogram(std::span<const std::uint64_t> bounds_ns) : bounds_ns_(bounds_ns) {}
  // `n` things took so long each. The writer's thread only.
  void observe(std::uint64_t duration_ns, std::uint64_t n = 1) noexcept {
    std::size_t bucket = 0;
    while (bucket < bounds_ns_.size() && duration_ns > bounds_ns_[bucket]) ++bucket;
    count_up(counts_[bucket], n);
    count_up(sum_ns_, duration_ns * n);
  }
  [[nodiscard]] Durations read() const noexcept {
    Durations values{.bounds_ns = bounds_ns_};
    for (std::size_t i = 0; i < counts_.size(); ++i) values.counts[i] = read_count(counts_[i]);
    values.sum_ns = read_count(sum_ns_);
    return values;
  }

 private:
  std::span<const std::uint64_t> bounds_ns_;
  std::array<std::uint64_t, kMaxBounds + 1> counts_{};
  std::uint64_t sum_ns_ = 0;
};

inline void Durations::add(const Durations& other) {
  bounds_ns = other.bounds_ns;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  sum_ns += other.sum_ns;
}

}  // namespace rhumb
