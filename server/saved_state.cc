#include "server/saved_state.h"

#include <algorithm>
#include <utility>

namespace rhumb {
namespace {

void move_time(std::int64_t& time_ms, std::int64_t difference_ms) {
  // Neither is near the ends of its type: times are bounded, and so are clocks.
  time_ms = std::clamp<std::int64_t>(time_ms + difference_ms, 0, kMaxSavedTimeMs);
}

void move_time(std::optional<std::int64_t>& time_ms, std::int64_t difference_ms) {
  if (time_ms) move_time(*time_ms, difference_ms);
}

bool is_believable(const SavedCheck& check, std::int64_t now_ms) {
  if (check.state.since_ms > now_ms) return false;
  if (check.pushed_ms) return *check.pushed_ms <= now_ms;
  if (!check.last) return true;  // it says nothing of itself, or follows from others
  return check.last->at_ms <= now_ms && now_ms - check.last->at_ms <= kMaxVerdictAgeMs;
}

}  // namespace

SavedState moved_by(SavedState state, std::int64_t difference_ms) {
  for (SavedCheck& check : state.checks) {
    move_time(check.state.since_ms, difference_ms);
    move_time(check.pushed_ms, difference_ms);
    if (check.last) move_time(check.last->at_ms, difference_ms);
  }
  for (SavedOverride& each : state.overrides) move_time(each.until_ms, difference_ms);
  for (SavedDrain& drain : state.drains) move_time(drain.until_ms, difference_ms);
  return state;
}

SavedState believable(SavedState state, std::int64_t now_ms) {
  std::erase_if(state.checks,
                [&](const SavedCheck& check) { return !is_believable(check, now_ms); });
  return state;
}

}  // namespace rhumb
