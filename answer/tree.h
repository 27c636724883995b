// From a group down through the aliases that are chosen, to the record sets that answer. Each group
// on the way is steered once and by itself; what an alias leads to is never taken back.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "answer/client.h"
#include "answer/leaf.h"
#include "answer/steer.h"
#include "answer/view.h"
#include "zones/zone_set.h"

namespace rhumb {

// What was found: up to kMaxAnswerSets record sets, which together are one.
struct Found {
  Choice choice = Choice::kPreferred;  // the worst on the way; kNoData or kServFail: nothing
  std::uint32_t ttl_s = 0;             // the smallest of all sets that led to a leaf
  std::size_t count = 0;
  std::array<Leaf, kMaxAnswerSets> all;  // the first `count` are set

  [[nodiscard]] std::span<const Leaf> leaves() const { return std::span(all).first(count); }
};

// `entropy` decides every draw; each group on the way has draws of its own.
void find_leaves(const View& view, const ZoneRef& zone, const Group& group, Client& client,
                 std::uint64_t entropy, Found& found, Explain* explain = nullptr) noexcept;

}  // namespace rhumb
