#include "geo/atlas.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

Atlas atlas_of_london() {
  Atlas atlas;
  atlas.regions["london"] = {51.51, -0.13};
  return atlas;
}

TEST(FindRegion, KnowsTheAtlassOwn) {
  EXPECT_EQ(find_region(atlas_of_london(), "london"), (Coordinates{51.51, -0.13}));
}

TEST(FindRegion, KnowsTheBuiltInOnes) {
  EXPECT_TRUE(find_region({}, "eu-west-2").has_value());
  EXPECT_FALSE(find_region({}, "eu-west-99").has_value());
}

TEST(FindRegion, TheAtlassOwnStandsOverABuiltInOne) {
  Atlas atlas;
  atlas.regions["eu-west-2"] = {1, 2};
  EXPECT_EQ(find_region(atlas, "eu-west-2"), (Coordinates{1, 2}));
}

TEST(UnknownRegion, SuggestsTheOneThatWasMeant) {
  EXPECT_EQ(unknown_region(atlas_of_london(), "lodon"),
            "there is no region \"lodon\"; did you mean \"london\"?");
  EXPECT_EQ(unknown_region({}, "eu-wset-2"),
            "there is no region \"eu-wset-2\"; did you mean \"eu-west-2\"?");
}

TEST(UnknownRegion, SaysWhereToWriteANewOne) {
  EXPECT_EQ(
      unknown_region({}, "moon"),
      "there is no region \"moon\"; write its latitude and longitude under regions: in rhumb.yaml");
}

}  // namespace
}  // namespace rhumb
