#include "geo/rule.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

TEST(Rule, IsSaidAsAnOperatorWouldSayIt) {
  EXPECT_EQ(to_string(Location(Area{})), "default");
  EXPECT_EQ(to_string(Location(Area{.continent = Code("eu")})), "continent EU");
  EXPECT_EQ(to_string(Location(Area{.country = Code("GB"), .asn = 64500})), "country GB AS64500");
  EXPECT_EQ(to_string(Location(Area{.country = Code("US"), .subdivision = Code("CA")})),
            "subdivision US-CA");
  EXPECT_EQ(to_string(Location(LatencyRegion{"london"})), "region london");
  EXPECT_EQ(to_string(Location(Proximity{.region = "london", .bias = -20})),
            "region london bias -20");
  EXPECT_EQ(to_string(Location(Proximity{.coordinates = {51.51, -0.13}})), "51.51,-0.13");
  EXPECT_EQ(to_string(Location(CidrLocation{"offices", "*"})), "offices/*");
}

TEST(Rule, HasAKeyOfItsOwn) {
  const Rule one{{CidrLocation{"a", "b"}, CidrLocation{"c", "d"}}};
  const Rule other{{CidrLocation{"c", "d"}, CidrLocation{"a", "b"}}};
  EXPECT_EQ(key_of(one), key_of(Rule{one}));
  EXPECT_NE(key_of(one), key_of(other));
  EXPECT_NE(key_of(Rule{{LatencyRegion{"x"}}}), key_of(Rule{{Proximity{.region = "x"}}}));
}

}  // namespace
}  // namespace rhumb
