// The records of one set in a message, found by their rdata, so that sets which are made one lose
// what they have twice. As many entries as the largest reply has records, and of these only those
// that one reply needs are touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/reader.h"

namespace rhumb {

// Where things stand in a record whose owner is a pointer, as it is in every image.
inline constexpr std::size_t kTtlAt = 6;
inline constexpr std::size_t kRdataSizeAt = 10;
inline constexpr std::size_t kRdataAt = 12;

// The octets of a record whose owner is a pointer.
inline std::size_t record_size(std::span<const std::uint8_t> wire, std::size_t at) noexcept {
  return kRdataAt + Reader(wire.subspan(at + kRdataSizeAt)).u16();
}

class RecordTable {
 public:
  // For up to so many records, all of one message.
  explicit RecordTable(std::size_t records) noexcept;

  // Whether no record with the same rdata was entered before the one that stands at `at` of
  // `message`; then it is.
  bool enter(std::span<const std::uint8_t> message, std::size_t at) noexcept;

 private:
  // A message of 65,535 octets has no more records, each of 12 at least.
  static constexpr std::size_t kMaxSlots = 8192;

  std::size_t slot_count_;                      // a power of two
  std::array<std::uint16_t, kMaxSlots> slots_;  // where the record stands, 0: empty
};

}  // namespace rhumb
