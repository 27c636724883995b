// Ranges of addresses that follow one another, from the first address to the last, each with the
// number of an order. Borrowed arrays of a client map; nothing here owns or allocates.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "geo/address_number.h"
#include "geo/key_index.h"

namespace rhumb {

// `Key` is an IPv4 address, or the high half of an IPv6 one.
template <typename Key>
struct RangeTable {
  static constexpr bool kIsV4 = sizeof(Key) == sizeof(std::uint32_t);

  KeyIndex<Key> starts;                   // a key each
  std::span<const std::uint64_t> low;     // low halves of IPv6 starts; empty: all are 0
  std::span<const std::uint32_t> orders;  // of each range

  [[nodiscard]] std::size_t count() const noexcept { return starts.keys.size(); }

  // The range that holds the address. Requires: validate() found nothing.
  [[nodiscard]] std::size_t find(AddressNumber address) const noexcept {
    const auto key = static_cast<Key>(kIsV4 ? address.low : address.high);
    const std::size_t range = starts.find(key);
    const bool is_deep = !low.empty() && starts.keys[range] == key;
    return is_deep ? find_by_both_halves(address, range) : range;
  }

  // Bring nearer where find() will start and, once that has come, where it will end.
  void prefetch_slot(AddressNumber address) const noexcept {
    starts.prefetch_slot(static_cast<Key>(kIsV4 ? address.low : address.high));
  }
  void prefetch_range(AddressNumber address) const noexcept {
    const auto key = static_cast<Key>(kIsV4 ? address.low : address.high);
    const std::size_t nearly = starts.prefetch_keys(key);
    __builtin_prefetch(orders.data() + nearly);
  }

  [[nodiscard]] AddressNumber start(std::size_t range) const noexcept {
    if constexpr (kIsV4) return {0, starts.keys[range]};
    return {starts.keys[range], low.empty() ? 0 : low[range]};
  }

  // Bits of the widest aligned block around the address that stays within its range.
  [[nodiscard]] int block(AddressNumber address, std::size_t range) const noexcept {
    constexpr int kOffset = kIsV4 ? 96 : 0;
    int bits = 0;
    if (range > 0) bits = common_prefix_bits(address, previous(start(range))) + 1 - kOffset;
    if (range + 1 == count()) return bits;
    return std::max(bits, common_prefix_bits(address, start(range + 1)) + 1 - kOffset);
  }

 private:
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
