#include "geo/overrides_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/reading.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using test::Lines;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  std::vector<Override> overrides;
  Lines found;
};

Read read(std::string_view text) {
  Diagnostics diagnostics;
  std::vector<Override> overrides = read_overrides(text, "networks.yaml", diagnostics);
  return {std::move(overrides), test::lines_of(diagnostics)};
}

// The one override of `text`, which must be good.
Override one(std::string_view text) {
  const Read got = read(text);
  EXPECT_THAT(got.found, IsEmpty());
  return got.overrides.size() == 1 ? got.overrides[0] : Override{};
}

Lines errors_of(std::string_view text) { return read(text).found; }

IpPrefix prefix(std::string_view text) { return IpPrefix::parse(text).value(); }

TEST(Overrides, SayAllThatIsKnownOfANetwork) {
  const Override got = one(
      "- {network: 192.0.2.0/24, continent: EU, country: GB, subdivision: GB-ENG, latitude: 52.49,"
      " longitude: -1.89, asn: 64500}\n");
  EXPECT_EQ(got.network, prefix("192.0.2.0/24"));
  EXPECT_EQ(got.place.continent, Code("EU"));
  EXPECT_EQ(got.place.country, Code("GB"));
  EXPECT_EQ(got.place.subdivisions[0], Code("ENG"));
  EXPECT_EQ(got.place.subdivisions[1], Code());
  EXPECT_EQ(got.place.coordinates, (Coordinates{52.49, -1.89}));
  EXPECT_EQ(got.place.asn, 64500U);
  EXPECT_TRUE(got.has_place);
}

TEST(Overrides, ACountryBringsItsContinent) {
  EXPECT_EQ(one("- {network: 192.0.2.0/24, country: GB}").place.continent, Code("EU"));
  EXPECT_EQ(one("- {network: 192.0.2.0/24, country: NA}").place.continent, Code("AF"));
}

TEST(Overrides, ASubdivisionBringsItsCountryAndContinent) {
  const Override got = one("- {network: 192.0.2.0/24, subdivision: US-CA}");
  EXPECT_EQ(got.place.subdivisions[0], Code("CA"));
  EXPECT_EQ(got.place.country, Code("US"));
  EXPECT_EQ(got.place.continent, Code("NA"));
}

TEST(Overrides, AContinentThatIsGivenHolds) {
  EXPECT_EQ(one("- {network: 192.0.2.0/24, continent: AS, country: GB}").place.continent,
            Code("AS"));
}

TEST(Overrides, AnAsNumberAloneSaysNothingOfThePlace) {
  const Override got = one("- {network: \"2001:db8::/32\", asn: AS64500}");
  EXPECT_EQ(got.place.asn, 64500U);
  EXPECT_FALSE(got.has_place);
}

TEST(Overrides, CoordinatesAloneAreAPlace) {
  const Override got = one("- {network: 192.0.2.0/24, latitude: 0, longitude: 0}");
  EXPECT_EQ(got.place.coordinates, (Coordinates{0, 0}));
  EXPECT_TRUE(got.has_place);
}

TEST(Overrides, StayInTheOrderOfTheFile) {
  const Read got = read(
      "- {network: 198.51.100.0/24, country: FR}\n"
      "- {network: 192.0.2.0/24, country: GB}\n"
      "- {network: 192.0.2.0/25, country: DE}\n");
  ASSERT_EQ(got.overrides.size(), 3U);
  EXPECT_EQ(got.overrides[0].network, prefix("198.51.100.0/24"));
  EXPECT_EQ(got.overrides[1].network, prefix("192.0.2.0/24"));
  EXPECT_EQ(got.overrides[2].network, prefix("192.0.2.0/25"));
}

TEST(Overrides, MayBeNone) { EXPECT_THAT(errors_of("[]"), IsEmpty()); }

TEST(Overrides, MayBeJson) {
  EXPECT_EQ(one("[{\"network\": \"192.0.2.0/24\", \"latitude\": 1.5, \"longitude\": 2}]")
                .place.coordinates,
            (Coordinates{1.5, 2}));
}

TEST(Overrides, AreAList) {
  EXPECT_THAT(errors_of("192.0.2.0/24: {country: GB}\n"),
              ElementsAre("networks.yaml:1:1: error: a list of networks is wanted here; write "
                          "- {network: 192.0.2.0/24, country: GB}"));
  EXPECT_THAT(errors_of("- 192.0.2.0/24\n"),
              ElementsAre("networks.yaml:1:3: error: a map is wanted here, not text; write keys "
                          "with their values"));
}

TEST(Overrides, NeedANetwork) {
  EXPECT_THAT(errors_of("- {country: GB}\n"),
              ElementsAre("networks.yaml:1:3: error: \"network\" is missing; write network: "
                          "192.0.2.0/24"));
}

TEST(Overrides, WithHostBitsAreToldTheRightPrefix) {
  EXPECT_THAT(errors_of("- {network: 192.0.2.9/24, country: GB}\n"),
              ElementsAre("networks.yaml:1:13: error: \"192.0.2.9/24\" has bits set behind its "
                          "prefix length; write \"192.0.2.0/24\""));
}

TEST(Overrides, OfNothingButANetworkAreRefused) {
  EXPECT_THAT(errors_of("- {network: 192.0.2.0/24}\n"),
              ElementsAre("networks.yaml:1:3: error: nothing is said of 192.0.2.0/24; write "
                          "continent, country, subdivision, latitude and longitude, or asn"));
}

TEST(Overrides, OfOneNetworkTwiceNameTheFirst) {
  EXPECT_THAT(
      errors_of("- {network: 192.0.2.0/24, country: GB}\n"
                "- {network: 192.0.2.0/25, country: GB}\n"
                "- {network: 192.0.2.0/24, country: FR}\n"
                "- {network: \"::ffff:192.0.2.0/120\", asn: 1}\n"),
      ElementsAre("networks.yaml:3:13: error: \"192.0.2.0/24\" is given twice; the first is "
                  "in line 1",
                  "networks.yaml:4:13: error: \"::ffff:192.0.2.0/120\" is given twice; the "
                  "first is in line 1"));
}

TEST(Overrides, OfIpv4InIpv6AreOfIpv4) {
  EXPECT_EQ(one("- {network: \"::ffff:192.0.2.0/120\", country: GB}").network,
            prefix("192.0.2.0/24"));
  EXPECT_EQ(one("- {network: \"2002:c000:200::/40\", country: GB}").network,
            prefix("192.0.2.0/24"));
  EXPECT_EQ(errors_of("- {network: \"2002:c000:201:1::/64\", country: GB}").size(), 1U);
}

TEST(Overrides, TakeNoKeyThatTheyDoNotKnow) {
  EXPECT_THAT(errors_of("- {network: 192.0.2.0/24, contry: GB}\n"),
              ElementsAre("networks.yaml:1:27: error: unknown key \"contry\"; did you mean "
                          "\"country\"?"));
  EXPECT_THAT(errors_of("- {cidr: 192.0.2.0/24, country: GB}\n"),
              ElementsAre("networks.yaml:1:3: error: \"network\" is missing; write network: "
                          "192.0.2.0/24",
                          "networks.yaml:1:4: error: unknown key \"cidr\"; write \"network\""));
}

TEST(Overrides, TellOfNorway) {
  EXPECT_THAT(errors_of("- {network: 192.0.2.0/24, country: false}\n"),
              ElementsAre("networks.yaml:1:36: error: \"country\" is the boolean false; put it in "
                          "quotes if text is meant; Norway is \"NO\""));
}

TEST(Overrides, TellOfEveryErrorInTheOrderOfTheFile) {
  EXPECT_THAT(
      errors_of("- {network: 192.0.2.0/24, country: GB}\n"
                "- {network: 192.0.2.0/24, country: FR}\n"
                "- {network: 198.51.100.0, country: UK, latitude: 91, longitude: 1}\n"),
      ElementsAre("networks.yaml:2:13: error: \"192.0.2.0/24\" is given twice; the first is "
                  "in line 1",
                  "networks.yaml:3:13: error: \"198.51.100.0\" has no prefix length; write "
                  "\"198.51.100.0/32\"",
                  "networks.yaml:3:36: error: \"UK\" is no country; write \"GB\"",
                  "networks.yaml:3:50: error: 91 is out of range; write a decimal number "
                  "from -90 to 90"));
}

TEST(Overrides, OfWhichManyAreWrongAreNotReadToTheEnd) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "- {network: 192.0.2.0/24}\n";
  const Lines found = errors_of(text);
  ASSERT_EQ(found.size(), 102U);
  EXPECT_EQ(found.back(),
            "networks.yaml:102:3: error: more than 100 errors; the rest of the file is not read");
}

TEST(Overrides, AreAMillionAtMost) {
  if (test::kSanitized) GTEST_SKIP() << test::kOnlyInRelease;
  std::string text;
  for (int i = 0; i < 1'000'001; ++i) text += "- x\n";
  EXPECT_THAT(errors_of(text), ElementsAre("networks.yaml:1:1: error: more than 1000000 overrides; "
                                           "write fewer"));
}

TEST(Overrides, AreManyInAUsualFile) {
  constexpr int kCount = test::kSanitized ? 10'000 : 100'000;
  std::string text;
  for (int i = 0; i < kCount; ++i) {
    text += "- {network: 10." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255) + "." +
            std::to_string(i >> 16 << 7) + "/25, country: GB, latitude: 52.49, longitude: -1.89}\n";
  }
  const Read got = read(text);
  EXPECT_THAT(got.found, IsEmpty());
  EXPECT_EQ(got.overrides.size(), std::size_t{kCount});
}

}  // namespace
}  // namespace rhumb
