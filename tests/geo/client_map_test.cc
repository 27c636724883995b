#include "geo/client_map.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>

#include "geo/map_form.h"
#include "tests/geo/plain_map.h"
#include "tests/support/sanitized.h"

namespace rhumb::geo_test {
namespace {

constexpr int kRounds = test::kSanitized ? 6 : 60;
constexpr std::uint64_t kCrowd = test::kSanitized ? 30 : 200;  // ranges, each held against all
constexpr int kDeep = test::kSanitized ? 1'500 : 3'000;        // and so many

AddressNumber number(std::string_view text) { return number_of(address(text)); }

// 192.0.2.0/24 has order 2, 0; 2001:db8::/32 has 1; all others have none.
PlainMap documentation_map() {
  PlainMap plain;
  plain.v4 = {{number("0.0.0.0"), {}}, {number("192.0.2.0"), {2, 0}}, {number("192.0.3.0"), {}}};
  plain.v6 = {{number("::"), {}}, {number("2001:db8::"), {1}}, {number("2001:db9::"), {}}};
  return plain;
}

ClientMap compiled(const PlainMap& plain, std::size_t locations) {
  return adopt(write_map(plain, locations));
}

void expect_same(const PlainMap& plain, const ClientMap& map,
                 const std::vector<IpAddress>& clients) {
  for (const IpAddress& client : clients) {
    ASSERT_EQ(order_in(map, client), plain.order_of(client)) << to_string(client);
    ASSERT_EQ(map.block_of(client), plain.block_of(client)) << to_string(client);
    ASSERT_EQ(map.match(client).order.data(), map.order_of(client).data()) << to_string(client);
  }
}

TEST(ClientMap, KnowsTheOrderOfANetworkAndNoneBesideIt) {
  const ClientMap map = compiled(documentation_map(), 3);
  EXPECT_EQ(order_in(map, address("192.0.2.0")), (Order{2, 0}));
  EXPECT_EQ(order_in(map, address("192.0.2.255")), (Order{2, 0}));
  EXPECT_EQ(order_in(map, address("192.0.1.255")), Order{});
  EXPECT_EQ(order_in(map, address("192.0.3.0")), Order{});
  EXPECT_EQ(order_in(map, address("2001:db8:ffff::1")), Order{1});
  EXPECT_EQ(order_in(map, address("2001:db9::")), Order{});
}

TEST(ClientMap, TellsTheWidestBlockOfOneOrder) {
  const ClientMap map = compiled(documentation_map(), 3);
  EXPECT_EQ(map.block_of(address("192.0.2.77")), 24);
  EXPECT_EQ(map.block_of(address("192.0.3.1")), 24);
  EXPECT_EQ(map.block_of(address("127.0.0.1")), 1);
  EXPECT_EQ(map.block_of(address("2001:db8::1")), 32);
  EXPECT_EQ(map.block_of(address("8000::")), 1);
}

TEST(ClientMap, LooksUpIpv4InIpv6AsIpv4) {
  const ClientMap map = compiled(documentation_map(), 3);
  for (const char* text : {"::ffff:192.0.2.1", "64:ff9b::192.0.2.1", "2002:c000:0201::1",
                           "2001:0:1:2:3:4:3fff:fdfe"}) {
    EXPECT_EQ(order_in(map, address(text)), (Order{2, 0})) << text;
  }
  EXPECT_EQ(map.block_of(address("::ffff:192.0.2.1")), 120);
  EXPECT_EQ(map.block_of(address("64:ff9b::192.0.2.1")), 120);
  EXPECT_EQ(map.block_of(address("2002:c000:0201::1")), 40);
  EXPECT_EQ(map.block_of(address("2001:0:1:2:3:4:3fff:fdfe")), 120);
}

TEST(ClientMap, DoesNotLetABlockReachIntoIpv4InIpv6) {
  const ClientMap map = compiled(documentation_map(), 3);
  EXPECT_EQ(map.block_of(address("2003::")), 16);
  EXPECT_EQ(map.block_of(address("2600::")), 6);
  EXPECT_EQ(map.block_of(address("::1")), 81);
}

TEST(ClientMap, HasOneBlockWhereAllHaveOneOrder) {
  PlainMap plain;
  plain.v4.front().order = plain.v6.front().order = {1, 0};
  const ClientMap map = compiled(plain, 2);
  for (const char* text : {"192.0.2.1", "2001:db8::1", "2002:c000:0201::", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(order_in(map, address(text)), (Order{1, 0})) << text;
    EXPECT_EQ(map.block_of(address(text)), 0) << text;
  }
}

TEST(ClientMap, HasIpv4InIpv6InTheOrderOfIpv4WhereThatHasOnlyOne) {
  PlainMap plain;
  plain.v4.front().order = {0};
  plain.v6.front().order = {1};
  const ClientMap map = compiled(plain, 2);
  EXPECT_EQ(order_in(map, address("2002:c000:0201::")), Order{0});
  EXPECT_EQ(map.block_of(address("2002:c000:0201::")), 16);
  EXPECT_EQ(map.block_of(address("2003::")), 16);
}

TEST(ClientMap, SaysNothingOfAFamilyThatWasNotWritten) {
  const ClientMap map = adopt(MapWriter(1).finish());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), Order{});
  EXPECT_EQ(order_in(map, address("2001:db8::1")), Order{});
  EXPECT_EQ(map.block_of(address("2001:db8::1")), 0);
}

TEST(ClientMap, HoldsAnOrderOfAllLocations) {
  Order all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  PlainMap plain;
  plain.v4.front().order = all;
  EXPECT_EQ(order_in(compiled(plain, 256), address("192.0.2.1")), all);
}

TEST(ClientMap, AgreesWithAPlainListAtEveryEdge) {
  std::mt19937 random(1);
  for (int round = 0; round < kRounds; ++round) {
    const PlainMap plain = random_map(random, 1 + random() % 40, 3);
    expect_same(plain, compiled(plain, 3), plain.edges());
  }
}

TEST(ClientMap, AgreesWithAPlainListWhereItsIndexIsDeep) {
  std::mt19937 random(2);
  const PlainMap plain = random_map(random, kDeep, 3);
  const ClientMap map = compiled(plain, 3);
  for (const IpAddress& client : plain.edges()) {
    ASSERT_EQ(order_in(map, client), plain.order_of(client)) << to_string(client);
  }
}

TEST(ClientMap, AgreesWithAPlainListWhereRangesCrowdAroundPowersOfTwo) {
  PlainMap plain;
  for (unsigned bit = 0; bit < 32; ++bit) {
    plain.v4.push_back({{0, std::uint64_t{1} << bit}, {static_cast<std::uint8_t>(bit % 2)}});
  }
  for (unsigned bit = 0; bit < 128; ++bit) {
    const AddressNumber start{bit < 64 ? 0 : std::uint64_t{1} << (bit - 64),
                              bit < 64 ? std::uint64_t{1} << bit : 0};
    plain.v6.push_back({start, {static_cast<std::uint8_t>(bit % 2)}});
  }
  expect_same(plain, compiled(plain, 2), plain.edges());
}

TEST(ClientMap, AgreesWithAPlainListWhereManyRangesShareTheirFirst64Bits) {
  PlainMap plain;
  for (std::uint64_t i = 0; i < kCrowd; ++i) {
    plain.v6.push_back({{0x2001'0DB8'0000'0000, i << 48U}, {static_cast<std::uint8_t>(i % 3)}});
  }
  expect_same(plain, compiled(plain, 3), plain.edges());
}

TEST(ClientMap, AgreesWithAPlainListWhereRangesBeginWithinEach64Bits) {
  PlainMap plain;
  for (std::uint64_t i = 0; i < kCrowd; ++i) {
    plain.v6.push_back({{0x2001'0DB8'0000'0000 + i, 1}, {static_cast<std::uint8_t>(i % 3)}});
  }
  expect_same(plain, compiled(plain, 3), plain.edges());
}

TEST(ClientMap, AgreesWithAPlainListWhereRangesBeginAndEndWithIpv4InIpv6) {
  PlainMap plain;
  plain.v4.push_back({number("128.0.0.0"), {0}});
  for (const char* text : {"0:0:0:0:0:ffff::", "0:0:0:0:1::", "64:ff9b::", "64:ff9b::1:0:0",
                           "2001::", "2001:1::", "2002::", "2003::"}) {
    plain.v6.push_back({number(text), {static_cast<std::uint8_t>(plain.v6.size() % 3)}});
  }
  expect_same(plain, compiled(plain, 3), plain.edges());
}

TEST(ClientMap, HasEqualOrDisjointBlocks) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    const ClientMap map = compiled(random_map(random, 1 + random() % 60, 2), 2);
    std::set<IpPrefix> blocks;
    for (int i = 0; i < 200; ++i) {
      const IpAddress client = random_address(random);
      blocks.insert(IpPrefix::of(client, map.block_of(client)));
    }
    for (auto block = blocks.begin(); std::next(block) != blocks.end(); ++block) {
      EXPECT_FALSE(block->contains(std::next(block)->address))
          << to_string(*block) << " " << to_string(*std::next(block));
    }
  }
}

TEST(MapWriter, MergesNeighboursOfOneOrder) {
  PlainMap merged;
  PlainMap split;
  split.v4.push_back({number("192.0.2.0"), {}});
  split.v6.push_back({number("2001:db8::"), {}});
  EXPECT_EQ(write_map(split, 1), write_map(merged, 1));
}

TEST(MapWriter, KeepsEqualOrdersOnce) {
  MapWriter writer(3);
  const std::uint32_t number = writer.number_of(Order{2, 1});
  EXPECT_NE(writer.number_of(Order{1, 2}), number);
  EXPECT_EQ(writer.number_of(Order{2, 1}), number);
}

// Whether the map is refused with `size` bytes at `at` written over.
template <typename T>
bool is_refused_with(std::vector<std::byte> bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return !ClientMap::adopt(bytes, nullptr).ok();
}

TEST(ClientMapAdopt, RefusesEveryChangeOfItsHeader) {
  std::mt19937 random(4);
  const std::vector<std::byte> bytes = write_map(random_map(random, 300, 3), 3);
  ASSERT_TRUE(ClientMap::adopt(bytes, nullptr).ok());
  constexpr std::size_t kLocationCount = offsetof(MapHeader, location_count);
  for (std::size_t at = 0; at < sizeof(MapHeader); at += sizeof(std::uint32_t)) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    for (const std::uint32_t other : {0U, value - 1, 0x7FFF'FFFFU, 0xFFFF'FFFFU}) {
      if (other == value) continue;
      EXPECT_TRUE(is_refused_with(bytes, at, other)) << at << " " << other;
    }
    // More locations than its orders name may well be.
    if (at == kLocationCount) continue;
    EXPECT_TRUE(is_refused_with(bytes, at, value + 1)) << at;
  }
}

TEST(ClientMapAdopt, RefusesEveryLength) {
  std::vector<std::byte> bytes = write_map(documentation_map(), 3);
  bytes.resize(bytes.size() + 64);
  const std::span all(bytes);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    if (size == bytes.size() - 64) continue;
    EXPECT_FALSE(ClientMap::adopt(all.first(size), nullptr).ok()) << size;
  }
}

TEST(ClientMapAdopt, RefusesWhatIsNotAligned) {
  const std::vector<std::byte> bytes = write_map(documentation_map(), 3);
  std::vector<std::byte> shifted(bytes.size() + 1);
  std::ranges::copy(bytes, shifted.begin() + 1);
  EXPECT_FALSE(ClientMap::adopt(std::span(shifted).subspan(1), nullptr).ok());
}

TEST(ClientMapAdopt, RefusesAnArrayOutOfOrder) {
  const std::vector<std::byte> bytes = write_map(documentation_map(), 3);
  constexpr std::size_t kHighHalves = sizeof(MapHeader);
  EXPECT_TRUE(is_refused_with(bytes, kHighHalves, std::uint64_t{1}));      // does not begin at 0
  EXPECT_TRUE(is_refused_with(bytes, kHighHalves + 8, std::uint64_t{0}));  // does not rise
}

// Whatever bit is changed: it is refused, or a look-up stays within the map (which ASan sees).
TEST(ClientMapAdopt, StaysWithinItsBytesWhateverIsChanged) {
  std::mt19937 random(5);
  const PlainMap plain = random_map(random, 30, 3);
  const std::vector<std::byte> bytes = write_map(plain, 3);
  const std::vector<IpAddress> clients = plain.edges();
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<std::byte> changed = bytes;
    changed[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto map = ClientMap::adopt(changed, nullptr);
    refused += map.ok() ? 0 : 1;
    if (!map.ok()) continue;
    for (const IpAddress& client : clients) {
      ASSERT_LE(map.value().order_of(client).size(), 3U);
      ASSERT_LE(map.value().block_of(client), client.is_v4() ? 32 : 128);
    }
  }
  EXPECT_GT(refused, bytes.size() * 4);
}

}  // namespace
}  // namespace rhumb::geo_test
