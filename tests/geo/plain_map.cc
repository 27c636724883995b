#include "tests/geo/plain_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace rhumb::geo_test {
namespace {

const std::array<std::string_view, 4> kHoles = {"::ffff:0:0/96", "64:ff9b::/96", "2001::/32",
                                                "2002::/16"};

IpPrefix prefix(std::string_view text) { return *IpPrefix::parse(text); }

// The IPv4 address in an IPv6 one, read octet by octet.
std::optional<IpAddress> ipv4_in(const IpAddress& address) {
  if (address.is_v4()) return std::nullopt;
  const auto bytes = address.bytes();
  const auto octets = [&](std::size_t from, std::uint8_t flip) {
    std::array<std::uint8_t, 4> found{};
    for (std::size_t i = 0; i < 4; ++i)
      found[i] = static_cast<std::uint8_t>(bytes[from + i] ^ flip);
    return IpAddress::v4(found);
  };
  if (prefix("::ffff:0:0/96").contains(address)) return octets(12, 0);
  if (prefix("64:ff9b::/96").contains(address)) return octets(12, 0);
  if (prefix("2001::/32").contains(address)) return octets(12, 0xFF);
  if (prefix("2002::/16").contains(address)) return octets(2, 0);
  return std::nullopt;
}

const Order& order_at(const std::vector<PlainRange>& ranges, AddressNumber address) {
  const auto behind =
      std::ranges::find_if(ranges, [&](const PlainRange& range) { return range.start > address; });
  return std::prev(behind)->order;
}

bool one_order(const std::vector<PlainRange>& ranges, const IpPrefix& block) {
  const AddressNumber first = first_of(block);
  const AddressNumber last = last_of(block);
  const Order& order = order_at(ranges, first);
  return std::ranges::all_of(ranges, [&](const PlainRange& range) {
    return range.start <= first || range.start > last || range.order == order;
  });
}

IpAddress address_of(AddressNumber number, bool is_v4) {
  return is_v4 ? ipv4_of(static_cast<std::uint32_t>(number.low)) : ipv6_of(number);
}

void add_around(std::vector<IpAddress>& edges, AddressNumber number, bool is_v4) {
  for (const AddressNumber at : {previous(number), number, next(number)}) {
    edges.push_back(address_of(at, is_v4));
  }
}

Order random_order(std::mt19937& random, std::uint8_t locations) {
  Order order(locations);
  for (std::uint8_t i = 0; i < locations; ++i) order[i] = i;
  std::ranges::shuffle(order, random);
  order.resize(random() % (locations + 1U));
  return order;
}

// Near one of few centres, and cut at some length.
AddressNumber random_start(std::mt19937& random, bool is_v4) {
  static const std::vector<std::uint64_t> kCentres = {0x2A02'0000'0000'0000, 0x2001'0DB8'0000'0000,
                                                      0x2002'C000'0200'0000, 0,
                                                      0x2600'1F00'0000'0000};
  AddressNumber start{std::uint64_t{random()} << 32U | random(),
                      std::uint64_t{random()} << 32U | random()};
  if (is_v4)
    start = {0, random()};
  else if (random() % 4 != 0) {
    start.high = kCentres[random() % kCentres.size()] | (start.high >> (8 + random() % 40));
  }
  const auto longest = is_v4 ? 32U : random() % 4 == 0 ? 128U : 64U;
  const auto length = static_cast<std::uint8_t>(1 + random() % longest);
  return first_of(IpPrefix::of(address_of(start, is_v4), length));
}

std::vector<PlainRange> random_ranges(std::mt19937& random, std::size_t count, bool is_v4,
                                      std::uint8_t locations) {
  std::map<AddressNumber, Order> ranges{{AddressNumber{}, random_order(random, locations)}};
  for (std::size_t i = 1; i < count; ++i) {
    ranges[random_start(random, is_v4)] = random_order(random, locations);
  }
  std::vector<PlainRange> list;
  for (const auto& [start, order] : ranges) list.push_back({start, order});
  return list;
}

}  // namespace

Order PlainMap::order_of(const IpAddress& client) const {
  const IpAddress address = ipv4_in(client).value_or(client);
  return order_at(address.is_v4() ? v4 : v6, number_of(address));
}

bool PlainMap::has_one_order(const IpPrefix& block) const {
  if (block.address.is_v4()) return one_order(v4, block);
  // Part by part: each embedding in the block, or around it, and what is left of the block.
  std::vector<AddressNumber> cuts = {first_of(block)};
  for (const std::string_view text : kHoles) {
    const IpPrefix hole = prefix(text);
    if (hole.length <= block.length && hole.contains(block.address)) {
      const IpAddress ipv4 = *ipv4_in(block.address);
      const int offset = hole.length == 16 ? 16 : 96;
      if (block.length < offset) return one_order(v4, prefix("0.0.0.0/0"));
      return one_order(v4, IpPrefix::of(ipv4, static_cast<std::uint8_t>(block.length - offset)));
    }
    if (!block.contains(hole.address)) continue;
    if (!one_order(v4, prefix("0.0.0.0/0"))) return false;
    cuts.push_back(first_of(hole));
    cuts.push_back(next(last_of(hole)));
  }
  for (const PlainRange& range : v6) {
    if (range.start > first_of(block) && range.start <= last_of(block)) cuts.push_back(range.start);
  }
  const Order order = order_of(block.address);
  return std::ranges::all_of(cuts, [&](AddressNumber cut) {
    return cut > last_of(block) || cut < first_of(block) || order_of(ipv6_of(cut)) == order;
  });
}

int PlainMap::block_of(const IpAddress& client) const {
  std::uint8_t length = 0;
  while (!has_one_order(IpPrefix::of(client, length))) ++length;
  return length;
}

std::vector<IpAddress> PlainMap::edges() const {
  std::vector<IpAddress> edges;
  for (const PlainRange& range : v4) add_around(edges, range.start, true);
  for (const PlainRange& range : v6) add_around(edges, range.start, false);
  for (const std::string_view text : kHoles) {
    add_around(edges, first_of(prefix(text)), false);
    add_around(edges, last_of(prefix(text)), false);
  }
  return edges;
}

PlainMap random_map(std::mt19937& random, std::size_t ranges, std::uint8_t locations) {
  PlainMap map;
  map.v4 = random_ranges(random, ranges, true, locations);
  map.v6 = random_ranges(random, ranges, false, locations);
  return map;
}

IpAddress random_address(std::mt19937& random) {
  const bool is_v4 = random() % 2 == 0;
  AddressNumber number = random_start(random, is_v4);
  if (random() % 2 == 0) number.low |= random();
  return address_of(number, is_v4);
}

std::vector<std::byte> write_map(const PlainMap& plain, std::size_t locations) {
  MapWriter writer(locations);
  for (const PlainRange& range : plain.v4) {
    writer.add_v4(static_cast<std::uint32_t>(range.start.low), writer.number_of(range.order));
  }
  for (const PlainRange& range : plain.v6)
    writer.add_v6(range.start, writer.number_of(range.order));
  return std::move(writer).finish();
}

ClientMap adopt(std::vector<std::byte> bytes) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  auto map = ClientMap::adopt(*owner, owner);
  if (!map.ok()) ADD_FAILURE() << map.error();
  return std::move(map).value();
}

Order order_in(const ClientMap& map, const IpAddress& client) {
  const auto order = map.order_of(client);
  return {order.begin(), order.end()};
}

}  // namespace rhumb::geo_test
