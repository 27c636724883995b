// Finds what stands twice in a long list, whatever its items are compared by.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace rhumb {

struct Repeat {
  std::uint32_t first;
  std::uint32_t again;
};

// For each item that an earlier one is equal to, its index and that of the first such, in the order
// of the list. `key_of(i)` is what item i is compared by. Requires: `size` fits 32 bits.
template <typename KeyOf>
std::vector<Repeat> find_repeats(std::size_t size, KeyOf key_of) {
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, key_of);
  std::vector<Repeat> repeats;
  std::size_t first = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (key_of(order[i]) == key_of(order[first])) {
      repeats.push_back({order[first], order[i]});
    } else {
      first = i;
    }
  }
  std::ranges::sort(repeats, {}, &Repeat::again);
  return repeats;
}

}  // namespace rhumb
