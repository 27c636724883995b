// IPv4 addresses inside IPv6 ones: v4-mapped (RFC 4291 §2.5.5.2), 6to4 (RFC 3056), Teredo (RFC
// 4380) and NAT64 (RFC 6052). A client that comes from one of these is where its IPv4 address is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/ip.h"
#include "geo/place_table.h"

namespace rhumb {

// Addresses under `prefix` hold an IPv4 address from bit `offset` on.
struct Ipv4Embedding {
  AddressNumber prefix;
  std::uint8_t length;
  std::uint8_t offset;
};

inline constexpr std::array<Ipv4Embedding, 4> kIpv4Embeddings = {
    {{{0, 0x0000'FFFF'0000'0000}, 96, 96},    // v4-mapped ::ffff:0:0/96
     {{0x0064'FF9B'0000'0000, 0}, 96, 96},    // NAT64 64:ff9b::/96
     {{0x2001'0000'0000'0000, 0}, 32, 96},    // Teredo 2001::/32, every bit inverted
     {{0x2002'0000'0000'0000, 0}, 16, 16}}};  // 6to4 2002::/16

struct EmbeddedIpv4 {
  std::uint32_t address;
  std::uint8_t offset;  // bits before it
};

inline std::optional<EmbeddedIpv4> embedded_ipv4(AddressNumber address) {
  const auto last = static_cast<std::uint32_t>(address.low);
  if (address.high >> 48U == 0x2002) {
    return EmbeddedIpv4{static_cast<std::uint32_t>(address.high >> 16U), 16};
  }
  if (address.high >> 32U == 0x2001'0000) return EmbeddedIpv4{~last, 96};
  if (address.high == 0 && address.low >> 32U == 0xFFFF) return EmbeddedIpv4{last, 96};
  if (address.high == 0x0064'FF9B'0000'0000 && address.low >> 32U == 0) {
    return EmbeddedIpv4{last, 96};
  }
  return std::nullopt;
}

// The prefix under which clients of `written` are looked up: itself, or the IPv4 network that it
// embeds. The error says what to write instead of one that no client is looked up under.
Result<IpPrefix> looked_up_as(const IpPrefix& written);
// The IPv4 network that a v4-mapped one is; of any other, nullopt.
std::optional<IpPrefix> unmapped(const IpPrefix& written);

}  // namespace rhumb
