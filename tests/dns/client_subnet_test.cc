#include "dns/client_subnet.h"

#include <gtest/gtest.h>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

ClientSubnet read(const Octets& data) {
  ClientSubnet subnet;
  read_client_subnet(data, subnet);
  return subnet;
}

void expect_malformed(const Octets& data) {
  const ClientSubnet subnet = read(data);
  EXPECT_TRUE(subnet.malformed) << ::testing::PrintToString(data);
  EXPECT_FALSE(subnet.present);
}

TEST(ClientSubnet, ReadsIpv4) {
  const ClientSubnet subnet = read(octets("\0\1\x18\0\xCB\0\x71"));
  EXPECT_TRUE(subnet.present);
  EXPECT_FALSE(subnet.malformed);
  EXPECT_EQ(subnet.family, 1);
  EXPECT_EQ(subnet.source_prefix, 24);
  EXPECT_EQ(to_string(subnet.address), "203.0.113.0");
  EXPECT_EQ(subnet.address_size(), 3U);
}

TEST(ClientSubnet, ReadsIpv6) {
  const ClientSubnet subnet = read(octets("\0\2\x38\0\x20\1\x0D\xB8\0\x80\x40"));
  EXPECT_TRUE(subnet.present);
  EXPECT_EQ(subnet.family, 2);
  EXPECT_EQ(subnet.source_prefix, 56);
  EXPECT_EQ(to_string(subnet.address), "2001:db8:80:4000::");
  EXPECT_EQ(subnet.address_size(), 7U);
}

TEST(ClientSubnet, ReadsWholeAddresses) {
  EXPECT_EQ(to_string(read(octets("\0\1\x20\0\xFF\xFF\xFF\xFF")).address), "255.255.255.255");
  EXPECT_EQ(to_string(read(octets("\0\2\x80\0\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1")).address),
            "2001:db8::1");
}

TEST(ClientSubnet, ReadsPrefixesThatEndWithinAnOctet) {
  EXPECT_EQ(to_string(read(octets("\0\1\x0F\0\x0A\xFE")).address), "10.254.0.0");
  EXPECT_EQ(to_string(read(octets("\0\1\1\0\x80")).address), "128.0.0.0");
}

// What a client sends that wants none of its address to be told (RFC 7871 §7.1.2).
TEST(ClientSubnet, ReadsNoNetworkAtAll) {
  for (const std::uint8_t family : Octets{0, 1, 2}) {
    const ClientSubnet subnet = read({0, family, 0, 0});
    EXPECT_TRUE(subnet.present);
    EXPECT_EQ(subnet.family, family);
    EXPECT_EQ(subnet.source_prefix, 0);
    EXPECT_EQ(subnet.address_size(), 0U);
    EXPECT_TRUE(subnet.address.is_unspecified());
  }
}

TEST(ClientSubnet, IsMalformedBelowFourOctets) {
  const Octets whole = octets("\0\1\0\0");
  for (int size = 0; size < 4; ++size) expect_malformed({whole.begin(), whole.begin() + size});
}

TEST(ClientSubnet, IsMalformedBeyondTheWidthOfItsFamily) {
  expect_malformed(octets("\0\1\x21\0\1\2\3\4\0"));
  expect_malformed(octets("\0\1\xFF\0\1\2\3\4"));
  expect_malformed(octets("\0\2\x81\0") + Octets(17, 0));
  expect_malformed(octets("\0\0\1\0\0"));
}

TEST(ClientSubnet, IsMalformedWithAnotherNumberOfOctetsThanThePrefixNeeds) {
  expect_malformed(octets("\0\1\x18\0\xCB\0"));
  expect_malformed(octets("\0\1\x18\0\xCB\0\x71\0"));
  expect_malformed(octets("\0\1\x19\0\xCB\0\x71"));
  expect_malformed(octets("\0\1\0\0\0"));
  expect_malformed(octets("\0\0\0\0\0"));
  expect_malformed(octets("\0\2\x80\0") + Octets(17, 0));
}

TEST(ClientSubnet, IsMalformedWithBitsPastThePrefix) {
  expect_malformed(octets("\0\1\x17\0\xCB\0\x71"));
  expect_malformed(octets("\0\1\1\0\x40"));
  expect_malformed(octets("\0\2\x7F\0") + Octets(15, 0) + Octets{1});
}

// RFC 7871 §6: "In queries, it MUST be set to 0."
TEST(ClientSubnet, IsMalformedWithAScope) {
  expect_malformed(octets("\0\1\x18\x18\xCB\0\x71"));
  expect_malformed(octets("\0\0\0\1"));
}

TEST(ClientSubnet, IsMalformedInAFamilyThatIsNotKnown) {
  expect_malformed(octets("\0\3\0\0"));
  expect_malformed(octets("\1\1\x18\0\xCB\0\x71"));
  expect_malformed(octets("\xFF\xFF\0\0"));
}

TEST(ClientSubnet, IsTheFirstOfSeveral) {
  ClientSubnet subnet;
  read_client_subnet(octets("\0\1\x18\0\xCB\0\x71"), subnet);
  read_client_subnet(octets("\0\1\x10\0\x0A\1"), subnet);
  EXPECT_TRUE(subnet.present);
  EXPECT_EQ(to_string(subnet.address), "203.0.113.0");
}

TEST(ClientSubnet, IsMalformedWhenOneOfSeveralIs) {
  ClientSubnet second;
  read_client_subnet(octets("\0\1\x18\0\xCB\0\x71"), second);
  read_client_subnet(octets("\0\1"), second);
  EXPECT_TRUE(second.malformed);
  EXPECT_FALSE(second.present);
  ClientSubnet first;
  read_client_subnet(octets("\0\1"), first);
  read_client_subnet(octets("\0\1\x18\0\xCB\0\x71"), first);
  EXPECT_TRUE(first.malformed);
  EXPECT_FALSE(first.present);
}

}  // namespace
}  // namespace rhumb
