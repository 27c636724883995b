// Saved states to be read, written and restored.
#pragma once

#include <string>
#include <utility>

#include "server/saved_state.h"

namespace rhumb::test {

// It failed three times in a row, at `at_ms` the last time.
inline SavedCheck unhealthy_check(std::string id, std::int64_t since_ms, std::int64_t at_ms) {
  return {std::move(id),
          {Health::kUnhealthy, since_ms, 3, Sample::kFailed, false},
          LastProbe{false, at_ms, 12, "connection refused"},
          {}};
}

// Something of every kind.
inline SavedState rich_state() {
  SavedState state;
  state.checks = {unhealthy_check("london", 1'700'000'000'000, 1'700'000'001'000),
                  {"beat", {Health::kHealthy, 5, 0, Sample::kOk, true}, {}, 1'700'000'002'000}};
  state.overrides = {{"london", Health::kHealthy, 1'700'000'100'000, "it is \"fine\"\n"},
                     {"paris", Health::kUnhealthy, {}, ""}};
  state.drains = {{"site=london", 1'700'000'200'000, "new switch"}, {"tier=web", {}, "\u00fc"}};
  state.zones = {{"a.example.", 4'294'967'295, 0xfedcba9876543210}, {".", 0, 0}};
  return state;
}

}  // namespace rhumb::test
