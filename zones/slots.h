// Tables of names with open addressing: where a name's hash falls and what is compared before the
// name itself. Shared by the tables of builders, zones and the zone set, so that they are filled
// and read alike.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rhumb {

// Multiply-shift of the upper half: any number of slots will do.
constexpr std::uint32_t first_slot(std::uint64_t hash, std::uint32_t slot_count) {
  return static_cast<std::uint32_t>(((hash >> 32U) * slot_count) >> 32U);
}

constexpr std::uint32_t next_slot(std::uint32_t slot, std::uint32_t slot_count) {
  return slot + 1 < slot_count ? slot + 1 : 0;
}

// The lower half, which first_slot() does not use.
constexpr std::uint32_t slot_tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

// Slots for `count` names: at most 0.8 full, and never without an empty one, where searches end.
constexpr std::size_t slots_for(std::size_t count) { return count + count / 4 + 1; }

}  // namespace rhumb
