// The threshold machine of a check as pure functions: a state and one probe's result in, the next
// state and the time to the next probe out. Time is an argument, in milliseconds on any clock that
// does not jump back (the Unix time at start plus what has passed since, when states are kept over
// restarts).
#pragma once

#include <cstdint>
#include <string_view>

#include "health/check.h"

namespace rhumb {

// Unknown, still undecided, counts as healthy in every decision and is only shown.
enum class Health : std::uint8_t { kUnknown, kHealthy, kUnhealthy };

// "unknown", "healthy" or "unhealthy".
std::string_view to_string(Health health);

enum class Sample : std::uint8_t { kFailed, kOk };

struct CheckState {
  Health measured = Health::kUnknown;  // by probes alone
  std::int64_t since_ms = 0;           // when `measured` was entered
  std::uint32_t streak = 0;            // latest results that are alike; 0: none yet under this spec
  Sample streak_of = Sample::kOk;
  bool recover_asked = false;  // recovery: manual: an operator has let it come back

  bool operator==(const CheckState&) const = default;
};

struct Step {
  CheckState state;
  bool flipped = false;  // `measured` changed
  std::int64_t next_delay_ms =
      0;  // from now to the next probe; spread over the interval by next_due()
};

// A new check's state, by its initialState.
CheckState first_state(const CheckSpec& spec, std::int64_t now_ms);

// One result. Undecided: the first result decides at once. Healthy: failure_threshold consecutive
// failures flip it, re-probed at recheck_interval (or interval, if shorter) from the first failure
// on. Unhealthy: success_threshold consecutive successes at interval flip it back, by the first
// success at or after the end of hold_down (a probe is due then, if the streak is already long
// enough); with recovery: manual, not before recover() has been called.
Step step(const CheckState& state, Sample sample, const CheckSpec& spec, std::int64_t now_ms);

// `rhumb recover ID`: an unhealthy check with recovery: manual may come back. It does so at once
// when success_threshold is met and hold_down is over, else by the result that completes them: the
// permission outlasts failures and ends when the check is healthy. Any other check is left as it
// is. The schedule need not change: next_delay_ms is the check's interval.
Step recover(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms);

// What keeps a check unhealthy though its last probe succeeded.
enum class Hold : std::uint8_t {
  kNone,      // nothing, or too few successes yet
  kHoldDown,  // hold_down is not over
  kOperator   // recovery: manual, and recover() has not been called
};

struct Held {
  Hold by = Hold::kNone;
  std::int64_t left_ms = 0;  // of hold_down
};

Held held(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms);

// The state under a changed spec: verdict, since-time and permission stay, the streak starts anew.
CheckState with_new_spec(const CheckState& state);

// What the check says: `measured`, or healthy if disabled; then turned round if inverted (unknown
// stays). An operator's override or drain comes on top, elsewhere.
Health verdict(const CheckState& state, const CheckSpec& spec);

// Alive is: not unhealthy.
constexpr bool is_alive(Health health) { return health != Health::kUnhealthy; }

}  // namespace rhumb
