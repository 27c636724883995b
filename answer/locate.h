// Finds where the answers to a batch of questions stand, and brings nearer what making them will
// read: what one waits for from memory, all wait for together. Says nothing of the answers.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "answer/view.h"
#include "dns/query.h"
#include "zones/node.h"
#include "zones/zone_set.h"

namespace rhumb {

// Questions that a batch may hold.
inline constexpr std::size_t kMaxBatch = 16;

// Of one view.
struct Position {
  const ZoneRef* zone = nullptr;  // null: the name is in no zone, or is not to be looked up
  const Node* node = nullptr;     // the name itself; null: it does not exist, or is not known yet
};

// The zone alone.
Position position_of(const View& view, const Query& query) noexcept;

// Requires: kMaxBatch queries at most.
std::array<Position, kMaxBatch> locate(const View& view, std::span<const Query> queries) noexcept;

}  // namespace rhumb
