// What a client map is to say, as plainly as it can be said: ranges in a list, looked through from
// the front. For tests alone.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

#include "geo/address_number.h"
#include "geo/client_map.h"
#include "geo/map_writer.h"

namespace rhumb::geo_test {

using Order = std::vector<std::uint8_t>;

inline IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

struct PlainRange {
  AddressNumber start;
  Order order;
};

struct PlainMap {
  std::vector<PlainRange> v4{{{}, {}}};  // each family's first begins at 0
  std::vector<PlainRange> v6{{{}, {}}};

  // As the map decides it: IPv4 in IPv6 goes by `v4`.
  [[nodiscard]] Order order_of(const IpAddress& client) const;
  // By trying lengths from 0 on until the prefix has one order.
  [[nodiscard]] int block_of(const IpAddress& client) const;
  // Each start and what is around it, and the corners of both families and of IPv4 in IPv6.
  [[nodiscard]] std::vector<IpAddress> edges() const;

 private:
  [[nodiscard]] bool has_one_order(const IpPrefix& block) const;
};

// Ranges of which many begin where networks do, close together or far apart.
PlainMap random_map(std::mt19937& random, std::size_t ranges, std::uint8_t locations);
IpAddress random_address(std::mt19937& random);

std::vector<std::byte> write_map(const PlainMap& plain, std::size_t locations);
// Keeps the bytes. Fails the test when they are refused.
ClientMap adopt(std::vector<std::byte> bytes);

Order order_in(const ClientMap& map, const IpAddress& client);

}  // namespace rhumb::geo_test
