#include "geo/place_text.h"

#include <gtest/gtest.h>

#include <string>

namespace rhumb {
namespace {

std::string network(std::string_view text) {
  const Result<IpPrefix> prefix = parse_network(text);
  return prefix.ok() ? to_string(prefix.value()) : prefix.error();
}

std::string read_subdivision(std::string_view text, std::string_view country) {
  const Result<SubdivisionCode> code = parse_subdivision(text, Code(country));
  if (!code.ok()) return code.error();
  return std::string(code.value().country.text()) + "-" +
         std::string(code.value().subdivision.text());
}

TEST(ContinentCode, IsOneOfSevenInAnyCase) {
  for (const std::string_view text : {"AF", "AN", "AS", "EU", "NA", "OC", "SA"}) {
    EXPECT_EQ(parse_continent(text).value().text(), text);
  }
  EXPECT_EQ(parse_continent("eu").value().text(), "EU");
}

TEST(ContinentCode, AnotherTextIsToldWhatToWrite) {
  EXPECT_EQ(parse_continent("XX").error(),
            "\"XX\" is no continent; write one of AF, AN, AS, EU, NA, OC, SA");
  EXPECT_EQ(parse_continent("south america").error(),
            "\"south america\" is no continent; write \"SA\"");
  EXPECT_EQ(parse_continent("GB").error(),
            "\"GB\" is a country, not a continent; write it as a country");
  EXPECT_FALSE(parse_continent("").ok());
}

TEST(CountryCode, IsOneOfIso3166InAnyCase) {
  EXPECT_EQ(parse_country("GB").value().text(), "GB");
  EXPECT_EQ(parse_country("no").value().text(), "NO");
}

TEST(CountryCode, AnotherTextIsToldWhatToWrite) {
  EXPECT_EQ(parse_country("UK").error(), "\"UK\" is no country; write \"GB\"");
  EXPECT_EQ(parse_country("usa").error(), "\"usa\" is no country; write \"US\"");
  EXPECT_EQ(parse_country("EU").error(),
            "\"EU\" is a continent, not a country; write it as a continent");
  for (const std::string_view text : {"ZZ", "Germany", "", "G", "G1", "\xC3\xA9"}) {
    EXPECT_TRUE(parse_country(text).error().ends_with(
        " is no country; write its two letters of ISO 3166-1, such as \"GB\""))
        << text;
  }
}

TEST(CountryCode, MayBeAContinentsToo) {
  EXPECT_EQ(parse_country("AF").value().text(), "AF");
  EXPECT_EQ(parse_country("NA").value().text(), "NA");
}

TEST(SubdivisionText, HasItsCountryBeforeItOrBesideIt) {
  EXPECT_EQ(read_subdivision("US-CA", ""), "US-CA");
  EXPECT_EQ(read_subdivision("us-ca", ""), "US-CA");
  EXPECT_EQ(read_subdivision("CA", "US"), "US-CA");
  EXPECT_EQ(read_subdivision("US-CA", "US"), "US-CA");
  EXPECT_EQ(read_subdivision("JP-13", ""), "JP-13");
  EXPECT_EQ(read_subdivision("ENG", "GB"), "GB-ENG");
}

TEST(SubdivisionText, AloneIsAskedForItsCountry) {
  EXPECT_EQ(read_subdivision("CA", ""),
            "\"CA\" does not say of which country; write it as in \"US-CA\"");
}

TEST(SubdivisionText, OfAnotherCountryIsRefused) {
  EXPECT_EQ(read_subdivision("US-CA", "GB"),
            "\"US-CA\" is not in the country \"GB\"; leave one of them out");
}

TEST(SubdivisionText, AnotherTextIsToldWhatToWrite) {
  EXPECT_EQ(read_subdivision("UK-ENG", ""), "\"UK\" is no country; write \"GB\"");
  for (const std::string_view text : {"US-CALI", "US-", "US-C A", "US-CA-1"}) {
    EXPECT_TRUE(read_subdivision(text, "").ends_with(
        " is no subdivision; write a code of ISO 3166-2, such as \"US-CA\""))
        << text;
  }
}

TEST(AsNumber, IsANumberWithOrWithoutItsPrefix) {
  EXPECT_EQ(parse_asn("64500").value(), 64500U);
  EXPECT_EQ(parse_asn("AS64500").value(), 64500U);
  EXPECT_EQ(parse_asn("as1").value(), 1U);
  EXPECT_EQ(parse_asn("AS4294967295").value(), 4294967295U);
}

TEST(AsNumber, AnotherTextIsToldWhatToWrite) {
  for (const std::string_view text :
       {"", "AS", "0", "AS0", "4294967296", "AS 1", "ASN1", "1.10", "AS-1", "AS01"}) {
    EXPECT_TRUE(parse_asn(text).error().ends_with(" is no AS number; write AS1 to AS4294967295"))
        << text;
  }
}

TEST(PlaceName, IsAWord) {
  EXPECT_EQ(parse_place_name("eu-west-2").value(), "eu-west-2");
  EXPECT_EQ(parse_place_name("M\xC3\xBCnchen").value(), "M\xC3\xBCnchen");
}

TEST(PlaceName, HasNoneOfTheSignsOfTables) {
  for (const std::string_view text :
       {"", " ", "new york", "a,b", "a/b", "a#b", "a\"b", "*", "a\nb", "a\x7F"}) {
    EXPECT_TRUE(parse_place_name(text).error().ends_with(
        " is no name for a place; write one without blanks and , / # \" *"))
        << text;
  }
}

TEST(PlaceName, IsNotLong) {
  EXPECT_TRUE(parse_place_name(std::string(128, 'x')).ok());
  EXPECT_TRUE(parse_place_name(std::string(129, 'x'))
                  .error()
                  .ends_with(" is longer than 128 octets; write a shorter name"));
}

TEST(Network, IsAnAddressWithAPrefixLength) {
  EXPECT_EQ(network("192.0.2.0/24"), "192.0.2.0/24");
  EXPECT_EQ(network("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(network("2001:DB8::/32"), "2001:db8::/32");
  EXPECT_EQ(network("::/0"), "::/0");
}

TEST(Network, WithoutLengthIsToldTheOneOfASingleAddress) {
  EXPECT_EQ(network("192.0.2.1"), "\"192.0.2.1\" has no prefix length; write \"192.0.2.1/32\"");
  EXPECT_EQ(network("2001:db8::1"),
            "\"2001:db8::1\" has no prefix length; write \"2001:db8::1/128\"");
}

TEST(Network, WithHostBitsIsToldTheRightPrefix) {
  EXPECT_EQ(network("192.0.2.1/24"),
            "\"192.0.2.1/24\" has bits set behind its prefix length; write \"192.0.2.0/24\"");
  EXPECT_EQ(network("2001:db8::1/32"),
            "\"2001:db8::1/32\" has bits set behind its prefix length; write \"2001:db8::/32\"");
}

TEST(Network, AnotherTextIsToldWhatToWrite) {
  EXPECT_EQ(network("192.0.2.0/33"),
            "\"192.0.2.0/33\": the prefix length 33 is out of range; write a whole number from 0 "
            "to 32");
  EXPECT_EQ(network("2001:db8::/129"),
            "\"2001:db8::/129\": the prefix length 129 is out of range; write a whole number from "
            "0 to 128");
  EXPECT_EQ(network("192.0.2.0/"),
            "\"192.0.2.0/\": the prefix length \"\" is no whole number; write a whole number from "
            "0 to 32");
  for (const std::string_view text :
       {"", "/", "/24", "192.0.2/24", "192.0.2.0-192.0.2.255", "example.com/24", "192.00.2.0/24"}) {
    EXPECT_TRUE(network(text).ends_with(
        " is no network; write one such as \"192.0.2.0/24\" or \"2001:db8::/32\""))
        << text;
  }
}

TEST(Network, OfIpv4InIpv6IsTheIpv4Network) {
  EXPECT_EQ(network("::ffff:192.0.2.0/120"), "192.0.2.0/24");
  EXPECT_EQ(network("64:ff9b::c000:200/120"), "192.0.2.0/24");
  EXPECT_EQ(network("2002:c000:200::/40"), "192.0.2.0/24");
  EXPECT_EQ(network("2002:c000:201::/48"), "192.0.2.1/32");
}

TEST(Network, OfIpv4InIpv6ThatIsNoIpv4NetworkIsRefused) {
  for (const std::string_view text :
       {"2002:c000:201:1::/64", "2001::/32", "2001:0:c000:201::/64"}) {
    EXPECT_NE(network(text).find("write the IPv4 network"), std::string::npos) << network(text);
  }
}

TEST(Network, AroundIpv4InIpv6IsOfIpv6) { EXPECT_EQ(network("2000::/3"), "2000::/3"); }

}  // namespace
}  // namespace rhumb
