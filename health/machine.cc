#include "health/machine.h"

#include <algorithm>
#include <limits>

namespace rhumb {
namespace {

CheckState with_sample(CheckState state, Sample sample) {
  if (state.streak == 0 || state.streak_of != sample) {
    state.streak = 1;
    state.streak_of = sample;
  } else if (state.streak < std::numeric_limits<std::uint32_t>::max()) {
    ++state.streak;
  }
  return state;
}

CheckState entered(CheckState state, Health measured, std::int64_t now_ms) {
  state.measured = measured;
  state.since_ms = now_ms;
  state.recover_asked = false;
  return state;
}

bool has_streak(const CheckState& state, Sample sample, std::uint32_t threshold) {
  return state.streak_of == sample && state.streak >= std::max(threshold, 1U);
}

bool waits_for_operator(const CheckState& state, const CheckSpec& spec) {
  return spec.recovery == Recovery::kManual && !state.recover_asked;
}

// Everything for coming back is there, save perhaps the end of holdDown.
bool may_come_back(const CheckState& state, const CheckSpec& spec) {
  if (waits_for_operator(state, spec)) return false;
  return has_streak(state, Sample::kOk, spec.success_threshold);
}

std::int64_t held_ms(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  return std::max<std::int64_t>(state.since_ms + spec.hold_down_ms - now_ms, 0);
}

Step from_unknown(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  const bool ok = state.streak_of == Sample::kOk;
  return {entered(state, ok ? Health::kHealthy : Health::kUnhealthy, now_ms), true,
          spec.interval_ms};
}

Step from_healthy(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  if (state.streak_of == Sample::kOk) return {state, false, spec.interval_ms};
  if (!has_streak(state, Sample::kFailed, spec.failure_threshold)) {
    return {state, false, std::min(spec.recheck_interval_ms, spec.interval_ms)};
  }
  return {entered(state, Health::kUnhealthy, now_ms), true, spec.interval_ms};
}

Step from_unhealthy(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  if (!may_come_back(state, spec)) return {state, false, spec.interval_ms};
  const std::int64_t held = held_ms(state, spec, now_ms);
  if (held > 0) return {state, false, std::min(held, spec.interval_ms)};
  return {entered(state, Health::kHealthy, now_ms), true, spec.interval_ms};
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "unknown";
    case Health::kHealthy:
      return "healthy";
    case Health::kUnhealthy:
      return "unhealthy";
  }
  return "";
}

CheckState first_state(const CheckSpec& spec, std::int64_t now_ms) {
  CheckState state;
  state.since_ms = now_ms;
  if (spec.type == CheckType::kSwitch) {
    state.measured = spec.default_healthy ? Health::kHealthy : Health::kUnhealthy;
    return state;
  }
  switch (spec.initial_state) {
    case InitialState::kProbe:
      state.measured = Health::kUnknown;
      break;
    case InitialState::kHealthy:
      state.measured = Health::kHealthy;
      break;
    case InitialState::kUnhealthy:
      state.measured = Health::kUnhealthy;
      break;
  }
  return state;
}

Step step(const CheckState& state, Sample sample, const CheckSpec& spec, std::int64_t now_ms) {
  const CheckState sampled = with_sample(state, sample);
  switch (state.measured) {
    case Health::kUnknown:
      return from_unknown(sampled, spec, now_ms);
    case Health::kHealthy:
      return from_healthy(sampled, spec, now_ms);
    case Health::kUnhealthy:
      return from_unhealthy(sampled, spec, now_ms);
  }
  return {sampled, false, spec.interval_ms};
}

Step recover(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  const bool waits = state.measured == Health::kUnhealthy && spec.recovery == Recovery::kManual;
  if (!waits) return {state, false, spec.interval_ms};
  CheckState asked = state;
  asked.recover_asked = true;
  return from_unhealthy(asked, spec, now_ms);
}

Held held(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  const bool succeeds = state.streak > 0 && state.streak_of == Sample::kOk;
  if (state.measured != Health::kUnhealthy || spec.disabled || !succeeds) return {};
  const std::int64_t left_ms = held_ms(state, spec, now_ms);
  if (waits_for_operator(state, spec)) return {Hold::kOperator, left_ms};
  return {left_ms > 0 ? Hold::kHoldDown : Hold::kNone, left_ms};
}

CheckState with_new_spec(const CheckState& state) {
  CheckState anew = state;
  anew.streak = 0;
  anew.streak_of = Sample::kOk;
  return anew;
}

Health verdict(const CheckState& state, const CheckSpec& spec) {
  const Health health = spec.disabled ? Health::kHealthy : state.measured;
  if (!spec.inverted || health == Health::kUnknown) return health;
  return health == Health::kHealthy ? Health::kUnhealthy : Health::kHealthy;
}

}  // namespace rhumb
