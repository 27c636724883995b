#include "server/tap_record.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace rhumb {
namespace {

static_assert(std::is_trivially_copyable_v<TapRecord>);

std::span<const std::uint8_t> octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // NOLINT: as octets
}

}  // namespace

std::size_t packed_size(const TapRecord& record) noexcept {
  return sizeof record + record.question.size() + record.reply.size() + record.zone.size() +
         record.sets.size();
}

// The record as it is, whose sizes are good where its pointers are not, and what they point to.
void pack(const TapRecord& record, std::span<std::uint8_t> out) noexcept {
  std::memcpy(out.data(), &record, sizeof record);
  auto to = out.begin() + sizeof record;
  for (const auto part : {record.question, record.reply, record.zone, octets_of(record.sets)}) {
    to = std::ranges::copy(part, to).out;
  }
}

TapRecord unpack_tap_record(std::span<const std::uint8_t> packed) noexcept {
  TapRecord record;
  std::memcpy(&record, packed.data(), sizeof record);
  packed = packed.subspan(sizeof record);
  for (auto* part : {&record.question, &record.reply, &record.zone}) {
    const std::size_t size = part->size();
    *part = packed.first(size);
    packed = packed.subspan(size);
  }
  record.sets = {reinterpret_cast<const char*>(packed.data()), packed.size()};  // NOLINT: as text
  return record;
}

}  // namespace rhumb
