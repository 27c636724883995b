// Encodes one record set as an Image (zones/zone.h): wire that is copied into replies as it is,
// with fix-ups where a name in rdata points into the question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dns/types.h"
#include "zones/zone.h"

namespace rhumb {

// Octets of a record in an image before its rdata: C00C, type, class, TTL and length.
inline constexpr std::size_t kWireRecordSize = 12;

// What an image is made of. Borrows.
struct RecordSet {
  std::span<const std::uint8_t> owner;  // wire, lower-case
  Type type;
  std::uint32_t ttl_s;
  std::span<const std::span<const std::uint8_t>> rdata;  // uncompressed and sound
};

// Room that encode() needs for `set`, at most.
[[nodiscard]] std::size_t image_bound(const RecordSet& set);

// Calls `visit` with the rdata of each record of an image. Names in it that may be compressed are.
template <typename Visit>
void each_rdata(const Image& image, Visit visit) {
  std::span<const std::uint8_t> wire = image.wire();
  while (!wire.empty()) {
    const std::span<const std::uint8_t> head = wire.first(kWireRecordSize);
    const auto size = static_cast<std::size_t>(head[10] << 8U | head[11]);
    visit(wire.subspan(kWireRecordSize, size));
    wire = wire.subspan(kWireRecordSize + size);
  }
}

class ImageEncoder {
 public:
  // Writes Image, wire and fix-ups to `out`, which has image_bound() octets, and returns how many
  // it took: a multiple of 4. Requires: kMaxRecordsPerSet and kMaxSetSize are kept.
  std::size_t encode(const RecordSet& set, std::span<std::uint8_t> out);

 private:
  std::vector<Fixup> fixups_;  // kept for its memory
};

}  // namespace rhumb
