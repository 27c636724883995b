// The states of all checks of the edition in force, and of the edition that is about to follow it:
// matched by id, moved by results, turned into gates. It knows neither threads nor sockets, and
// time is an argument. A check has a slot for as long as its id stays; its number in the zone set
// changes with every reload.
#pragma once

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
#include "server/last_probe.h"
#include "server/saved_state.h"
#include "zones/zone_set.h"

namespace rhumb {

// The slot of a check, which is its number in the Schedule.
using CheckSlot = CheckNumber;

struct CheckStatus {
  CheckState state;
  Health verdict = Health::kUnknown;
  std::optional<LastProbe> last;
};

// What a result did to the verdict.
struct Verdicts {
  Health from = Health::kUnknown;
  Health to = Health::kUnknown;
  std::int64_t held_ms = 0;    // how long `from` held, when it changed
  bool alive_changed = false;  // the bits of the edition in force are others now
  [[nodiscard]] bool changed() const { return from != to; }
};

class CheckBook {
 public:
  // A probe of a slot: the epoch tells its result from that of a probe of another check or spec.
  struct Ticket {
    CheckSlot slot = 0;
    std::uint32_t epoch = 0;
  };
  struct Switched {
    std::vector<CheckSlot> changed;  // have another spec: probe at once if not disabled
    std::vector<CheckSlot> removed;  // are gone: probe no more
    std::vector<std::string> gone;   // the ids of these
  };
  // What will be true when the begun edition is in force.
  struct Prepared {
    Gates gates;
    Switched switched;
  };
  struct Moved {
    Verdicts verdicts;
    std::int64_t next_delay_ms = 0;
  };

  // What an earlier run knew of checks: those of the first edition go on from it. Requires: nothing
  // is begun or in force.
  void restore(std::vector<SavedCheck> checks);

  // Matches the checks of `next` with those in force. Returns the slots of new ones that are to be
  // probed at once. The old edition stays in force until finish(). Throws std::bad_alloc, and is to
  // be followed by abandon() then. Requires: none is begun.
  std::vector<CheckSlot> begin(std::shared_ptr<const ZoneSet> next, std::int64_t now_ms);
  // New checks of the begun edition of which nothing is known yet.
  [[nodiscard]] std::size_t awaited() const { return awaited_; }
  // All that the begun edition needs memory for. Changes nothing; throws std::bad_alloc.
  [[nodiscard]] Prepared prepare() const;
  // Puts the begun edition in force. Requires: `prepared` is what prepare() would give now.
  Switched finish(Prepared prepared) noexcept;
  // Lets go of the begun edition, if there is one; its new checks are forgotten.
  void abandon() noexcept;
  // Every slot is less.
  [[nodiscard]] std::size_t slots() const { return entries_.size(); }

  // Keeps its edition alive.
  [[nodiscard]] std::shared_ptr<const CheckSpec> spec(CheckSlot slot) const {
    return entries_[slot].spec;
  }
  [[nodiscard]] const CheckState& state(CheckSlot slot) const { return entries_[slot].state; }
  [[nodiscard]] Ticket ticket(CheckSlot slot) const { return {slot, entries_[slot].epoch}; }
  // Whether a result for this ticket is still wanted.
  [[nodiscard]] bool is_current(Ticket ticket) const;
  // A result that does not count is kept as the last one, and that is all. Requires:
  // is_current(ticket).
  Moved apply(Ticket ticket, LastProbe result, std::int64_t now_ms);
  // An operator lets the check come back. Requires: `slot` is of find().
  Verdicts recover(CheckSlot slot, std::int64_t now_ms);

  // Null before the first finish().
  [[nodiscard]] const std::shared_ptr<const ZoneSet>& zones() const { return in_force_.zones; }
  [[nodiscard]] std::optional<CheckSlot> find(std::string_view id) const;
  // By the check's number in zones().
  [[nodiscard]] CheckStatus status(std::size_t check) const;
  [[nodiscard]] CheckNumber number_of(CheckSlot slot) const { return *entries_[slot].gate - 1; }
  // Requires: zones() is not null.
  [[nodiscard]] const Gates& gates() const { return *gates_; }

 private:
  struct Entry {
    std::shared_ptr<const CheckSpec> spec;  // null: the slot is free
    CheckState state;
    std::optional<LastProbe> last;
    std::uint32_t epoch = 0;
    std::optional<GateNumber> gate;  // of the edition in force
    bool awaited = false;
  };
  struct Edition {
    std::shared_ptr<const ZoneSet> zones;
    std::vector<CheckSlot> slots;                           // by check number
    std::unordered_map<std::string_view, CheckSlot> by_id;  // keys are the specs' own
  };

  CheckSlot take_slot();
  CheckSlot add(std::shared_ptr<const CheckSpec> spec, std::int64_t now_ms);
  bool take_restored(Entry& entry);
  void release(CheckSlot slot) noexcept;
  [[nodiscard]] Gates evaluate_begun() const;
  [[nodiscard]] static Verdicts unmoved(const Entry& entry);
  Verdicts move_to(Entry& entry, const CheckState& state, std::int64_t now_ms);

  std::vector<Entry> entries_;
  std::vector<CheckSlot> free_;  // has room for all that is in use, so that letting go needs none
  std::unordered_map<std::string, SavedCheck> restored_;  // by id, for the first edition
  Edition in_force_;
  Edition begun_;
  std::size_t awaited_ = 0;
  std::optional<Gates> gates_;
};

}  // namespace rhumb
