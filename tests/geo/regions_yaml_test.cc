#include "geo/regions_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/reading.h"

namespace rhumb {
namespace {

using test::Lines;
using test::read_as;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Lines errors_of(std::string_view text) { return read_as(read_regions, text).found; }

TEST(Regions, AreNamesWithCoordinates) {
  const auto got = read_as(read_regions,
                           "london: {latitude: 51.51, longitude: -0.13}\n"
                           "frankfurt: {latitude: 50.11, longitude: 8.68}\n");
  EXPECT_THAT(got.found, IsEmpty());
  ASSERT_EQ(got.value.size(), 2U);
  EXPECT_EQ(got.value.at("london"), (Coordinates{51.51, -0.13}));
  EXPECT_EQ(got.value.at("frankfurt"), (Coordinates{50.11, 8.68}));
}

TEST(Regions, MayHaveTheNameOfABuiltInOne) {
  EXPECT_THAT(errors_of("eu-west-2: {latitude: 51.51, longitude: -0.13}\n"), IsEmpty());
}

TEST(Regions, NeedBothCoordinates) {
  EXPECT_THAT(errors_of("london: {}\n"),
              ElementsAre("z.yaml:1:9: error: \"latitude\" is missing; write latitude: 51.51",
                          "z.yaml:1:9: error: \"longitude\" is missing; write longitude: -0.13"));
  EXPECT_THAT(errors_of("london: {latitude: 51.51}\n"),
              ElementsAre("z.yaml:1:20: error: \"latitude\" is given without \"longitude\"; write "
                          "both"));
}

TEST(Regions, AreOnEarth) {
  EXPECT_THAT(errors_of("london: {latitude: 151.51, longitude: -0.13}\n"),
              ElementsAre("z.yaml:1:20: error: 151.51 is out of range; write a decimal number from "
                          "-90 to 90"));
}

TEST(Regions, HaveNoOtherKeys) {
  EXPECT_THAT(errors_of("london: {latitude: 51.51, lng: -0.13, longitude: 0}\n"),
              ElementsAre("z.yaml:1:27: error: unknown key \"lng\"; write \"longitude\""));
  EXPECT_THAT(errors_of("london: eu-west-2\n"),
              ElementsAre("z.yaml:1:9: error: a map is wanted here, not text; write keys with "
                          "their values"));
}

TEST(Regions, HaveNamesThatFitIntoTables) {
  EXPECT_THAT(errors_of("\"new york\": {latitude: 40.71, longitude: -74.01}\n"),
              ElementsAre("z.yaml:1:1: error: \"new york\" is no name for a place; write one "
                          "without blanks and , / # \" *"));
}

TEST(Regions, AreTenThousandAtMost) {
  std::string text;
  for (int i = 0; i <= 10'000; ++i) {
    text += "r" + std::to_string(i) + ": {latitude: 1, longitude: 2}\n";
  }
  EXPECT_THAT(errors_of(text),
              ElementsAre("z.yaml:1:1: error: more than 10000 regions; write fewer"));
}

}  // namespace
}  // namespace rhumb
