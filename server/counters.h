// Counts of the threads that answer. Each has counters of its own and alone writes them, so that
// counting costs a load and a store where no other thread looks; they are summed when somebody
// asks. An asked name never becomes one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "answer/answer.h"
#include "base/ip.h"
#include "base/own_lines.h"
#include "dns/query.h"
#include "server/histogram.h"
#include "zones/zone_set.h"

namespace rhumb {

// Why a message, or with kConnectionLimit a connection, got no reply.
enum class Drop : std::uint8_t {
  kShort,            // shorter than a header
  kResponse,         // itself a response
  kOversize,         // a datagram longer than any question
  kSourcePort,       // from port 0, where nobody can be answered
  kNotSent,          // answered, but the kernel refused to send it
  kConnectionLimit,  // the server, or the client, had as many connections as it may have
};
inline constexpr std::size_t kDrops = 6;
std::string_view to_string(Drop reason);

// What became of a reply that the rate limiter withheld.
enum class Withheld : std::uint8_t {
  kDropped,
  kSlipped,  // one with TC was sent instead
};
inline constexpr std::size_t kWithheldWays = 2;
std::string_view to_string(Withheld way);
using WithheldCounts = std::array<std::uint64_t, kWithheldWays>;

// The types that are counted by name, and then all others together.
std::span<const std::string_view> counted_types();
inline constexpr std::size_t kCountedTypes = 21;
// Rcodes that are counted, by their place in Zone counts.
std::span<const Rcode> counted_rcodes();
inline constexpr std::size_t kCountedRcodes = 10;
inline constexpr std::size_t kPolicies = 9;
inline constexpr std::size_t kChoices = 5;  // of Choice, those of a group

// By family (v4, v6) and type.
using RequestCounts = std::array<std::array<std::uint64_t, kCountedTypes>, 2>;

struct ZoneCounts {
  std::array<std::uint64_t, kCountedRcodes> responses;
  std::array<std::array<std::uint64_t, kChoices>, kPolicies> answers;  // Choice less kStatic
};

// The counters of one thread, on cache lines of their own.
class alignas(kCacheLine) WorkerCounters {
 public:
  WorkerCounters(Transport transport, std::size_t zone_counts);
  WorkerCounters(const WorkerCounters&) = delete;
  WorkerCounters& operator=(const WorkerCounters&) = delete;
  ~WorkerCounters() = default;

  // The thread's own. Requires of count(): the outcome is of this query and view, and has a reply.
  void count(const View& view, const Query& query, const Outcome& outcome) noexcept;
  void drop(Drop reason) noexcept { count_up(dropped_[static_cast<std::size_t>(reason)]); }
  void withhold(Withheld way) noexcept { count_up(withheld_[static_cast<std::size_t>(way)]); }
  void took(std::uint64_t duration_ns, std::uint64_t queries) noexcept {
    durations_.observe(duration_ns, queries);
  }

 private:
  friend class Counters;
  struct Free {
    void operator()(void* memory) const noexcept;
  };

  const Transport transport_;
  const std::size_t zone_counts_;
  RequestCounts requests_{};
  std::array<std::uint64_t, kDrops> dropped_{};
  WithheldCounts withheld_{};
  Histogram durations_;
  const std::unique_ptr<void, Free> memory_;  // of these:
  ZoneCounts* const zones_;                   // no zone, the shared slot, the slots
};

// All threads' counts together, at about one time.
struct DnsCounts {
  std::array<RequestCounts, 2> requests{};
  std::array<std::uint64_t, kDrops> dropped{};
  WithheldCounts withheld{};
  Durations durations;
  std::vector<ZoneCounts> zones;  // as WorkerCounters has them
};

class Counters {
 public:
  // `slots` zones are counted by themselves.
  explicit Counters(std::uint32_t slots) : zone_counts_(slots + std::size_t{2}) {}
  // For one thread to write, as long as this stands. Every thread may ask.
  WorkerCounters& add(Transport transport);
  [[nodiscard]] DnsCounts sum() const;
  // Of sum(), without the rest.
  [[nodiscard]] WithheldCounts withheld() const;

 private:
  const std::size_t zone_counts_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<WorkerCounters>> workers_;
};

}  // namespace rhumb
