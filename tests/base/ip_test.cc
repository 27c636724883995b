#include "base/ip.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

std::string reprinted_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? to_string(*address) : "refused";
}

std::string reprinted_prefix(std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  return prefix ? to_string(*prefix) : "refused";
}

std::string reprinted_endpoint(std::string_view text) {
  const auto endpoint = Endpoint::parse(text);
  return endpoint ? to_string(*endpoint) : "refused";
}

TEST(IpAddress, ParsesADottedQuad) {
  const auto address = IpAddress::parse("192.0.2.7");
  ASSERT_TRUE(address);
  EXPECT_TRUE(address->is_v4());
  const std::vector<std::uint8_t> bytes(address->bytes().begin(), address->bytes().end());
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{192, 0, 2, 7}));
}

TEST(IpAddress, ParsesIpv6WithItsAbbreviations) {
  EXPECT_EQ(reprinted_address("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(reprinted_address("::"), "::");
  EXPECT_EQ(reprinted_address("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
  EXPECT_EQ(reprinted_address("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(IpAddress, RefusesWhatIsNotStrict) {
  for (const char* text :
       {"", " ", "192.0.2", "192.0.2.256", "192.0.2.07", "192.0.2.7 ", " 192.0.2.7", "0x7f.0.0.1",
        "192.0.2.7.1", "192.0.2.-1", "1::2::3", ":::", "2001:db8::g", "[2001:db8::1]",
        "fe80::1%eth0", "12345::", "1:2:3:4:5:6:7:8:9", "localhost"}) {
    EXPECT_EQ(reprinted_address(text), "refused") << '"' << text << '"';
  }
}

TEST(IpAddress, RefusesAZeroByteAndWhatFollowsIt) {
  EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.7\0", 10)));
  EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.7\0x", 11)));
}

TEST(IpAddress, RefusesTextLongerThanAnyAddress) {
  EXPECT_FALSE(IpAddress::parse(std::string(46, '1')));
  EXPECT_FALSE(IpAddress::parse(std::string(100'000, ':')));
}

TEST(IpAddress, IsUnspecifiedWhenAllZero) {
  EXPECT_TRUE(IpAddress().is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("0.0.0.1")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
}

TEST(IpAddress, DiffersBetweenFamiliesWithEqualBytes) {
  EXPECT_NE(*IpAddress::parse("0.0.0.0"), *IpAddress::parse("::"));
}

TEST(IpAddress, SortsByFamilyAndThenByBytes) {
  EXPECT_LT(*IpAddress::parse("9.0.0.0"), *IpAddress::parse("10.0.0.0"));
  EXPECT_LT(*IpAddress::parse("255.255.255.255"), *IpAddress::parse("::"));
}

TEST(IpPrefix, ParsesEveryLengthOfItsFamily) {
  EXPECT_EQ(reprinted_prefix("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(reprinted_prefix("192.0.2.7/32"), "192.0.2.7/32");
  EXPECT_EQ(reprinted_prefix("::/0"), "::/0");
  EXPECT_EQ(reprinted_prefix("2001:db8::1/128"), "2001:db8::1/128");
}

TEST(IpPrefix, RefusesBitsPastItsLength) {
  EXPECT_EQ(reprinted_prefix("192.0.2.1/24"), "refused");
  EXPECT_EQ(reprinted_prefix("192.0.2.128/25"), "192.0.2.128/25");
  EXPECT_EQ(reprinted_prefix("192.0.2.128/24"), "refused");
  EXPECT_EQ(reprinted_prefix("2001:db8::1/127"), "refused");
}

TEST(IpPrefix, RefusesALengthThatIsNotAPlainNumberInRange) {
  for (const char* text :
       {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/024", "192.0.2.0/+24", "192.0.2.0/-1",
        "192.0.2.0/24 ", "192.0.2.0/24/24", "::/129", "::/65536", "/24", "192.0.2.0/0x18"}) {
    EXPECT_EQ(reprinted_prefix(text), "refused") << '"' << text << '"';
  }
}

TEST(IpPrefix, OfClearsTheBitsPastTheLength) {
  EXPECT_EQ(to_string(IpPrefix::of(*IpAddress::parse("192.0.2.255"), 25)), "192.0.2.128/25");
  EXPECT_EQ(to_string(IpPrefix::of(*IpAddress::parse("2001:db8:ffff::1"), 33)),
            "2001:db8:8000::/33");
  EXPECT_EQ(to_string(IpPrefix::of(*IpAddress::parse("192.0.2.255"), 0)), "0.0.0.0/0");
}

TEST(IpPrefix, OfClampsTheLengthToTheFamily) {
  EXPECT_EQ(to_string(IpPrefix::of(*IpAddress::parse("192.0.2.255"), 200)), "192.0.2.255/32");
}

TEST(IpPrefix, ContainsItsFirstAndLastAddressAndNoNeighbour) {
  const IpPrefix prefix = *IpPrefix::parse("192.0.2.128/25");
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("192.0.2.128")));
  EXPECT_TRUE(prefix.contains(*IpAddress::parse("192.0.2.255")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("192.0.2.127")));
  EXPECT_FALSE(prefix.contains(*IpAddress::parse("192.0.3.0")));
}

TEST(IpPrefix, ContainsNothingOfTheOtherFamily) {
  EXPECT_FALSE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("::1")));
  EXPECT_FALSE(IpPrefix::parse("::/0")->contains(*IpAddress::parse("192.0.2.1")));
}

TEST(Endpoint, ParsesAddressAndPort) {
  EXPECT_EQ(reprinted_endpoint("192.0.2.1:53"), "192.0.2.1:53");
  EXPECT_EQ(reprinted_endpoint("[2001:db8::1]:5300"), "[2001:db8::1]:5300");
  EXPECT_EQ(reprinted_endpoint("[::]:65535"), "[::]:65535");
  EXPECT_EQ(reprinted_endpoint("127.0.0.1:0"), "127.0.0.1:0");
}

TEST(Endpoint, RefusesWhatIsNotAnAddressAndAPort) {
  for (const char* text : {"", ":", "53", ":53", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536",
                           "192.0.2.1:053", "192.0.2.1:-1", "[192.0.2.1]:53", "::1:53",
                           "2001:db8::1", "[::1]", "[::1]53", "[::1:53", "[]:53", "localhost:53"}) {
    EXPECT_EQ(reprinted_endpoint(text), "refused") << '"' << text << '"';
  }
}

}  // namespace
}  // namespace rhumb
