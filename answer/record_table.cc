#include "answer/record_table.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "base/hash.h"

namespace rhumb {
namespace {

std::span<const std::uint8_t> rdata_of(std::span<const std::uint8_t> message, std::size_t at) {
  return message.subspan(at, record_size(message, at)).subspan(kRdataAt);
}

}  // namespace

RecordTable::RecordTable(std::size_t records) noexcept
    : slot_count_(std::min(std::bit_ceil(2 * records + 1), kMaxSlots)) {
  std::ranges::fill(std::span(slots_).first(slot_count_), std::uint16_t{0});
}

bool RecordTable::enter(std::span<const std::uint8_t> message, std::size_t at) noexcept {
  assert(at <= 0xFFFF);
  const auto rdata = rdata_of(message, at);
  std::size_t slot = hash_bytes(0, rdata) & (slot_count_ - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slot_count_ - 1)) {
    if (std::ranges::equal(rdata_of(message, slots_[slot]), rdata)) return false;
  }
  slots_[slot] = static_cast<std::uint16_t>(at);
  return true;
}

}  // namespace rhumb
