#include "answer/steer.h"

#include <algorithm>

#include "answer/draw.h"

namespace rhumb {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::uint64_t kRotation = kMaxSetsPerGroup;  // the draw behind those that take sets

// One bit a set of a group.
class SetMask {
 public:
  static SetMask all(std::size_t count) {
    SetMask mask;
    for (std::size_t i = 0; i * kWordBits < count; ++i) {
      mask.words_[i] = low_bits(count - i * kWordBits);
    }
    return mask;
  }
  // The `count` bits of `words` from bit `first` on, wherever words begin.
  static SetMask read(std::span<const std::uint64_t> words, std::size_t first, std::size_t count) {
    SetMask mask;
    const std::size_t shift = first % kWordBits;
    std::size_t word = first / kWordBits;
    for (std::size_t i = 0; i * kWordBits < count; ++i, ++word) {
      std::uint64_t bits = words[word] >> shift;
      const bool straddles = shift > 0 && word + 1 < words.size();
      if (straddles) bits |= words[word + 1] << (kWordBits - shift);
      mask.words_[i] = bits & low_bits(count - i * kWordBits);
    }
    return mask;
  }

  [[nodiscard]] bool has(std::size_t set) const {
    return (words_[set / kWordBits] >> (set % kWordBits) & 1U) != 0;
  }
  void drop(std::size_t set) { words_[set / kWordBits] &= ~(1ULL << set % kWordBits); }
  [[nodiscard]] bool none() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }

 private:
  static constexpr std::size_t kWords = 4;
  static_assert(kWords * kWordBits == kMaxSetsPerGroup);
  static std::uint64_t low_bits(std::size_t count) {
    return count >= kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  }
  std::array<std::uint64_t, kWords> words_{};
};

// Sets of one group that are as good as each other but for their weights: a part of its order.
struct Rank {
  std::size_t begin = 0;
  std::size_t end = 0;      // past the last set of the tier
  bool weightless = false;  // its sets of weight 0, which come after those that have a weight
};

// 0 when the set does not belong to the rank. Those of weight 0 share evenly.
std::uint32_t share(const Rank& rank, const RoutedSet& set) {
  if (rank.weightless) return set.weight == 0 ? 1 : 0;
  return set.weight;
}

// Order: the tiers, and in each those with a weight before those without. False: past the last.
bool next_rank(std::span<const RoutedSet> sets, Rank& rank) {
  if (!rank.weightless && rank.end > 0) {
    rank.weightless = true;
    return true;
  }
  if (rank.end == sets.size()) return false;
  rank = {rank.end, rank.end, false};
  while (rank.end < sets.size() && sets[rank.end].tier == sets[rank.begin].tier) ++rank.end;
  return true;
}

// Filter: what is alive of a rank.
struct Live {
  std::uint32_t count = 0;
  std::uint32_t shares = 0;
  bool all = true;
};

Live count_live(std::span<const RoutedSet> sets, const Rank& rank, const SetMask& alive) {
  Live live;
  for (std::size_t i = rank.begin; i < rank.end; ++i) {
    const std::uint32_t weight = share(rank, sets[i]);
    if (weight == 0) continue;
    if (!alive.has(i)) {
      live.all = false;
      continue;
    }
    ++live.count;
    live.shares += weight;
  }
  return live;
}

// The set on which the `point`th of all shares of a rank falls.
std::size_t set_at(std::span<const RoutedSet> sets, const Rank& rank, const SetMask& alive,
                   std::uint32_t point) {
  std::size_t last = rank.begin;
  for (std::size_t i = rank.begin; i < rank.end; ++i) {
    const std::uint32_t weight = alive.has(i) ? share(rank, sets[i]) : 0;
    if (point < weight) return i;
    if (weight > 0) last = i;
    point -= weight;
  }
  return last;
}

// Take: by weight and without replacement, or all of them in the order of the file.
void take(std::span<const RoutedSet> sets, const Rank& rank, SetMask alive, Live live,
          std::uint32_t wanted, std::uint64_t entropy, Steered& steered) {
  const bool by_lot = wanted < live.count;
  const std::uint32_t count = std::min(wanted, live.count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t point = by_lot ? draw_below(live.shares, derive(entropy, i)) : 0;
    const std::size_t taken = set_at(sets, rank, alive, point);
    steered.sets[i] = static_cast<std::uint16_t>(taken);
    live.shares -= share(rank, sets[taken]);
    alive.drop(taken);
  }
  steered.count = static_cast<int>(count);
}

// Sets without values of this family were taken like any other, but have nothing to answer.
void drop_empty(std::span<const RoutedSet> sets, Steered& steered) {
  std::size_t kept = 0;
  for (int i = 0; i < steered.count; ++i) {
    const std::uint16_t set = steered.sets[static_cast<std::size_t>(i)];
    if (sets[set].image != 0) steered.sets[kept++] = set;
  }
  steered.count = static_cast<int>(kept);
  if (kept == 0) steered.choice = Choice::kNoData;
}

// So that each of the sets is as often the first in the reply.
void rotate(std::uint64_t entropy, Steered& steered) {
  if (steered.count < 2) return;
  const auto sets = std::span(steered.sets).first(static_cast<std::size_t>(steered.count));
  const std::uint32_t first =
      draw_below(static_cast<std::uint32_t>(sets.size()), derive(entropy, kRotation));
  std::rotate(sets.begin(), sets.begin() + first, sets.end());
}

Choice choice_without_live(OnAllUnhealthy rule) {
  switch (rule) {
    case OnAllUnhealthy::kIgnoreHealth:
      return Choice::kLastResort;
    case OnAllUnhealthy::kNoData:
      return Choice::kNoData;
    case OnAllUnhealthy::kServFail:
      return Choice::kServFail;
  }
  return Choice::kServFail;
}

}  // namespace

void steer(const View& view, const ZoneRef& zone, const Group& group, std::uint64_t entropy,
           Steered& steered) noexcept {
  const std::span<const RoutedSet> sets = zone.zone->sets_of(group);
  const std::size_t first_gate = std::size_t{zone.gate_base} + group.first_gate;
  SetMask alive = SetMask::read(view.alive, first_gate, sets.size());
  steered.choice = Choice::kPreferred;
  steered.count = 0;
  if (alive.none()) {
    steered.choice = choice_without_live(group.on_all_unhealthy);
    if (steered.choice != Choice::kLastResort) return;
    alive = SetMask::all(sets.size());
  }
  Rank rank;
  while (next_rank(sets, rank)) {
    const Live live = count_live(sets, rank, alive);
    if (!live.all) steered.choice = Choice::kDegraded;
    if (live.count == 0) continue;
    take(sets, rank, alive, live, group.max_answers, entropy, steered);
    drop_empty(sets, steered);
    return rotate(entropy, steered);
  }
}

}  // namespace rhumb
