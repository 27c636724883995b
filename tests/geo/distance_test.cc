#include "geo/distance.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

constexpr Coordinates kLondon{51.51, -0.13};
constexpr Coordinates kParis{48.86, 2.35};
constexpr Coordinates kSydney{-33.87, 151.21};

TEST(Distance, FollowsGreatCircles) {
  EXPECT_NEAR(distance_km(kLondon, kParis), 343.5, 0.5);
  EXPECT_NEAR(distance_km(kLondon, kSydney), 16'994, 1);
  EXPECT_DOUBLE_EQ(distance_km(kSydney, kLondon), distance_km(kLondon, kSydney));
}

TEST(Distance, IsNothingToOneself) { EXPECT_EQ(distance_km(kLondon, kLondon), 0); }

TEST(Distance, CrossesTheDateLineAndThePoles) {
  EXPECT_NEAR(distance_km({0, 179}, {0, -179}), 222.39, 0.01);
  EXPECT_NEAR(distance_km({89, 0}, {89, 180}), 222.39, 0.01);
  EXPECT_NEAR(distance_km({90, 0}, {-90, 77}), 20'015.11, 0.01);
  EXPECT_NEAR(distance_km({0, 0}, {0, 180}), 20'015.11, 0.01);
}

TEST(RoundTrip, IsFiveMillisecondsAndOneForEachFiftyKilometres) {
  EXPECT_DOUBLE_EQ(estimated_round_trip_ms(0), 5);
  EXPECT_DOUBLE_EQ(estimated_round_trip_ms(1000), 25);
}

TEST(Bias, DrawsNearerAndPushesAway) {
  EXPECT_DOUBLE_EQ(biased_km(1000, 0), 1000);
  EXPECT_DOUBLE_EQ(biased_km(1000, 50), 500);
  EXPECT_DOUBLE_EQ(biased_km(1000, -50), 2000);
  EXPECT_NEAR(biased_km(1000, 99), 10, 1e-9);
  EXPECT_NEAR(biased_km(1000, -99), 100'000, 1e-6);
}

}  // namespace
}  // namespace rhumb
