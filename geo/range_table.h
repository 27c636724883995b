// Ranges of addresses that follow one another, from the first address to the last, and an index
// that finds the range of an address in a few steps however unevenly they lie. Borrowed arrays of a
// client map; nothing here owns or allocates.
//
// The index is a shallow tree. A node cuts the stretch in which its ranges begin into slots of
// equal width, about as many as ranges; a slot that holds few of them is searched, one that holds
// many has a node of its own. So crowded parts of the IPv6 space are cut finely and empty ones not
// at all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "geo/address_number.h"

namespace rhumb {

inline constexpr std::size_t kMaxIndexDepth = 4;  // nodes on the way to a range
inline constexpr std::size_t kMaxSearched = 15;   // ranges that begin within a slot, if it can be

struct IndexNode {
  std::uint64_t base = 0;        // key at which slot 0 begins; what is below is of slot 0 too
  std::uint32_t first_slot = 0;  // into the table's slots: behind those of the nodes before
  std::uint32_t slot_count = 0;  // 1…; what is above the last is of the last
  std::uint32_t shift = 0;       // a slot is 2^shift keys wide; 0…63
  std::uint32_t reserved = 0;    // 0
};

struct IndexSlot {
  static constexpr std::uint32_t kNode = 0xFFFF'FFFF;

  std::uint32_t at = 0;    // first range that reaches into the slot, or the number of a node
  std::uint32_t more = 0;  // ranges that begin behind the slot's first key, or kNode
};

// `Key` is an IPv4 address, or the high half of an IPv6 one.
template <typename Key>
struct RangeTable {
  static constexpr bool kIsV4 = sizeof(Key) == sizeof(std::uint32_t);

  std::span<const Key> starts;         // the first is 0
  std::span<const std::uint64_t> low;  // low halves of IPv6 starts; empty: all are 0
  std::span<const std::uint32_t> orders;
  std::span<const IndexNode> nodes;  // the first is the root; a child comes after its parent
  std::span<const IndexSlot> slots;

  // The range that holds the address. Requires: validate() found nothing.
  [[nodiscard]] std::size_t find(Key key, std::uint64_t low_half) const noexcept {
    const IndexSlot slot = slot_of(key);
    const std::size_t last = std::size_t{slot.at} + slot.more;
    std::size_t at = slot.at;
    std::size_t step = kMaxSearched / 2 + 1;
    while (last - at >= step * 2) step *= 2;  // only where no node could part the ranges
    // As many steps for every slot: a branch that cannot be foretold costs more than the step.
    for (; step > 0; step /= 2) {
      const std::size_t middle = std::min(at + step, last);
      at = begins_at_or_before(middle, key, low_half) ? middle : at;
    }
    return at;
  }

  [[nodiscard]] AddressNumber start(std::size_t range) const noexcept {
    if constexpr (kIsV4) return {0, starts[range]};
    return {starts[range], low.empty() ? 0 : low[range]};
  }

  // Bits of the widest aligned block around the address that stays within its range.
  [[nodiscard]] int block(AddressNumber address, std::size_t range) const noexcept {
    constexpr int kOffset = kIsV4 ? 96 : 0;
    int bits = 0;
    if (range > 0) bits = common_prefix_bits(address, previous(start(range))) + 1 - kOffset;
    if (range + 1 == starts.size()) return bits;
    return std::max(bits, common_prefix_bits(address, start(range + 1)) + 1 - kOffset);
  }

 private:
  [[nodiscard]] IndexSlot slot_of(Key key) const noexcept {
    const IndexNode* node = nodes.data();
    for (;;) {
      const std::uint64_t is_behind = key >= node->base ? ~std::uint64_t{0} : 0;
      const std::uint64_t slots_behind = (key - node->base) >> node->shift & is_behind;
      const std::uint64_t number = std::min<std::uint64_t>(slots_behind, node->slot_count - 1);
      const IndexSlot slot = slots[node->first_slot + number];
      if (slot.more != IndexSlot::kNode) return slot;
      node = &nodes[slot.at];
    }
  }

  [[nodiscard]] bool begins_at_or_before(std::size_t range, Key key,
                                         std::uint64_t low_half) const noexcept {
    if (kIsV4 || low.empty()) return starts[range] <= key;
    // Both are read before either is judged, so that no branch is needed.
    const bool begins_before = starts[range] < key;
    const bool begins_in = starts[range] == key;
    const bool begins_low = low[range] <= low_half;
    return begins_before || (begins_in && begins_low);
  }
};

// What is wrong with a table that came as bytes, or nullptr: then find() stays within it and finds
// the right range. Reads it once.
const char* validate(const RangeTable<std::uint32_t>& table, std::uint32_t order_count);
const char* validate(const RangeTable<std::uint64_t>& table, std::uint32_t order_count);

}  // namespace rhumb
