// The served form of a client map: a header and arrays behind it without gaps, in the order of
// their mention and of falling alignment. Bytes of one machine's memory, in its byte order; never a
// file and never sent.
#pragma once

#include <cstdint>

namespace rhumb {

inline constexpr std::uint64_t kMapMagic = 0x3350'414D'4248'5200;  // changes with the form

struct MapHeader {
  struct Ranges {
    std::uint32_t ranges = 0;
    std::uint32_t lows = 0;  // 0 or as many as ranges
    std::uint32_t nodes = 0;
    std::uint32_t slots = 0;
  };

  std::uint64_t magic = kMapMagic;
  std::uint64_t size_bytes = 0;  // of all
  std::uint32_t location_count = 0;
  std::uint32_t order_count = 0;
  std::uint32_t pool_size = 0;
  std::uint32_t ipv4_apart = 0;  // 1: IPv4 in IPv6 is looked up as IPv4; 0: IPv4 has one order,
                                 // and IPv6 has it there too
  Ranges v4;
  Ranges v6;
  // u64 starts of v6, high halves; u64 their low halves; IndexNode of v4, of v6
  // OrderSpan of the orders; IndexSlot of v4, of v6
  // u32 starts of v4; u32 order of each range of v4, of v6; u8 pool
};

// Where an order's locations stand in the pool.
struct OrderSpan {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

}  // namespace rhumb
