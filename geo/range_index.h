// Makes the index of a RangeTable. Slow side: allocates, and knows all ranges.
#pragma once

#include <vector>

#include "geo/range_table.h"

namespace rhumb {

struct RangeIndex {
  std::vector<IndexNode> nodes;
  std::vector<IndexSlot> slots;
};

// Of rising starts, the first 0: IPv4 addresses, or the halves of IPv6 ones, where `low` may be
// empty for all 0.
RangeIndex make_range_index(std::span<const std::uint32_t> starts);
RangeIndex make_range_index(std::span<const std::uint64_t> high,
                            std::span<const std::uint64_t> low);

}  // namespace rhumb
