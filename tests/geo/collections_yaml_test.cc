#include "geo/collections_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/reading.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using test::Lines;
using test::read_as;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

Lines errors_of(std::string_view text) { return read_as(read_collections, text).found; }

IpPrefix prefix(std::string_view text) { return IpPrefix::parse(text).value(); }

TEST(Collections, AreLocationsWithNetworks) {
  const auto got = read_as(read_collections,
                           "offices: {london: [192.0.2.0/24], "
                           "berlin: [198.51.100.0/24, \"2001:db8::/32\"]}\n"
                           "labs: {london: 203.0.113.0/24}\n");
  EXPECT_THAT(got.found, IsEmpty());
  ASSERT_EQ(got.value.size(), 2U);
  const auto& offices = got.value.at("offices").locations;
  ASSERT_EQ(offices.size(), 2U);
  EXPECT_THAT(offices.at("london"), ElementsAre(prefix("192.0.2.0/24")));
  EXPECT_THAT(offices.at("berlin"),
              ElementsAre(prefix("198.51.100.0/24"), prefix("2001:db8::/32")));
  EXPECT_THAT(got.value.at("labs").locations.at("london"), ElementsAre(prefix("203.0.113.0/24")));
}

TEST(Collections, OverlapAndShareNetworks) {
  EXPECT_THAT(errors_of("offices: {london: [192.0.2.0/24], desk: [192.0.2.9/32]}\n"
                        "labs: {london: [192.0.2.0/24]}\n"),
              IsEmpty());
}

TEST(Collections, HaveANetworkInOneLocation) {
  EXPECT_THAT(errors_of("offices:\n"
                        "  london: [192.0.2.0/24]\n"
                        "  berlin: [\"::ffff:192.0.2.0/120\"]\n"),
              ElementsAre("z.yaml:3:12: error: \"::ffff:192.0.2.0/120\" is in the location "
                          "\"london\" already, in line 2; write it in one of them"));
}

TEST(Collections, HaveANetworkOnce) {
  EXPECT_THAT(errors_of("offices:\n"
                        "  london: [192.0.2.0/24, 198.51.100.0/24, 192.0.2.0/24]\n"),
              ElementsAre("z.yaml:2:43: error: \"192.0.2.0/24\" is listed twice; the first is in "
                          "line 2"));
}

TEST(Collections, KeepTheStarForEveryoneElse) {
  EXPECT_THAT(errors_of("offices: {\"*\": [192.0.2.0/24]}\n"),
              ElementsAre("z.yaml:1:11: error: \"*\" is everyone who is in no other location, and "
                          "has no list; remove it"));
}

TEST(Collections, WarnOfALocationWithoutNetworks) {
  EXPECT_THAT(errors_of("offices: {london: []}\n"),
              ElementsAre("z.yaml:1:19: warning: the location \"london\" has no network, so nobody "
                          "is there"));
}

TEST(Collections, AreStrictWithNetworks) {
  EXPECT_THAT(errors_of("offices: {london: [192.0.2.1/24, 192.0.2.1]}\n"),
              ElementsAre("z.yaml:1:20: error: \"192.0.2.1/24\" has bits set behind its prefix "
                          "length; write \"192.0.2.0/24\"",
                          "z.yaml:1:34: error: \"192.0.2.1\" has no prefix length; write "
                          "\"192.0.2.1/32\""));
  EXPECT_THAT(errors_of("offices: {london: {a: b}}\n"),
              ElementsAre("z.yaml:1:19: error: \"london\" is a map; write text"));
}

TEST(Collections, AreMaps) {
  EXPECT_THAT(errors_of("offices: [192.0.2.0/24]\n"),
              ElementsAre("z.yaml:1:10: error: \"offices\" is no map; write its locations, as in "
                          "{london: [192.0.2.0/24]}"));
}

TEST(Collections, HaveNamesThatFitIntoMessages) {
  EXPECT_THAT(errors_of("\"a/b\": {\"c d\": [192.0.2.0/24]}\n"),
              ElementsAre("z.yaml:1:1: error: \"a/b\" is no name for a place; write one without "
                          "blanks and , / # \" *",
                          "z.yaml:1:9: error: \"c d\" is no name for a place; write one without "
                          "blanks and , / # \" *"));
}

TEST(Collections, OfWhichManyNetworksAreWrongAreNotReadToTheEnd) {
  std::string text = "offices:\n  london:\n";
  for (int i = 0; i < 200; ++i) text += "  - x\n";
  const Lines found = errors_of(text);
  ASSERT_EQ(found.size(), 102U);
  EXPECT_EQ(found.back(),
            "z.yaml:104:5: error: more than 100 errors; the rest of the collections is not read");
}

TEST(Collections, TakeAHundredThousandNetworks) {
  std::string text = "offices:\n";
  for (int location = 0; location < 2; ++location) {
    text += "  l" + std::to_string(location) + ":\n";
    for (int i = 0; i < 50'000; ++i) {
      text += "  - 10." + std::to_string(location) + "." + std::to_string(i >> 8) + "." +
              std::to_string(i & 255) + "/32\n";
    }
  }
  const auto got = read_as(read_collections, text);
  EXPECT_THAT(got.found, IsEmpty());
  EXPECT_EQ(got.value.at("offices").locations.at("l1").size(), 50'000U);
}

TEST(Collections, TakeAMillionNetworksAtMost) {
  if (test::kSanitized) GTEST_SKIP() << test::kOnlyInRelease;
  std::string text = "offices: {london: [";
  for (int i = 0; i <= 1'000'000; ++i) text += "\"::/0\",";  // quick to read, if not to be meant
  EXPECT_THAT(
      errors_of(text + "]}\n"),
      Contains(EndsWith(" error: more than 1000000 networks in all collections; write fewer")));
}

}  // namespace
}  // namespace rhumb
