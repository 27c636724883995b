#include "zones/rdata_names.h"

#include <algorithm>

#include "dns/name.h"

namespace rhumb {
namespace {

constexpr std::size_t kSoaNumbers = 20;  // serial, refresh, retry, expire, minimum

// Octets of the names of an RFC 1035 type with what stands before them; 0 when they are unsound.
std::size_t names_end(RdataNames names, std::span<const std::uint8_t> rdata) {
  std::size_t end = names.skip;
  for (int i = 0; i < names.names; ++i) {
    const std::size_t size = end < rdata.size() ? wire_name_size(rdata.subspan(end)) : 0;
    if (size == 0) return 0;
    end += size;
  }
  return end;
}

}  // namespace

std::size_t wire_name_size(std::span<const std::uint8_t> wire) {
  const std::size_t end = std::min<std::size_t>(wire.size(), kMaxNameSize);
  for (std::size_t at = 0; at < end && wire[at] <= kMaxLabelSize; at += wire[at] + std::size_t{1}) {
    if (wire[at] == 0) return at + 1;
  }
  return 0;
}

bool is_rdata_sound(Type type, std::span<const std::uint8_t> rdata) {
  if (type == Type::kA) return rdata.size() == 4;
  if (type == Type::kAaaa) return rdata.size() == 16;
  if (type == Type::kDname) return !rdata.empty() && wire_name_size(rdata) == rdata.size();
  const RdataNames names = rdata_names(type);
  if (names.names == 0) return true;
  const std::size_t behind = type == Type::kSoa ? kSoaNumbers : 0;
  const std::size_t end = names_end(names, rdata);
  return end > 0 && end + behind == rdata.size();
}

std::span<const std::uint8_t> canonical_rdata(Type type, std::span<const std::uint8_t> rdata,
                                              std::vector<std::uint8_t>& buffer) {
  const RdataNames names = rdata_names(type);
  if (names.names == 0) return rdata;
  buffer.assign(rdata.begin(), rdata.end());
  const auto first = buffer.begin() + names.skip;
  const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(names_end(names, rdata));
  std::transform(first, end, first, to_lower);
  return buffer;
}

}  // namespace rhumb
