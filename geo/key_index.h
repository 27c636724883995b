// Finds a number among many in a few steps, however unevenly they lie. Borrowed arrays of a client
// map; nothing here owns or allocates, or knows what the numbers are.
//
// It is a shallow tree. A node cuts the stretch in which its keys lie into slots of equal width; a
// slot that holds few of them is searched, one that holds many has a node of its own. So crowded
// parts of the IPv6 space are cut finely and empty ones not at all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace rhumb {

inline constexpr std::size_t kMaxIndexDepth = 4;  // nodes on the way to a key
inline constexpr std::size_t kMaxSearched = 15;   // distinct keys in a slot, but at that depth

struct IndexNode {
  std::uint64_t base = 0;        // at which slot 0 begins; what is below is of slot 0 too
  std::uint32_t first_slot = 0;  // behind those of the nodes before
  std::uint32_t slot_count = 0;  // 1…; what is above the last is of the last
  std::uint32_t shift = 0;       // a slot is 2^shift wide; 0…63
  std::uint32_t reserved = 0;    // 0
};

struct IndexSlot {
  static constexpr std::uint32_t kNode = 0xFFFF'FFFF;

  std::uint32_t at = 0;    // the last key up to the slot's first number, or the number of a node
  std::uint32_t more = 0;  // keys behind that one in the slot, or kNode
};

template <typename Key>
struct KeyIndex {
  std::span<const Key> keys;         // the first is 0; none is below the one before
  std::span<const IndexNode> nodes;  // the first is the root; a child comes after its parent
  std::span<const IndexSlot> slots;

  // The last key that is not above `number`. Requires: validate() found nothing.
  [[nodiscard]] std::size_t find(Key number) const noexcept {
    const IndexSlot slot = slot_of(number);
    const std::size_t last = std::size_t{slot.at} + slot.more;
    std::size_t at = slot.at;
    std::size_t step = kMaxSearched / 2 + 1;
    while (slot.more >= step * 2) step *= 2;
    // As many steps for every slot: a branch that cannot be foretold costs more than a step.
    for (; step > 0; step /= 2) {
      const std::size_t middle = std::min(at + step, last);
      at = keys[middle] <= number ? middle : at;
    }
    return at;
  }
  // Brings nearer the slot where find() starts.
  void prefetch_slot(Key number) const noexcept {
    __builtin_prefetch(&slots[slot_in(nodes.front(), number)]);
  }
  // Brings nearer the keys among which find() ends; returns where they lie in the middle.
  std::size_t prefetch_keys(Key number) const noexcept {  // NOLINT(modernize-use-nodiscard)
    const IndexSlot slot = slot_of(number);
    const std::size_t middle =
        std::size_t{slot.at} + std::min<std::size_t>(slot.more, kMaxSearched) / 2;
    __builtin_prefetch(&keys[slot.at]);
    __builtin_prefetch(&keys[middle]);
    return middle;
  }

 private:
  [[nodiscard]] static std::size_t slot_in(const IndexNode& node, Key number) noexcept {
    const std::uint64_t is_behind = number >= node.base ? ~std::uint64_t{0} : 0;
    const std::uint64_t slots_behind = (number - node.base) >> node.shift & is_behind;
    return node.first_slot + std::min<std::uint64_t>(slots_behind, node.slot_count - 1);
  }
  [[nodiscard]] IndexSlot slot_of(Key number) const noexcept {
    IndexSlot slot = slots[slot_in(nodes.front(), number)];
    while (slot.more == IndexSlot::kNode) slot = slots[slot_in(nodes[slot.at], number)];
    return slot;
  }
};

// What is wrong with an index that came as bytes, or nullptr: then find() stays within it and finds
// the right key. Reads it once.
const char* validate(const KeyIndex<std::uint32_t>& index);
const char* validate(const KeyIndex<std::uint64_t>& index);

}  // namespace rhumb
