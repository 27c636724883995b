#include "server/fault_pace.h"

namespace rhumb {
namespace {

TEST(FaultPaceTest, TellsOnceThatAFaultBeganAndOnceThatItIsOver) {
  FaultPace pace;
  EXPECT_FALSE(pace.is_on());
  EXPECT_TRUE(pace.begins(1'000));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(pace.begins(1'000 + i));
  EXPECT_TRUE(pace.is_on());
  EXPECT_EQ(pace.ends(1'099 + kFaultQuietMs), 101U);
  EXPECT_FALSE(pace.is_on());
  EXPECT_EQ(pace.ends(1'100 + kFaultQuietMs), 0U);
}

TEST(FaultPaceTest, IsNotOverWhileItComesAgainAndAgain) {
  FaultPace pace;
  EXPECT_TRUE(pace.begins(0));
  for (std::int64_t now_ms = 1; now_ms < 10 * kFaultLogMs; now_ms += kFaultQuietMs - 1) {
    EXPECT_FALSE(pace.begins(now_ms));
    EXPECT_EQ(pace.ends(now_ms + 1), 0U);
  }
}

TEST(FaultPaceTest, OneThatComesAndGoesIsToldOnceAMinute) {
  FaultPace pace;
  int begun = 0;
  int ended = 0;
  for (std::int64_t now_ms = 0; now_ms < 10 * kFaultLogMs; now_ms += 2 * kFaultQuietMs) {
    begun += pace.begins(now_ms) ? 1 : 0;
    ended += pace.ends(now_ms + kFaultQuietMs) > 0 ? 1 : 0;
  }
  EXPECT_EQ(begun, 10);
  EXPECT_EQ(ended, 10);
}

}  // namespace
}  // namespace rhumb
