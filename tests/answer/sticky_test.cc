#include "answer/sticky.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

namespace rhumb::testing {
namespace {

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

constexpr double kUnit = 1.0 / static_cast<double>(std::uint64_t{1} << 57U);

TEST(StickyDraw, TakesLogarithmsToAThousandth) {
  std::uint64_t n = 1;
  for (int i = 0; i < 100'000; ++i) {
    n = derive(n, 7);
    const std::uint64_t tried = i % 2 == 0 ? n >> (n % 64) : ~(n >> (n % 60));
    const auto wanted = static_cast<double>(64 - std::log2(static_cast<long double>(tried) + 1));
    const double found = static_cast<double>(StickyDraw::minus_log2(tried)) * kUnit;
    ASSERT_NEAR(found, wanted, wanted * 0.001 + 1e-15) << tried;
  }
}

TEST(StickyDraw, TakesLogarithmsOfTheEnds) {
  EXPECT_EQ(StickyDraw::minus_log2(0), std::uint64_t{64} << 57U);
  EXPECT_EQ(StickyDraw::minus_log2((std::uint64_t{1} << 63U) - 1), std::uint64_t{1} << 57U);
  EXPECT_EQ(StickyDraw::minus_log2(~std::uint64_t{0}), 0U);
}

TEST(StickyDraw, NeverCostsLessForASmallerNumber) {
  std::uint64_t before = StickyDraw::minus_log2(0);
  for (std::uint64_t n = 0; n < ~std::uint64_t{0} - (1ULL << 45U); n += 1ULL << 45U) {
    const std::uint64_t now = StickyDraw::minus_log2(n);
    ASSERT_LE(now, before);
    before = now;
  }
}

// As written here once and for all: other servers, and those of tomorrow, must draw alike.
TEST(StickyDraw, CostsTheSameEverywhere) {
  const std::vector<std::uint8_t> group = {3, 'w', 'w', 'w', 2, 'e', 'u', 0};
  EXPECT_EQ(StickyDraw(ip("192.0.2.1"), group).cost(1, 1), 62423117971957095U);
  EXPECT_EQ(StickyDraw(ip("192.0.2.1"), group).cost(1, 10), 6242311797195709U);
  EXPECT_EQ(StickyDraw(ip("192.0.3.1"), group).cost(1, 1), 345533410368378516U);
  EXPECT_EQ(StickyDraw(ip("2001:db8::1"), group).cost(0xFFFFFFFF, 255), 973945887412172U);
}

TEST(StickyDraw, IsTheSameForAWholeNetwork) {
  const std::vector<std::uint8_t> group = {1, 'a', 0};
  const auto cost = [&](std::string_view client) {
    return StickyDraw(ip(client), group).cost(99, 1);
  };
  EXPECT_EQ(cost("192.0.2.0"), cost("192.0.2.255"));
  EXPECT_NE(cost("192.0.2.0"), cost("192.0.3.0"));
  EXPECT_EQ(cost("2001:db8:0:100::"), cost("2001:db8:0:1ff:ffff::1"));
  EXPECT_NE(cost("2001:db8:0:100::"), cost("2001:db8:0:200::"));
}

TEST(StickyDraw, TakesIpv4InIpv6ForIpv4) {
  const std::vector<std::uint8_t> group = {1, 'a', 0};
  const auto cost = [&](std::string_view client) {
    return StickyDraw(ip(client), group).cost(99, 1);
  };
  EXPECT_EQ(cost("::ffff:198.51.100.7"), cost("198.51.100.99"));
  EXPECT_EQ(cost("64:ff9b::198.51.100.7"), cost("198.51.100.99"));
  EXPECT_EQ(cost("2002:c633:6407::1"), cost("198.51.100.99"));
  EXPECT_EQ(cost("2001:0:1:2:3:4:39cc:9bf8"), cost("198.51.100.99"));
}

TEST(StickyDraw, DiffersFromGroupToGroup) {
  const std::vector<std::uint8_t> one = {1, 'a', 0};
  const std::vector<std::uint8_t> other = {1, 'b', 0};
  const IpAddress client = ip("192.0.2.1");
  EXPECT_NE(StickyDraw(client, one).cost(99, 1), StickyDraw(client, other).cost(99, 1));
}

TEST(StickyBlock, IsA24OrA56) {
  EXPECT_EQ(sticky_block_of(ip("192.0.2.1")), 24);
  EXPECT_EQ(sticky_block_of(ip("2600::1")), 56);
}

TEST(StickyBlock, IsThatOfTheIpv4AddressBehindWhatEmbedsIt) {
  EXPECT_EQ(sticky_block_of(ip("::ffff:198.51.100.7")), 120);
  EXPECT_EQ(sticky_block_of(ip("64:ff9b::198.51.100.7")), 120);
  EXPECT_EQ(sticky_block_of(ip("2001:0:1:2:3:4:39cc:9bf8")), 120);
  EXPECT_EQ(sticky_block_of(ip("2002:c633:6407::1")), 40);
}

// ::/56 holds ::ffff:0:0/96, whose clients are drawn for otherwise.
TEST(StickyBlock, DoesNotReachIntoIpv4InIpv6) {
  EXPECT_EQ(sticky_block_of(ip("::1")), 81);
  EXPECT_EQ(sticky_block_of(ip("::fffe:0:1")), 96);
  EXPECT_EQ(sticky_block_of(ip("64:ff9b:0:1::")), 64);
  EXPECT_EQ(sticky_block_of(ip("2003::1")), 56);
}

}  // namespace
}  // namespace rhumb::testing
