// The ranks of a group: which of its sets are as good as each other, by its policy. What puts them
// in order for a client is the location rule's map, or nothing when they are in order as they
// stand.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "geo/rule.h"
#include "zones/builder.h"

namespace rhumb {

struct Ranks {
  std::uint16_t count = 0;
  std::vector<std::uint64_t> words;  // `count` masks of as many words each as the sets need
  std::optional<Rule> rule;          // of a location policy: rank n is of its location n
};

// Requires: the sets are verified and in served order.
[[nodiscard]] Ranks ranks_of(const GroupSpec& group);

}  // namespace rhumb
