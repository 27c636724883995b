// A question with its answer as the tap hands it on: what dnstap and the query log tell. A value
// that borrows, and its octets in a ring between two threads of this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/ip.h"
#include "dns/query.h"

namespace rhumb {

struct TapRecord {
  std::uint64_t asked_ns = 0;     // Unix time
  std::uint64_t answered_ns = 0;  // likewise
  std::uint64_t stands_for =
      0;  // so many questions, itself one; 0: the query log has no part in it
  bool for_collector = false;
  Transport transport = Transport::kUdp;
  Rcode rcode = Rcode::kNoError;
  Endpoint client;
  Endpoint server;
  std::span<const std::uint8_t> question;  // the whole message
  std::span<const std::uint8_t> reply;     // likewise
  std::span<const std::uint8_t> zone;      // the apex in wire form; empty: none
  std::string_view sets;                   // that were chosen, of a record for the query log
};

[[nodiscard]] std::size_t packed_size(const TapRecord& record) noexcept;
// Requires: `out` has packed_size() octets.
void pack(const TapRecord& record, std::span<std::uint8_t> out) noexcept;
// Borrows from `packed`, which pack() wrote.
[[nodiscard]] TapRecord unpack_tap_record(std::span<const std::uint8_t> packed) noexcept;

}  // namespace rhumb
