#include "server/check_reason.h"

namespace rhumb {
namespace {

const LastProbe kGood{.ok = true, .reason = "status 200"};
const LastProbe kBad{.ok = false, .reason = "connection refused"};

CheckState state_of(Health measured, std::uint32_t streak, Sample of) {
  return {.measured = measured, .streak = streak, .streak_of = of};
}

TEST(CheckReason, IsTheLastResultAndHowFarItIsOnItsWay) {
  const CheckSpec spec;
  EXPECT_EQ(own_reason(spec, {}, {}), "not probed yet");
  EXPECT_EQ(own_reason(spec, state_of(Health::kHealthy, 1, Sample::kOk), kGood), "status 200");
  EXPECT_EQ(own_reason(spec, state_of(Health::kHealthy, 2, Sample::kFailed), kBad),
            "connection refused; failure 2 of 3");
  EXPECT_EQ(own_reason(spec, state_of(Health::kUnhealthy, 1, Sample::kOk), kGood),
            "status 200; success 1 of 2");
  EXPECT_EQ(own_reason(spec, state_of(Health::kUnhealthy, 3, Sample::kFailed), kBad),
            "connection refused");
}

TEST(CheckReason, AnInvertedCheckTellsWhatItsProbesDo) {
  CheckSpec spec;
  spec.inverted = true;
  EXPECT_EQ(own_reason(spec, state_of(Health::kHealthy, 1, Sample::kOk), kGood),
            "inverted: its probe succeeded: status 200");
  EXPECT_EQ(own_reason(spec, state_of(Health::kUnhealthy, 3, Sample::kFailed), kBad),
            "inverted: its probe failed: connection refused");
  spec.disabled = true;
  EXPECT_EQ(own_reason(spec, {}, {}), "disabled and inverted: always unhealthy");
  spec.inverted = false;
  EXPECT_EQ(own_reason(spec, {}, {}), "disabled: always healthy");
}

TEST(CheckReason, OfWhatIsNotProbedTellsWhatDecidesIt) {
  CheckSpec spec;
  spec.type = CheckType::kPush;
  EXPECT_EQ(own_reason(spec, {}, {}), "no push yet");
  spec.type = CheckType::kSwitch;
  EXPECT_EQ(own_reason(spec, {}, {}), "default healthy");
  spec.inverted = true;
  EXPECT_EQ(own_reason(spec, {}, {}), "inverted: default healthy");
}

TEST(CheckReason, OfManyChildrenIsBounded) {
  CheckSpec spec;
  spec.type = CheckType::kCalculated;
  spec.children.resize(1'024);
  ChildrenFound found{.healthy = 1, .more = 1'020};
  for (std::size_t i = 0; i < kMaxChildrenNamed; ++i) {
    found.unhealthy.push_back({std::string(1'000, 'x'), std::string(999, 'y') + "\u00fc"});
  }
  const std::string reason = children_reason(spec, found);
  EXPECT_LT(reason.size(), 512U);
  EXPECT_TRUE(reason.ends_with("y\u2026) and 1020 more")) << reason;
}

}  // namespace
}  // namespace rhumb
