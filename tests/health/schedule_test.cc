#include "health/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace rhumb {
namespace {

TEST(NextDue, KeepsAShortDelayToTheMillisecond) {
  EXPECT_EQ(next_due(5'000, 1'000, 10'000, 1'234), 6'000);
  EXPECT_EQ(next_due(5'000, 0, 10'000, 1'234), 5'000);
  EXPECT_EQ(next_due(5'000, -3, 10'000, 1'234), 5'000);
}

TEST(NextDue, MovesAWholeIntervalToTheChecksOwnPhase) {
  EXPECT_EQ(next_due(100'000, 10'000, 10'000, 7'000), 107'000);
  EXPECT_EQ(next_due(100'000, 10'000, 10'000, 5'000), 105'000);
  EXPECT_EQ(next_due(100'000, 10'000, 10'000, 4'999), 114'999);
  EXPECT_EQ(next_due(100'000, 10'000, 10'000, 0), 110'000);
}

TEST(NextDue, LeavesAtLeastHalfAnIntervalBetweenProbes) {
  for (std::uint64_t phase = 0; phase < 1'000; ++phase) {
    const std::int64_t due = next_due(12'345, 1'000, 1'000, phase);
    ASSERT_GE(due - 12'345, 500);
    ASSERT_LT(due - 12'345, 1'500);
    ASSERT_EQ(due % 1'000, static_cast<std::int64_t>(phase));
  }
}

TEST(NextDue, KeepsTheRhythmWhenAProbeTakesTime) {
  EXPECT_EQ(next_due(107'000 + 4'000, 10'000, 10'000, 7'000), 117'000);
}

TEST(NextDue, AsksASlowTargetAsOftenAsAQuickOne) {
  EXPECT_EQ(next_due(107'600, 1'000, 1'000, 0, 600), 108'000);
  EXPECT_EQ(next_due(107'999, 1'000, 1'000, 0, 999), 108'000);
  // Longer than the interval, as when it waited in line: at the next instant of its own.
  EXPECT_EQ(next_due(109'100, 1'000, 1'000, 0, 2'100), 110'000);
}

TEST(NextDue, TakesItsPhaseModuloTheInterval) {
  EXPECT_EQ(next_due(0, 10'000, 10'000, 5'000'000'007'000), 7'000);
}

TEST(PhaseOf, SpreadsTwentyThousandChecksEvenlyOverTheirInterval) {
  std::map<std::int64_t, int> due_in_tenth;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t phase = phase_of("site-" + std::to_string(i));
    ++due_in_tenth[next_due(1'000'000, 10'000, 10'000, phase) % 10'000 / 100];
  }
  ASSERT_EQ(due_in_tenth.size(), 100U);
  for (const auto& [tenth, checks] : due_in_tenth) {
    EXPECT_GT(checks, 140) << tenth;  // 200 are fair
    EXPECT_LT(checks, 260) << tenth;
  }
}

TEST(PhaseOf, IsTheSameInEveryRun) {
  EXPECT_EQ(phase_of("london"), phase_of("london"));
  EXPECT_NE(phase_of("london"), phase_of("frankfurt"));
}

TEST(Schedule, IsEmptyAtFirst) {
  Schedule schedule;
  EXPECT_EQ(schedule.size(), 0U);
  EXPECT_EQ(schedule.next_due_ms(), std::nullopt);
  EXPECT_EQ(schedule.take_due(1'000'000), std::nullopt);
  EXPECT_FALSE(schedule.contains(3));
  schedule.remove(3);
}

TEST(Schedule, GivesWhatIsDueEarliestFirst) {
  Schedule schedule;
  schedule.set(0, 300);
  schedule.set(1, 100);
  schedule.set(2, 200);
  EXPECT_EQ(schedule.next_due_ms(), 100);
  EXPECT_EQ(schedule.take_due(99), std::nullopt);
  EXPECT_EQ(schedule.take_due(250), 1U);
  EXPECT_EQ(schedule.take_due(250), 2U);
  EXPECT_EQ(schedule.take_due(250), std::nullopt);
  EXPECT_EQ(schedule.next_due_ms(), 300);
}

TEST(Schedule, GivesEqualTimesInOrderOfNumber) {
  Schedule schedule;
  for (CheckNumber check = 10; check-- > 0;) schedule.set(check, 50);
  for (CheckNumber check = 0; check < 10; ++check) EXPECT_EQ(schedule.take_due(50), check);
}

TEST(Schedule, MovesACheckThatIsSetAgain) {
  Schedule schedule;
  schedule.set(4, 100);
  schedule.set(5, 200);
  schedule.set(4, 300);
  EXPECT_EQ(schedule.size(), 2U);
  EXPECT_EQ(schedule.take_due(1'000), 5U);
  schedule.set(4, 50);
  EXPECT_EQ(schedule.next_due_ms(), 50);
}

TEST(Schedule, ForgetsARemovedCheck) {
  Schedule schedule;
  schedule.set(1, 100);
  schedule.set(2, 200);
  schedule.remove(1);
  EXPECT_FALSE(schedule.contains(1));
  EXPECT_TRUE(schedule.contains(2));
  EXPECT_EQ(schedule.take_due(1'000), 2U);
  EXPECT_EQ(schedule.take_due(1'000), std::nullopt);
}

TEST(Schedule, AgreesWithASortedSetOverManyRandomChanges) {
  Schedule schedule;
  std::set<std::pair<std::int64_t, CheckNumber>> expected;
  std::map<CheckNumber, std::int64_t> due_of;
  std::mt19937 random(20260801);
  const auto forget = [&](CheckNumber check) {
    if (due_of.contains(check)) expected.erase({due_of[check], check});
    due_of.erase(check);
  };
  for (int round = 0; round < 50'000; ++round) {
    const auto check = static_cast<CheckNumber>(random() % 300);
    const auto due = static_cast<std::int64_t>(random() % 1'000);
    switch (random() % 4) {
      case 0:
      case 1:
        schedule.set(check, due);
        forget(check);
        expected.insert({due, check});
        due_of[check] = due;
        break;
      case 2:
        schedule.remove(check);
        forget(check);
        break;
      default: {
        std::optional<CheckNumber> first;
        if (!expected.empty() && expected.begin()->first <= due) first = expected.begin()->second;
        ASSERT_EQ(schedule.take_due(due), first);
        if (first) forget(*first);
      }
    }
    ASSERT_EQ(schedule.size(), expected.size());
    if (!expected.empty()) {
      ASSERT_EQ(schedule.next_due_ms(), expected.begin()->first);
    }
  }
}

TEST(Schedule, RoomThatIsMadeLetsNothingWaitAndLosesNothing) {
  Schedule schedule;
  schedule.set(3, 30);
  schedule.make_room(10);
  schedule.make_room(2);
  EXPECT_EQ(schedule.size(), 1U);
  EXPECT_FALSE(schedule.contains(9));
  schedule.set(9, 20);
  EXPECT_EQ(schedule.take_due(30), 9U);
  EXPECT_EQ(schedule.take_due(30), 3U);
}

}  // namespace
}  // namespace rhumb
