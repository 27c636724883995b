#include "geo/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rhumb {
namespace {

TEST(BuiltInRegions, AreThoseOfThreeProviders) {
  EXPECT_EQ(built_in_region("eu-west-2"), (Coordinates{51.51, -0.13}));
  EXPECT_EQ(built_in_region("europe-west2"), (Coordinates{51.51, -0.13}));
  EXPECT_EQ(built_in_region("uksouth"), (Coordinates{51.51, -0.13}));
  EXPECT_EQ(built_in_region("us-east-1"), (Coordinates{39.04, -77.49}));
  EXPECT_EQ(built_in_region("southamerica-west1"), (Coordinates{-33.45, -70.67}));
}

TEST(BuiltInRegions, AreNoOthers) {
  EXPECT_EQ(built_in_region("london"), std::nullopt);
  EXPECT_EQ(built_in_region("EU-WEST-2"), std::nullopt);
  EXPECT_EQ(built_in_region(""), std::nullopt);
}

TEST(BuiltInRegions, AreEachNamedOnceAndSomewhere) {
  std::set<std::string_view> names;
  for (const std::string_view name : built_in_region_names()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    const auto found = built_in_region(name);
    ASSERT_TRUE(found) << name;
    EXPECT_LE(std::abs(found->latitude), 70) << name;
    EXPECT_LE(std::abs(found->longitude), 180) << name;
  }
  EXPECT_EQ(names.size(), 151U);
}

// The continent that a name begins with bounds where it can be.
TEST(BuiltInRegions, AreOnTheSideOfTheWorldThatTheirNamesSay) {
  for (const std::string_view name : built_in_region_names()) {
    const Coordinates at = *built_in_region(name);
    const auto begins = [&](std::string_view start) { return name.starts_with(start); };
    if (begins("us") || begins("ca-") || begins("northamerica") || begins("canada")) {
      EXPECT_TRUE(at.longitude < -66 && at.latitude > 20) << name;
    }
    if (begins("eu-") || begins("europe") || begins("uk") || begins("france")) {
      EXPECT_TRUE(at.longitude > -7 && at.longitude < 30 && at.latitude > 40) << name;
    }
    if (begins("ap-") || begins("asia-") || begins("china") || begins("japan")) {
      EXPECT_TRUE(at.longitude > 70) << name;
    }
    if (begins("australia") || begins("sa-") || begins("southafrica")) {
      EXPECT_TRUE(at.latitude < -20) << name;
    }
  }
}

}  // namespace
}  // namespace rhumb
