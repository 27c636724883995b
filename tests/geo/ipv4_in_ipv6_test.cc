#include "geo/ipv4_in_ipv6.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/address_number.h"

namespace rhumb {
namespace {

std::string embedded(std::string_view text) {
  const auto found = embedded_ipv4(number_of(*IpAddress::parse(text)));
  return found ? to_string(ipv4_of(found->address)) + " at " + std::to_string(found->offset)
               : "none";
}

// What clients of a network are looked up under, or the error.
std::string looked_up(std::string_view text) {
  const Result<IpPrefix> found = looked_up_as(*IpPrefix::parse(text));
  return found.ok() ? to_string(found.value()) : found.error();
}

TEST(EmbeddedIpv4, StandsWhereEachMechanismPutsIt) {
  EXPECT_EQ(embedded("::ffff:192.0.2.1"), "192.0.2.1 at 96");
  EXPECT_EQ(embedded("64:ff9b::192.0.2.1"), "192.0.2.1 at 96");
  EXPECT_EQ(embedded("2002:c000:0201:5::6"), "192.0.2.1 at 16");
}

TEST(EmbeddedIpv4, IsInvertedInTeredo) {
  EXPECT_EQ(embedded("2001:0:1:2:3:4:3fff:fdfe"), "192.0.2.1 at 96");
}

TEST(EmbeddedIpv4, IsInNoOtherAddress) {
  for (const char* text : {"::", "::1", "::fffe:192.0.2.1", "::1:0:0", "64:ff9b:1::192.0.2.1",
                           "64:ff9b::1:0:0", "2001:1::", "2001:db8::", "2003::"}) {
    EXPECT_EQ(embedded(text), "none") << text;
  }
}

TEST(LookedUpAs, IsTheNetworkItselfWhereItHoldsNoIpv4OrMoreThanThat) {
  for (const char* text : {"192.0.2.0/24", "2001:db8::/32", "::/0", "2000::/3", "2001::/23"}) {
    EXPECT_EQ(looked_up(text), text);
  }
}

TEST(LookedUpAs, IsTheIpv4NetworkThatIsEmbedded) {
  EXPECT_EQ(looked_up("::ffff:192.0.2.0/120"), "192.0.2.0/24");
  EXPECT_EQ(looked_up("64:ff9b::192.0.2.1/128"), "192.0.2.1/32");
  EXPECT_EQ(looked_up("2002:c000:200::/40"), "192.0.2.0/24");
  EXPECT_EQ(looked_up("2002:8000::/17"), "128.0.0.0/1");
}

TEST(LookedUpAs, RefusesWhatNoClientIsLookedUpUnder) {
  for (const char* text :
       {"2002::/16", "::ffff:0.0.0.0/96", "64:ff9b::/96", "2001::/32", "2001:0:1::/48"}) {
    EXPECT_EQ(looked_up(text),
              text + std::string(" holds IPv4 addresses in IPv6, whose clients are "
                                 "looked up by their IPv4 address: write the IPv4 "
                                 "network"));
  }
}

TEST(LookedUpAs, SaysWhichIpv4NetworkToWriteForAPartOfItsClients) {
  EXPECT_THAT(looked_up("2001:0:1:2:3:4:3fff:fdfe/128"),
              testing::EndsWith("write the IPv4 network 192.0.2.1/32"));
  EXPECT_THAT(looked_up("2002:c000:201:1::/64"),
              testing::EndsWith("write the IPv4 network 192.0.2.1/32"));
}

TEST(Unmapped, IsTheIpv4NetworkThatAMappedOneIs) {
  const auto of = [](const char* text) { return unmapped(IpPrefix::parse(text).value()); };
  EXPECT_EQ(of("::ffff:192.0.2.0/120"), IpPrefix::parse("192.0.2.0/24"));
  EXPECT_EQ(of("::ffff:0:0/96"), IpPrefix::parse("0.0.0.0/0"));
  for (const char* other : {"::/0", "::fffe:0:0/95", "2002:c000:200::/40", "192.0.2.0/24"}) {
    EXPECT_EQ(of(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace rhumb
