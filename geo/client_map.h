// A location rule compiled: from a client's address to the order in which the rule's locations suit
// it, and to the block of addresses for which that order is the same. Flat, read-only bytes, made
// by a MapWriter and read by queries without allocation. It knows numbers of locations, not what
// they stand for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/ip.h"
#include "base/own_lines.h"
#include "geo/map_form.h"
#include "geo/range_table.h"

namespace rhumb {

class alignas(kCacheLine) ClientMap {
 public:
  // Takes over what a MapWriter wrote, aligned to 8. One pass proves that no look-up can leave
  // `bytes` and none gives a location that there is not; the error says what is wrong. `owner`
  // keeps the bytes.
  static Result<ClientMap> adopt(std::span<const std::byte> bytes,
                                 std::shared_ptr<const void> owner);

  // Numbers of locations, the best first; empty: none suits, or nothing is known of the client.
  // IPv4 in IPv6 (v4-mapped, 6to4, Teredo, NAT64) is looked up as IPv4.
  [[nodiscard]] std::span<const std::uint8_t> order_of(const IpAddress& client) const noexcept;
  // Bits of the widest prefix of `client`, in the family it came in, whose addresses all have its
  // order. Two of these are equal or disjoint.
  [[nodiscard]] std::uint8_t block_of(const IpAddress& client) const noexcept {
    return match(client).block;
  }
  // Both for the price of one.
  struct Match {
    std::span<const std::uint8_t> order;
    std::uint8_t block = 0;
  };
  [[nodiscard]] Match match(const IpAddress& client) const noexcept;
  // Brings nearer where a look-up of `client` will start and, once that has come, where it will
  // end.
  void prefetch_slot(const IpAddress& client) const noexcept;
  void prefetch_range(const IpAddress& client) const noexcept;

  // Locations are numbered below this: those of the rule.
  [[nodiscard]] std::size_t location_count() const { return location_count_; }
  [[nodiscard]] std::size_t size_bytes() const { return size_bytes_; }

 private:
  ClientMap() = default;
  // Spreads the arrays over what is behind the header; false: they do not fill it exactly.
  bool lay_out(const MapHeader& header, std::span<const std::byte> arrays);
  [[nodiscard]] std::span<const std::uint8_t> order(std::uint32_t number) const noexcept;
  [[nodiscard]] const char* find_fault() const;
  [[nodiscard]] const char* find_fault_of_orders() const;

  RangeTable<std::uint32_t> v4_;
  RangeTable<std::uint64_t> v6_;
  std::span<const OrderSpan> orders_;
  std::span<const std::uint8_t> pool_;
  bool ipv4_apart_ = false;
  std::size_t location_count_ = 0;
  std::size_t size_bytes_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace rhumb
