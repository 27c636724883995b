// Draws that stick to a client: weighted rendezvous hashing. Each set of a group has a cost for
// each client network, and the cheapest are taken; so a client keeps its set while that is alive,
// only those whose set died move, and each set has clients in proportion to its weight. Integers
// alone and no secret: every server draws alike, for A and for AAAA.
#pragma once

#include <cstdint>
#include <span>

#include "answer/draw.h"
#include "base/ip.h"

namespace rhumb {

// Bits of the block of clients around `client` whose draws are all the same: those of a /24, or of
// a /56 without what is IPv4 in IPv6, which is drawn for as IPv4. Two blocks are equal or disjoint.
std::uint8_t sticky_block_of(const IpAddress& client) noexcept;

class StickyDraw {
 public:
  // `group`: the lower-case wire name of the group.
  StickyDraw(const IpAddress& client, std::span<const std::uint8_t> group) noexcept;

  // What the set `identity` costs this client: -log2 of a number even in (0, 1), by the weight.
  // Requires: 1 <= weight <= 255.
  [[nodiscard]] std::uint64_t cost(std::uint32_t identity, std::uint32_t weight) const noexcept {
    return minus_log2(derive(key_, identity)) / weight;
  }

  // -log2((n + 1) / 2^64) in units of 2^-57, to a thousandth of itself.
  static std::uint64_t minus_log2(std::uint64_t n) noexcept;

 private:
  std::uint64_t key_;
};

}  // namespace rhumb
