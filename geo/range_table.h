// Ranges of addresses that follow one another, from the first address to the last, each with the
// number of an order. Borrowed arrays of a client map; nothing here owns or allocates. Ranges stand
// in groups of a cache line, so that a look-up reads one line beside the index.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "geo/address_number.h"
#include "geo/key_index.h"

namespace rhumb {

// `Key` is an IPv4 address, or the high half of an IPv6 one.
template <typename Key>
struct RangeGroup {
  static constexpr std::size_t kLine = 64;  // octets
  static constexpr std::size_t kSize = kLine / (sizeof(Key) + sizeof(std::uint32_t));

  std::array<Key, kSize> starts;
  std::array<std::uint32_t, (kLine - sizeof starts) / sizeof(std::uint32_t)> orders;

  // What stands behind the last range: the greatest start and no order.
  static RangeGroup unused() {
    RangeGroup group;
    group.starts.fill(std::numeric_limits<Key>::max());
    group.orders.fill(0xFFFF'FFFF);
    return group;
  }
};
static_assert(sizeof(RangeGroup<std::uint32_t>) == 64 && RangeGroup<std::uint32_t>::kSize == 8);
static_assert(sizeof(RangeGroup<std::uint64_t>) == 64 && RangeGroup<std::uint64_t>::kSize == 5);

template <typename Key>
struct RangeTable {
  using Group = RangeGroup<Key>;
  static constexpr bool kIsV4 = sizeof(Key) == sizeof(std::uint32_t);

  std::size_t count = 0;  // of ranges
  std::span<const Group> groups;
  std::span<const std::uint64_t> low;  // low halves of IPv6 starts; empty: all are 0
  KeyIndex index;                      // the first start of each group

  // The range that holds the address. Requires: validate() found nothing.
  [[nodiscard]] std::size_t find(AddressNumber address) const noexcept {
    const std::uint64_t key = kIsV4 ? address.low : address.high;
    const std::size_t group = index.find(key);
    std::size_t begun = 0;
    for (const Key start : groups[group].starts) begun += start <= key ? 1 : 0;
    const std::size_t range = std::min(group * Group::kSize + begun, count) - 1;
    const bool is_deep = !low.empty() && high(range) == address.high;
    return is_deep ? find_by_both_halves(address, range) : range;
  }

  [[nodiscard]] std::uint32_t order(std::size_t range) const noexcept {
    return groups[range / Group::kSize].orders[range % Group::kSize];
  }

  [[nodiscard]] AddressNumber start(std::size_t range) const noexcept {
    if constexpr (kIsV4) return {0, high(range)};
    return {high(range), low.empty() ? 0 : low[range]};
  }

  // Bits of the widest aligned block around the address that stays within its range.
  [[nodiscard]] int block(AddressNumber address, std::size_t range) const noexcept {
    constexpr int kOffset = kIsV4 ? 96 : 0;
    int bits = 0;
    if (range > 0) bits = common_prefix_bits(address, previous(start(range))) + 1 - kOffset;
    if (range + 1 == count) return bits;
    return std::max(bits, common_prefix_bits(address, start(range + 1)) + 1 - kOffset);
  }

 private:
  [[nodiscard]] Key high(std::size_t range) const noexcept {
    return groups[range / Group::kSize].starts[range % Group::kSize];
  }

  // The last range up to `last` that does not begin above the address.
  [[nodiscard]] std::size_t find_by_both_halves(AddressNumber address,
                                                std::size_t last) const noexcept {
    std::size_t at = 0;
    for (std::size_t left = last + 1; left > 1;) {
      const std::size_t half = left / 2;
      at += start(at + half) <= address ? half : 0;
      left -= half;
    }
    return at;
  }
};

// What is wrong with a table that came as bytes, or nullptr: then find() stays within it and finds
// the right range. Reads it once.
const char* validate(const RangeTable<std::uint32_t>& table, std::uint32_t order_count);
const char* validate(const RangeTable<std::uint64_t>& table, std::uint32_t order_count);

}  // namespace rhumb
