// Makes the nodes and slots of a KeyIndex. Slow side: allocates.
#pragma once

#include <vector>

#include "geo/key_index.h"

namespace rhumb {

struct IndexParts {
  std::vector<IndexNode> nodes;
  std::vector<IndexSlot> slots;
};

// Requires: as KeyIndex says of its keys.
IndexParts make_index(std::span<const std::uint32_t> keys);
IndexParts make_index(std::span<const std::uint64_t> keys);

}  // namespace rhumb
