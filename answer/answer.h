// The pure core: a View and a Query make a reply. UDP, TCP, tests, fuzzers and tools all call this
// one function. It allocates nothing, throws nothing, blocks on nothing, and reads no clock: the
// same arguments give the same octets.
#pragma once

#include <cstdint>
#include <span>

#include "answer/locate.h"
#include "answer/steer.h"
#include "answer/view.h"
#include "dns/query.h"

namespace rhumb {

// What became of a query, for those who count and limit.
struct Outcome {
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::uint16_t length = 0;  // octets of the reply; 0: stay silent
  Rcode rcode = Rcode::kNoError;
  bool truncated = false;
  bool valid_cookie = false;  // the client has shown that its address is its own (RFC 7873)
  bool name_exists = false;   // the asked name stands in the zone as such: what is said of it was
                              // not made from a wildcard, a DNAME or a cut
  Choice choice = Choice::kStatic;
  std::uint32_t zone = kNone;   // index into the ZoneSet
  std::uint32_t group = kNone;  // index into that zone's groups
};

// Writes the reply to `query` into `out`, at least 512 octets of it. Requires: `query` was filled
// by parse(), and `explain`, which is told why, is new or null.
Outcome answer(const View& view, const Query& query, std::span<std::uint8_t> out,
               Explain* explain = nullptr) noexcept;

// Writes into `out` what sends the client to TCP instead of the reply that `outcome` is of: no
// records and TC, and of OPT what is no longer than the client's own, but a cookie. Returns its
// outcome. Requires: as answer().
Outcome answer_with_tc(const View& view, const Query& query, const Outcome& outcome,
                       std::span<std::uint8_t> out) noexcept;

// The same for a query that locate() has found the position of in this view.
Outcome answer(const View& view, const Query& query, const Position& position,
               std::span<std::uint8_t> out, Explain* explain = nullptr) noexcept;

}  // namespace rhumb
