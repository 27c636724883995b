#include "server/saved_state.h"

#include "tests/server/saved_states.h"

namespace rhumb {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kMinute = 60'000;

SavedState with_check(std::int64_t since_ms, std::int64_t at_ms) {
  SavedState state;
  state.checks.push_back(test::unhealthy_check("london", since_ms, at_ms));
  return state;
}

TEST(SavedState, AVerdictOfTenMinutesAgoIsBelieved) {
  const SavedState saved = with_check(kNow - 60 * kMinute, kNow - 10 * kMinute);
  EXPECT_EQ(believable(saved, kNow), saved);
}

TEST(SavedState, AnOlderOneIsDropped) {
  const SavedState saved = with_check(kNow - 60 * kMinute, kNow - 10 * kMinute - 1);
  EXPECT_THAT(believable(saved, kNow).checks, IsEmpty());
}

TEST(SavedState, AnOldVerdictThatWasConfirmedLatelyIsBelieved) {
  const SavedState saved = with_check(kNow - 1'000'000 * kMinute, kNow - kMinute);
  EXPECT_THAT(believable(saved, kNow).checks, SizeIs(1));
}

TEST(SavedState, AVerdictFromTheFutureIsDropped) {
  EXPECT_THAT(believable(with_check(kNow - kMinute, kNow + 1), kNow).checks, IsEmpty());
  EXPECT_THAT(believable(with_check(kNow + 1, kNow), kNow).checks, IsEmpty());
  EXPECT_THAT(believable(with_check(kNow, kNow), kNow).checks, SizeIs(1));
}

TEST(SavedState, APushIsBelievedHoweverOldAndNotFromTheFuture) {
  SavedState saved;
  saved.checks.push_back({"old",
                          {.since_ms = 1},
                          LastProbe{true, kNow - 1'000'000 * kMinute, 0, "pushed"},
                          kNow - 1'000'000 * kMinute});
  saved.checks.push_back({"future", {.since_ms = 1}, {}, kNow + 1});
  const SavedState left = believable(saved, kNow);
  ASSERT_THAT(left.checks, SizeIs(1));
  EXPECT_EQ(left.checks[0].id, "old");
}

TEST(SavedState, ACheckThatFollowsFromOthersKeepsItsSinceTime) {
  SavedState saved;
  saved.checks.push_back({"both", {.since_ms = kNow - 60 * kMinute}, {}, {}});
  EXPECT_EQ(believable(saved, kNow), saved);
}

TEST(SavedState, OverridesAndDrainsStayForWhoTakesThemOverToEnd) {
  SavedState saved;
  saved.overrides = {{"a", Health::kHealthy, kNow - 1, ""}, {"c", Health::kUnhealthy, {}, ""}};
  saved.drains = {{"site=a", kNow - 1, ""}, {"site=c", {}, ""}};
  EXPECT_EQ(believable(saved, kNow), saved);
}

TEST(SavedState, TimesMoveFromTheServersClockToTheSystems) {
  // The system's clock was set an hour ahead while the server ran: what has a minute left still
  // does, and what was known a minute ago still was.
  constexpr std::int64_t kHour = 60 * kMinute;
  SavedState state = with_check(kNow - 2 * kMinute, kNow - kMinute);
  state.checks[0].pushed_ms = kNow - kMinute;
  state.overrides = {{"a", Health::kHealthy, kNow + kMinute, ""}, {"b", Health::kHealthy, {}, ""}};
  state.drains = {{"site=a", kNow + kMinute, ""}};
  const SavedState moved = moved_by(state, kHour);
  EXPECT_EQ(moved.checks[0].state.since_ms, kNow + kHour - 2 * kMinute);
  EXPECT_EQ(moved.checks[0].last->at_ms, kNow + kHour - kMinute);
  EXPECT_EQ(moved.checks[0].pushed_ms, kNow + kHour - kMinute);
  EXPECT_EQ(moved.overrides[0].until_ms, kNow + kHour + kMinute);
  EXPECT_EQ(moved.overrides[1].until_ms, std::nullopt);
  EXPECT_EQ(moved.drains[0].until_ms, kNow + kHour + kMinute);
  EXPECT_EQ(believable(moved, kNow + kHour), moved);
}

TEST(SavedState, MovedTimesStayWithinTheirRange) {
  const SavedState state = with_check(5, kMaxSavedTimeMs - 5);
  EXPECT_EQ(moved_by(state, -10).checks[0].state.since_ms, 0);
  EXPECT_EQ(moved_by(state, 10).checks[0].last->at_ms, kMaxSavedTimeMs);
}

}  // namespace
}  // namespace rhumb
