#include "health/machine.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

constexpr Sample kOk = Sample::kOk;
constexpr Sample kFailed = Sample::kFailed;

CheckState healthy_since(std::int64_t since_ms) { return {Health::kHealthy, since_ms}; }
CheckState unhealthy_since(std::int64_t since_ms) { return {Health::kUnhealthy, since_ms}; }

// A spec without holdDown, for what has nothing to do with it.
CheckSpec quick() {
  CheckSpec spec;
  spec.hold_down_ms = 0;
  return spec;
}

CheckSpec manual() {
  CheckSpec spec = quick();
  spec.recovery = Recovery::kManual;
  return spec;
}

TEST(FirstState, FollowsInitialState) {
  CheckSpec spec;
  EXPECT_EQ(first_state(spec, 7), (CheckState{Health::kUnknown, 7}));
  spec.initial_state = InitialState::kHealthy;
  EXPECT_EQ(first_state(spec, 7), (CheckState{Health::kHealthy, 7}));
  spec.initial_state = InitialState::kUnhealthy;
  EXPECT_EQ(first_state(spec, 7), (CheckState{Health::kUnhealthy, 7}));
}

TEST(Step, FirstSuccessDecidesAnUnknownCheck) {
  const Step done = step(CheckState{}, kOk, CheckSpec{}, 100);
  EXPECT_TRUE(done.flipped);
  EXPECT_EQ(done.state, (CheckState{Health::kHealthy, 100, 1, kOk}));
  EXPECT_EQ(done.next_delay_ms, 10'000);
}

TEST(Step, FirstFailureDecidesAnUnknownCheck) {
  const Step done = step(CheckState{}, kFailed, CheckSpec{}, 100);
  EXPECT_TRUE(done.flipped);
  EXPECT_EQ(done.state, (CheckState{Health::kUnhealthy, 100, 1, kFailed}));
  EXPECT_EQ(done.next_delay_ms, 10'000);
}

TEST(Step, ThirdFailureInARowFlipsAndTheFirstTwoAreRechecked) {
  const CheckSpec spec;
  const Step first = step(healthy_since(0), kFailed, spec, 10'000);
  EXPECT_FALSE(first.flipped);
  EXPECT_EQ(first.state, (CheckState{Health::kHealthy, 0, 1, kFailed}));
  EXPECT_EQ(first.next_delay_ms, 1'000);
  const Step second = step(first.state, kFailed, spec, 11'000);
  EXPECT_FALSE(second.flipped);
  EXPECT_EQ(second.next_delay_ms, 1'000);
  const Step third = step(second.state, kFailed, spec, 12'000);
  EXPECT_TRUE(third.flipped);
  EXPECT_EQ(third.state, (CheckState{Health::kUnhealthy, 12'000, 3, kFailed}));
  EXPECT_EQ(third.next_delay_ms, 10'000);
}

TEST(Step, OneSuccessRefutesFailures) {
  const CheckState failing{Health::kHealthy, 0, 2, kFailed};
  const Step refuted = step(failing, kOk, CheckSpec{}, 12'000);
  EXPECT_FALSE(refuted.flipped);
  EXPECT_EQ(refuted.state, (CheckState{Health::kHealthy, 0, 1, kOk}));
  EXPECT_EQ(refuted.next_delay_ms, 10'000);
  const Step again = step(refuted.state, kFailed, CheckSpec{}, 22'000);
  EXPECT_EQ(again.state, (CheckState{Health::kHealthy, 0, 1, kFailed}));
}

TEST(Step, FailureThresholdOfOneFlipsAtOnce) {
  CheckSpec spec;
  spec.failure_threshold = 1;
  EXPECT_TRUE(step(healthy_since(0), kFailed, spec, 5).flipped);
}

TEST(Step, ThresholdOfZeroMeansOne) {
  CheckSpec spec = quick();
  spec.failure_threshold = 0;
  spec.success_threshold = 0;
  EXPECT_FALSE(step(healthy_since(0), kOk, spec, 5).flipped);
  EXPECT_TRUE(step(healthy_since(0), kFailed, spec, 5).flipped);
  EXPECT_FALSE(step(unhealthy_since(0), kFailed, spec, 5).flipped);
  EXPECT_TRUE(step(unhealthy_since(0), kOk, spec, 5).flipped);
}

TEST(Step, RecheckIntervalLongerThanIntervalIsNotUsed) {
  CheckSpec spec;
  spec.interval_ms = 500;
  EXPECT_EQ(step(healthy_since(0), kFailed, spec, 5).next_delay_ms, 500);
}

TEST(Step, RecoveryCountsConsecutiveSuccessesAtTheInterval) {
  const CheckSpec spec = quick();
  const Step first = step(unhealthy_since(0), kOk, spec, 10'000);
  EXPECT_FALSE(first.flipped);
  EXPECT_EQ(first.next_delay_ms, 10'000);
  const Step failed = step(first.state, kFailed, spec, 20'000);
  EXPECT_EQ(failed.state, (CheckState{Health::kUnhealthy, 0, 1, kFailed}));
  EXPECT_EQ(failed.next_delay_ms, 10'000);
  const Step anew = step(failed.state, kOk, spec, 30'000);
  EXPECT_FALSE(anew.flipped);
  const Step second = step(anew.state, kOk, spec, 40'000);
  EXPECT_TRUE(second.flipped);
  EXPECT_EQ(second.state, (CheckState{Health::kHealthy, 40'000, 2, kOk}));
}

TEST(Step, InitiallyUnhealthyNeedsTheSuccessThreshold) {
  CheckSpec spec = quick();
  spec.initial_state = InitialState::kUnhealthy;
  const Step first = step(first_state(spec, 0), kOk, spec, 1);
  EXPECT_FALSE(first.flipped);
  EXPECT_TRUE(step(first.state, kOk, spec, 2).flipped);
}

TEST(HoldDown, CountsSuccessesButFlipsWithTheFirstOneAfterItsEnd) {
  const CheckSpec spec;
  CheckState state = unhealthy_since(1'000);  // held until 31'000
  const Step first = step(state, kOk, spec, 11'000);
  const Step second = step(first.state, kOk, spec, 21'000);
  EXPECT_FALSE(second.flipped);
  EXPECT_EQ(second.state, (CheckState{Health::kUnhealthy, 1'000, 2, kOk}));
  EXPECT_FALSE(step(second.state, kOk, spec, 30'999).flipped);
  const Step third = step(second.state, kOk, spec, 31'000);
  EXPECT_TRUE(third.flipped);
  EXPECT_EQ(third.state, (CheckState{Health::kHealthy, 31'000, 3, kOk}));
}

TEST(HoldDown, SchedulesAProbeForItsEndOnceTheStreakIsComplete) {
  const CheckSpec spec;
  const CheckState one_ok{Health::kUnhealthy, 1'000, 1, kOk};
  EXPECT_EQ(step(one_ok, kOk, spec, 25'000).next_delay_ms, 6'000);
  EXPECT_EQ(step(one_ok, kOk, spec, 12'000).next_delay_ms, 10'000);
}

TEST(HoldDown, LeavesTheIntervalAloneWhileTheStreakIsShort) {
  const CheckSpec spec;
  EXPECT_EQ(step(unhealthy_since(1'000), kOk, spec, 25'000).next_delay_ms, 10'000);
}

TEST(ManualRecovery, StaysUnhealthyHoweverManySuccesses) {
  CheckState state = unhealthy_since(0);
  for (int i = 1; i <= 100; ++i) {
    const Step done = step(state, kOk, manual(), std::int64_t{10'000} * i);
    ASSERT_FALSE(done.flipped);
    ASSERT_EQ(done.next_delay_ms, 10'000);
    state = done.state;
  }
  EXPECT_EQ(state, (CheckState{Health::kUnhealthy, 0, 100, kOk}));
}

TEST(ManualRecovery, RecoverBringsItBackAtOnceWhenSuccessesSuffice) {
  const CheckState ready{Health::kUnhealthy, 0, 2, kOk};
  const Step done = recover(ready, manual(), 50'000);
  EXPECT_TRUE(done.flipped);
  EXPECT_EQ(done.state, (CheckState{Health::kHealthy, 50'000, 2, kOk}));
}

TEST(ManualRecovery, RecoverDuringFailuresTakesEffectWithTheSuccessThreshold) {
  const CheckState failing{Health::kUnhealthy, 0, 9, kFailed};
  const Step asked = recover(failing, manual(), 50'000);
  EXPECT_FALSE(asked.flipped);
  EXPECT_TRUE(asked.state.recover_asked);
  const Step failed = step(asked.state, kFailed, manual(), 55'000);
  const Step first = step(failed.state, kOk, manual(), 60'000);
  EXPECT_FALSE(first.flipped);
  const Step second = step(first.state, kOk, manual(), 70'000);
  EXPECT_TRUE(second.flipped);
  EXPECT_FALSE(second.state.recover_asked);
}

TEST(ManualRecovery, NextFallNeedsANewPermission) {
  CheckSpec spec = manual();
  spec.failure_threshold = 1;
  const CheckState ready{Health::kUnhealthy, 0, 2, kOk};
  const Step fallen = step(recover(ready, spec, 10).state, kFailed, spec, 20);
  EXPECT_TRUE(fallen.flipped);
  const Step first = step(fallen.state, kOk, spec, 30);
  EXPECT_FALSE(step(first.state, kOk, spec, 40).flipped);
}

TEST(ManualRecovery, RecoverDoesNotShortenHoldDown) {
  CheckSpec spec = manual();
  spec.hold_down_ms = 30'000;
  const CheckState ready{Health::kUnhealthy, 0, 2, kOk};
  const Step asked = recover(ready, spec, 25'000);
  EXPECT_FALSE(asked.flipped);
  EXPECT_EQ(asked.next_delay_ms, 5'000);
  EXPECT_TRUE(step(asked.state, kOk, spec, 30'000).flipped);
}

TEST(ManualRecovery, RecoverLeavesOtherChecksAlone) {
  const CheckState healthy{Health::kHealthy, 5, 3, kOk};
  EXPECT_EQ(recover(healthy, manual(), 50).state, healthy);
  EXPECT_EQ(recover(CheckState{}, manual(), 50).state, CheckState{});
  const CheckState unhealthy{Health::kUnhealthy, 5, 2, kOk};
  EXPECT_EQ(recover(unhealthy, CheckSpec{}, 50).state, unhealthy);
}

TEST(Held, TellsWhatKeepsACheckUnhealthyWhoseLastProbeSucceeded) {
  const CheckState succeeds{Health::kUnhealthy, 1'000, 1, kOk};
  CheckSpec spec;
  spec.hold_down_ms = 30'000;
  EXPECT_EQ(held(succeeds, spec, 19'000).by, Hold::kHoldDown);
  EXPECT_EQ(held(succeeds, spec, 19'000).left_ms, 12'000);
  EXPECT_EQ(held(succeeds, spec, 31'000).by, Hold::kNone);
  spec.recovery = Recovery::kManual;
  EXPECT_EQ(held(succeeds, spec, 19'000).by, Hold::kOperator);
  EXPECT_EQ(held(succeeds, spec, 31'000).by, Hold::kOperator);
  EXPECT_EQ(held({Health::kUnhealthy, 1'000, 1, kOk, true}, spec, 19'000).by, Hold::kHoldDown);
}

TEST(Held, IsNothingWhereTheProbesSayIt) {
  const CheckSpec spec;
  EXPECT_EQ(held({Health::kUnhealthy, 0, 1, kFailed}, spec, 1).by, Hold::kNone);
  EXPECT_EQ(held({Health::kUnhealthy, 0, 0, kOk}, spec, 1).by, Hold::kNone);
  EXPECT_EQ(held({Health::kHealthy, 0, 1, kOk}, spec, 1).by, Hold::kNone);
  CheckSpec off;
  off.disabled = true;
  EXPECT_EQ(held({Health::kUnhealthy, 0, 1, kOk}, off, 1).by, Hold::kNone);
}

TEST(WithNewSpec, KeepsVerdictSinceAndPermissionAndStartsTheStreakAnew) {
  const CheckState state{Health::kUnhealthy, 123, 1, kOk, true};
  EXPECT_EQ(with_new_spec(state), (CheckState{Health::kUnhealthy, 123, 0, kOk, true}));
}

TEST(WithNewSpec, OldFailuresDoNotCountUnderTheNewSpec) {
  const CheckState failing{Health::kHealthy, 0, 2, kFailed};
  const Step done = step(with_new_spec(failing), kFailed, CheckSpec{}, 10);
  EXPECT_FALSE(done.flipped);
  EXPECT_EQ(done.state.streak, 1U);
}

TEST(Verdict, IsWhatProbesSay) {
  EXPECT_EQ(verdict(healthy_since(0), CheckSpec{}), Health::kHealthy);
  EXPECT_EQ(verdict(unhealthy_since(0), CheckSpec{}), Health::kUnhealthy);
  EXPECT_EQ(verdict(CheckState{}, CheckSpec{}), Health::kUnknown);
}

TEST(Verdict, OfADisabledCheckIsHealthy) {
  CheckSpec spec;
  spec.disabled = true;
  EXPECT_EQ(verdict(unhealthy_since(0), spec), Health::kHealthy);
  EXPECT_EQ(verdict(CheckState{}, spec), Health::kHealthy);
}

TEST(Verdict, OfAnInvertedCheckIsTurnedRoundButUnknownStays) {
  CheckSpec spec;
  spec.inverted = true;
  EXPECT_EQ(verdict(healthy_since(0), spec), Health::kUnhealthy);
  EXPECT_EQ(verdict(unhealthy_since(0), spec), Health::kHealthy);
  EXPECT_EQ(verdict(CheckState{}, spec), Health::kUnknown);
}

TEST(Verdict, OfADisabledAndInvertedCheckIsUnhealthy) {
  CheckSpec spec;
  spec.disabled = true;
  spec.inverted = true;
  EXPECT_EQ(verdict(healthy_since(0), spec), Health::kUnhealthy);
}

TEST(Health, UnknownIsAlive) {
  EXPECT_TRUE(is_alive(Health::kUnknown));
  EXPECT_TRUE(is_alive(Health::kHealthy));
  EXPECT_FALSE(is_alive(Health::kUnhealthy));
}

TEST(Health, HasTheNamesOfTheApi) {
  EXPECT_EQ(to_string(Health::kUnknown), "unknown");
  EXPECT_EQ(to_string(Health::kHealthy), "healthy");
  EXPECT_EQ(to_string(Health::kUnhealthy), "unhealthy");
}

TEST(FirstState, OfASwitchIsItsDefault) {
  CheckSpec spec;
  spec.type = CheckType::kSwitch;
  EXPECT_EQ(first_state(spec, 7).measured, Health::kHealthy);
  spec.default_healthy = false;
  EXPECT_EQ(first_state(spec, 7).measured, Health::kUnhealthy);
  EXPECT_EQ(first_state(spec, 7).since_ms, 7);
}

}  // namespace
}  // namespace rhumb
