// The server's own clock: probing, rechecks, hold-downs and the ends of overrides and drains go by
// it, so that what is tested here holds for all of them.
#include "server/clock.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Moment kStart{.wall_ms = 1'800'000'000'000, .monotonic_ms = 5'000};

TEST(Clock, ShowsTheTimeOfTheStartAndWhatHasPassedSince) {
  const Clock clock(kStart);
  EXPECT_EQ(clock.started_ms(), kStart.wall_ms);
  EXPECT_EQ(clock.at(kStart), kStart.wall_ms);
  EXPECT_EQ(clock.at({kStart.wall_ms + 700, kStart.monotonic_ms + 700}), kStart.wall_ms + 700);
}

// Somebody sets the system's time a day ahead, or a day back: a second later a second has passed.
TEST(Clock, IsNotMovedByAStepOfTheSystemsTime) {
  const Clock clock(kStart);
  for (const std::int64_t step_ms : {kDayMs, -kDayMs}) {
    const Moment later{kStart.wall_ms + step_ms + 1'000, kStart.monotonic_ms + 1'000};
    EXPECT_EQ(clock.at(later), kStart.wall_ms + 1'000);
  }
}

TEST(Clock, WhatIsLeftIsRoundedUpToTheUnitsShown) {
  EXPECT_EQ(to_short_time_left(300), "300ms");
  EXPECT_EQ(to_short_time_left(9'001), "10s");
  EXPECT_EQ(to_short_time_left(30 * 60'000 - 20), "30m");
  EXPECT_EQ(to_short_time_left(30 * 60'000), "30m");
  EXPECT_EQ(to_short_time_left(29 * 60'000 + 58'500), "29m59s");
  EXPECT_EQ(to_short_time_left(2 * 3'600'000 - 500), "2h");
  EXPECT_EQ(to_short_time_left(5 * 3'600'000 + 60'500), "5h2m");
  EXPECT_EQ(to_short_time_left(kDayMs - 1), "1d");
}

TEST(Clock, AgreesWithItsCopies) {
  const Clock clock(kStart);
  const Clock copy = clock;
  const Moment later{kStart.wall_ms - kDayMs, kStart.monotonic_ms + 2'500};
  EXPECT_EQ(copy.at(later), clock.at(later));
}

}  // namespace
}  // namespace rhumb
