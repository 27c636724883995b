#include "zones/hints.h"

#include <cstddef>

#include "zones/rdata_names.h"

namespace rhumb {
namespace {

// RFC 9460 §14.3.2.
constexpr std::uint16_t kIpv4HintKey = 4;
constexpr std::uint16_t kIpv6HintKey = 6;
constexpr std::size_t kPrioritySize = 2;
constexpr std::size_t kParameterSize = 4;  // key and length, before the value

std::size_t read_u16(std::span<const std::uint8_t> wire) {
  return static_cast<std::size_t>(wire[0] << 8U | wire[1]);
}

}  // namespace

std::optional<Hints> hints_of(std::span<const std::uint8_t> rdata) {
  if (rdata.size() < kPrioritySize || read_u16(rdata) == 0) return std::nullopt;  // AliasMode
  rdata = rdata.subspan(kPrioritySize);
  const std::size_t name_size = wire_name_size(rdata);
  const std::optional<Name> target = Name::from_wire(rdata.first(name_size));
  if (!target) return std::nullopt;
  Hints hints{.target = *target};
  rdata = rdata.subspan(name_size);
  while (rdata.size() >= kParameterSize) {
    const std::size_t key = read_u16(rdata);
    const std::size_t size = kParameterSize + read_u16(rdata.subspan(2));
    if (size > rdata.size()) return std::nullopt;
    hints.v4 = hints.v4 || key == kIpv4HintKey;
    hints.v6 = hints.v6 || key == kIpv6HintKey;
    rdata = rdata.subspan(size);
  }
  if (!hints.v4 && !hints.v6) return std::nullopt;
  return hints;
}

}  // namespace rhumb
