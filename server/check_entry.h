// What a CheckBook knows of each check and each edition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "health/gates.h"
#include "health/machine.h"
#include "health/schedule.h"
#include "server/check_status.h"
#include "server/group_watch.h"
#include "zones/zone_set.h"

namespace rhumb {

// Checks, groups or overrides that are named in the log when so much happens by one cause.
inline constexpr std::size_t kMaxNamed = 20;

// The slot of a check, which is its number in the Schedule.
using CheckSlot = CheckNumber;

// A verdict that changed.
struct Turn {
  CheckSlot slot = 0;
  Health from = Health::kUnknown;
  Health to = Health::kUnknown;
  std::int64_t held_ms = 0;  // how long `from` held
};

// A check that begins to have no data, or has some again.
struct DataTurn {
  CheckSlot slot = 0;
  bool has_data = false;
  std::string reason;
};

struct CheckEntry {
  std::shared_ptr<const CheckSpec> spec;  // null: the slot is free
  CheckState state;
  std::optional<LastProbe> last;
  CheckCounters counters;
  Health verdict = Health::kUnknown;  // as it was last told of
  std::int64_t turned_ms = 0;         // when it became so
  std::int64_t pushed_ms = 0;         // PUSH: last, or else when the check was new
  std::uint32_t epoch = 0;
  std::optional<GateNumber> gate;  // of the edition in force
  bool awaited = false;
  bool restored = false;        // goes on from what an earlier run or another server found
  bool no_data = false;         // the last result told nothing
  bool undecided_told = false;  // that it counts as healthy
};

// A state that is measured so from now on, unless it was before.
inline CheckState entered(CheckState state, Health measured, std::int64_t now_ms) {
  if (state.measured == measured) return state;
  state.measured = measured;
  state.since_ms = now_ms;
  return state;
}

// A probe of a slot: the epoch tells its result from that of a probe of another check or spec.
struct CheckTicket {
  CheckSlot slot = 0;
  std::uint32_t epoch = 0;
};

// Ids that the log names: the first of them, and how many there are.
struct NamedIds {
  std::vector<std::string> first;
  std::vector<std::string> reasons;  // of each of `first`; empty: there is none to tell
  std::size_t count = 0;

  void add(std::string_view id, std::string_view reason = {}) {
    if (count++ >= kMaxNamed) return;
    first.emplace_back(id);
    reasons.emplace_back(reason);
  }
};

// Whether its verdict is what somebody found, and no operator's or other checks'.
inline bool is_measured(const CheckSpec& spec) {
  return !spec.disabled && (is_probed(spec.type) || spec.type == CheckType::kPush);
}

// What the step from one edition to the next means for checks.
struct CheckSwitch {
  std::vector<CheckSlot> changed;  // have another spec, or are new and not probed: see due_ms()
  std::vector<CheckSlot> removed;  // are gone: probe no more
  std::vector<std::string> gone;   // the ids of these
  // Overridden ids that are no check's, or no more; of the first edition, all there are.
  NamedIds orphans;
};

// What came of all that moved checks.
struct CheckChanges {
  std::vector<Turn> turns;
  std::vector<GroupTurn> groups;
  std::vector<DataTurn> data;
};

struct CheckEdition {
  std::shared_ptr<const ZoneSet> zones;
  std::vector<CheckSlot> slots;                           // by check number
  std::unordered_map<std::string_view, CheckSlot> by_id;  // keys are the specs' own
};

}  // namespace rhumb
