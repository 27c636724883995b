#include "zones/ranks.h"

#include <algorithm>

namespace rhumb {
namespace {

class RankWriter {
 public:
  explicit RankWriter(std::size_t set_count) : width_((set_count + 63) / 64) {}

  std::size_t add_rank() {
    ranks_.words.resize(ranks_.words.size() + width_);
    return ranks_.count++;
  }
  void add(std::size_t rank, std::size_t set) {
    ranks_.words[rank * width_ + set / 64] |= std::uint64_t{1} << (set % 64);
  }
  Ranks take(std::optional<Rule> rule) {
    ranks_.rule = std::move(rule);
    return std::move(ranks_);
  }

 private:
  std::size_t width_;
  Ranks ranks_;
};

Ranks by_location(const GroupSpec& group) {
  RankWriter writer(group.sets.size());
  Rule rule;
  for (std::size_t set = 0; set < group.sets.size(); ++set) {
    const Location& location = *group.sets[set].location;
    const auto known = std::ranges::find(rule.locations, location);
    const auto rank = static_cast<std::size_t>(known - rule.locations.begin());
    if (known == rule.locations.end()) {
      rule.locations.push_back(location);
      writer.add_rank();
    }
    writer.add(rank, set);
  }
  return writer.take(std::move(rule));
}

// Each tier's sets that have a weight, then those of weight 0.
Ranks by_tier(const GroupSpec& group) {
  RankWriter writer(group.sets.size());
  const auto& sets = group.sets;
  for (std::size_t begin = 0, end = 0; begin < sets.size(); begin = end) {
    while (end < sets.size() && sets[end].tier == sets[begin].tier) ++end;
    for (const bool weightless : {false, true}) {
      std::optional<std::size_t> rank;
      for (std::size_t set = begin; set < end; ++set) {
        if ((sets[set].weight == 0) != weightless) continue;
        if (!rank) rank = writer.add_rank();
        writer.add(*rank, set);
      }
    }
  }
  return writer.take(std::nullopt);
}

}  // namespace

Ranks ranks_of(const GroupSpec& group) {
  return is_location_policy(group.policy) ? by_location(group) : by_tier(group);
}

}  // namespace rhumb
