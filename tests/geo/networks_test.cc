#include "geo/networks.h"

#include <gtest/gtest.h>

#include <random>

#include "geo/address_number.h"
#include "tests/geo/plain_map.h"

namespace rhumb {
namespace {

std::vector<IpPrefix> prefixes(std::initializer_list<std::string_view> texts) {
  std::vector<IpPrefix> networks;
  for (const std::string_view text : texts) networks.push_back(*IpPrefix::parse(text));
  return networks;
}

// "ADDRESS NETWORK", one a stretch.
std::vector<std::string> v4_text(const FlatNetworks& flat) {
  std::vector<std::string> lines;
  for (const NetworkStretch& stretch : flat.v4) {
    lines.push_back(to_string(ipv4_of(static_cast<std::uint32_t>(stretch.first.low))) + " " +
                    std::to_string(stretch.network));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(FlatNetworks, AreEmptyWithoutNetworks) {
  const FlatNetworks flat = flatten({});
  EXPECT_TRUE(flat.v4.empty());
  EXPECT_TRUE(flat.v6.empty());
}

TEST(FlatNetworks, EndWhereTheNetworkDoes) {
  const FlatNetworks flat = flatten(prefixes({"192.0.2.0/24"}));
  EXPECT_EQ(v4_text(flat), (Lines{"0.0.0.0 0", "192.0.2.0 1", "192.0.3.0 0"}));
  EXPECT_TRUE(flat.v6.empty());
}

TEST(FlatNetworks, GoBackToTheWiderNetworkBehindANarrowOne) {
  const FlatNetworks flat = flatten(prefixes({"10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24"}));
  EXPECT_EQ(v4_text(flat), (Lines{"0.0.0.0 0", "10.0.0.0 2", "10.1.0.0 1", "10.1.2.0 3",
                                  "10.1.3.0 1", "10.2.0.0 2", "11.0.0.0 0"}));
  EXPECT_EQ(flat.around, (std::vector<std::uint32_t>{2, 0, 1}));
}

TEST(FlatNetworks, OfWhichSeveralEndTogetherGoBackAtOnce) {
  const FlatNetworks flat = flatten(prefixes({"10.0.0.0/8", "10.255.0.0/16", "10.255.255.0/24"}));
  EXPECT_EQ(v4_text(flat),
            (Lines{"0.0.0.0 0", "10.0.0.0 1", "10.255.0.0 2", "10.255.255.0 3", "11.0.0.0 0"}));
}

TEST(FlatNetworks, LieAroundTheirLastAddress) {
  const FlatNetworks flat = flatten(prefixes({"10.0.0.0/31", "10.0.0.1/32"}));
  EXPECT_EQ(v4_text(flat), (Lines{"0.0.0.0 0", "10.0.0.0 1", "10.0.0.1 2", "10.0.0.2 0"}));
  EXPECT_EQ(flat.around, (std::vector<std::uint32_t>{0, 1}));
}

TEST(FlatNetworks, FollowOneAnotherWithoutAGap) {
  const FlatNetworks flat = flatten(prefixes({"0.0.0.0/1", "128.0.0.0/1"}));
  EXPECT_EQ(v4_text(flat), (Lines{"0.0.0.0 1", "128.0.0.0 2"}));
}

TEST(FlatNetworks, MayHoldAWholeFamily) {
  const FlatNetworks flat = flatten(prefixes({"::/0", "ffff::/16"}));
  EXPECT_TRUE(flat.v4.empty());
  EXPECT_EQ(flat.v6, (std::vector<NetworkStretch>{{{0, 0}, 1}, {{0xFFFF'0000'0000'0000, 0}, 2}}));
}

TEST(FlatNetworks, AgreeWithAskingEachNetwork) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<IpPrefix> networks;
    std::vector<IpAddress> clients;
    for (int i = 0; i < 60; ++i) {
      const IpAddress address = geo_test::random_address(random);
      const auto length = static_cast<std::uint8_t>(random() % (address.is_v4() ? 33 : 129));
      const IpPrefix network = IpPrefix::of(address, length);
      if (std::ranges::find(networks, network) == networks.end()) networks.push_back(network);
      clients.push_back(address);
      clients.push_back(network.address);
    }
    const FlatNetworks flat = flatten(networks);
    for (const IpAddress& client : clients) {
      std::vector<std::uint32_t> expected;  // those around, the narrowest first
      for (std::uint32_t i = 0; i < networks.size(); ++i) {
        if (networks[i].contains(client)) expected.push_back(i + 1);
      }
      std::ranges::sort(expected, std::greater(),
                        [&](std::uint32_t network) { return networks[network - 1].length; });
      const auto& stretches = client.is_v4() ? flat.v4 : flat.v6;
      const auto behind = std::ranges::find_if(stretches, [&](const NetworkStretch& stretch) {
        return stretch.first > number_of(client);
      });
      std::vector<std::uint32_t> found;
      for (std::uint32_t network = std::prev(behind)->network; network != 0;
           network = flat.around[network - 1]) {
        found.push_back(network);
      }
      ASSERT_EQ(found, expected) << to_string(client);
    }
  }
}

}  // namespace
}  // namespace rhumb
