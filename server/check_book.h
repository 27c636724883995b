// The states of all checks of the edition in force, and of the edition that is about to follow it:
// matched by id, moved by results and by what operators say, turned into gates. It knows neither
// threads nor sockets, and time is an argument. A check has a slot for as long as its id stays; its
// number in the zone set changes with every reload.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "health/gates.h"
#include "health/machine.h"
#include "health/schedule.h"
#include "server/check_entry.h"
#include "server/check_status.h"
#include "server/group_watch.h"
#include "server/lanes.h"
#include "server/last_probe.h"
#include "server/operator.h"
#include "server/saved_state.h"
#include "zones/zone_set.h"

namespace rhumb {

class CheckBook {
 public:
  using Ticket = CheckTicket;
  using Switched = CheckSwitch;
  // What will be true when the begun edition is in force.
  struct Prepared {
    Lanes lanes;
    Switched switched;
    std::int64_t now_ms = 0;
  };
  using Changes = CheckChanges;

  // What an earlier run knew of checks, from which those of the first edition go on, and what was
  // said then. Requires: nothing is begun or in force.
  void restore(SavedState state);
  // What another server has found since and was told in all, in place of what is known here, told
  // as no turn. Returns the slots to probe at once, since their failures are being counted. Throws
  // std::bad_alloc, and is of no use then. Requires: an edition is in force and none begun.
  std::vector<CheckSlot> renew(SavedState state, std::int64_t now_ms);
  // Matches the checks of `next` with those in force. Returns the slots of new ones that are to be
  // probed at once. The old edition stays in force until finish(). Throws std::bad_alloc, and is to
  // be followed by abandon() then. Requires: none is begun.
  std::vector<CheckSlot> begin(std::shared_ptr<const ZoneSet> next, std::int64_t now_ms);
  // New checks of the begun edition of which nothing is known yet.
  [[nodiscard]] std::size_t awaited() const { return awaited_; }
  // All that the begun edition needs memory for. Changes nothing; throws std::bad_alloc.
  [[nodiscard]] Prepared prepare(std::int64_t now_ms) const;
  // Puts the begun edition in force. Requires: `prepared` is what prepare() would give now.
  Switched finish(Prepared prepared) noexcept;
  // Lets go of the begun edition, if there is one; its new checks are forgotten.
  void abandon() noexcept;
  [[nodiscard]] std::size_t slots() const { return entries_.size(); }  // every slot is less

  // Keeps its edition alive.
  [[nodiscard]] std::shared_ptr<const CheckSpec> spec(CheckSlot slot) const {
    return entries_[slot].spec;
  }
  [[nodiscard]] const CheckState& state(CheckSlot slot) const { return entries_[slot].state; }
  [[nodiscard]] bool is_restored(CheckSlot slot) const { return entries_[slot].restored; }
  [[nodiscard]] Ticket ticket(CheckSlot slot) const { return {slot, entries_[slot].epoch}; }
  // Whether a result for this ticket is still wanted.
  [[nodiscard]] bool is_current(Ticket ticket) const;
  // When the check is next to be seen to, unless its results say otherwise: probed, or, of PUSH,
  // expired. nullopt: never.
  [[nodiscard]] std::optional<std::int64_t> due_ms(CheckSlot slot, std::int64_t now_ms) const;

  // What moves a check; what came of it is in lanes() and take_changes(). Those with a slot
  // require: it is of find(), or has a current ticket.
  // Returns the time to the next probe. A result that does not count is kept as the last one, and
  // that is all. Requires: is_current(ticket).
  std::int64_t apply(Ticket ticket, LastProbe result, std::int64_t now_ms);
  void recover(CheckSlot slot, std::int64_t now_ms);
  void push(CheckSlot slot, std::int64_t now_ms);
  // Nobody has pushed for expiresAfter.
  void expire(CheckSlot slot, std::int64_t now_ms);
  // What operators say and take back, with what it is said of put where it belongs. False: nothing
  // changes, since there is too much already, or nothing to take back.
  bool say(const std::string& id, const CheckOverride& said);
  bool take_back(std::string_view id);
  bool say(const Label& label, const Drain& said);
  bool take_back(const Label& label);
  Operator::Ended end(std::int64_t now_ms);

  [[nodiscard]] const Operator& said() const { return said_; }
  [[nodiscard]] Drained drained(const Label& label) const;
  // By check number in zones(): whether it would be alive if operators had said this instead.
  // Requires: zones() is not null.
  [[nodiscard]] std::vector<bool> alive_under(const Operator& said,
                                              Measured measured = Measured::kAsItIs) const;

  // Whether lanes() are others than at the last take_changes(), which is what came of all since.
  [[nodiscard]] bool changed() const { return lanes_ && lanes_->changed(); }
  Changes take_changes(std::int64_t now_ms);
  // The checks in force that are undecided, each only once. Requires: zones() is not null.
  NamedIds take_undecided();
  // Why a check's verdict is what it is. Requires: as the moves.
  [[nodiscard]] std::string reason(CheckSlot slot) const;
  [[nodiscard]] std::string group_name(GateNumber group) const { return watch_.name(group); }

  // Null before the first finish().
  [[nodiscard]] const std::shared_ptr<const ZoneSet>& zones() const { return in_force_.zones; }
  [[nodiscard]] std::optional<CheckSlot> find(std::string_view id) const;
  // By the check's number in zones().
  [[nodiscard]] CheckStatus status(std::size_t check, Words words = Words::kTold) const;
  // Checks that are looked at for it.
  [[nodiscard]] std::size_t cost_of_status(std::size_t check, Words words) const;
  [[nodiscard]] CheckNumber number_of(CheckSlot slot) const { return *entries_[slot].gate - 1; }
  // Requires: zones() is not null.
  [[nodiscard]] const Lanes& lanes() const { return *lanes_; }

 private:
  using Entry = CheckEntry;
  using Edition = CheckEdition;
  CheckSlot take_slot();
  void fill(CheckSlot slot, std::shared_ptr<const CheckSpec> spec, std::int64_t now_ms);
  bool take_restored(Entry& entry, std::int64_t now_ms);
  void count(CheckSlot slot, const LastProbe& result);
  static void set_expired(Entry& entry, std::int64_t now_ms);
  void release(CheckSlot slot) noexcept;
  void switch_spec(Entry& entry, std::shared_ptr<const CheckSpec> spec, std::int64_t now_ms);
  [[nodiscard]] Lanes evaluate(const Edition& edition, const Operator& said, std::int64_t now_ms,
                               Measured measured = Measured::kAsItIs) const;
  void move_to(CheckSlot slot, const CheckState& state);
  void put(CheckSlot slot);
  void put(const Label& label);
  void turn(CheckSlot slot, std::int64_t now_ms, std::vector<Turn>& turns);
  void turn(std::span<const GateNumber> gates, std::int64_t now_ms, std::vector<Turn>& turns);
  void turn_all(std::int64_t now_ms, std::vector<Turn>& turns);
  [[nodiscard]] CheckState state_now(const Entry& entry) const;
  [[nodiscard]] Health found(const Entry& entry) const;
  [[nodiscard]] Health followed(const Entry& entry) const;
  [[nodiscard]] Health verdict_now(const Entry& entry) const;
  [[nodiscard]] std::string said_reason(const Entry& entry) const;
  [[nodiscard]] std::string found_reason(const Entry& entry) const;
  [[nodiscard]] std::string child_reason(const Entry& entry) const;

  std::vector<Entry> entries_;
  std::vector<CheckSlot> free_;  // has room for all that is in use, so that letting go needs none
  std::unordered_map<std::string, SavedCheck> restored_;  // by id, for the first edition
  Edition in_force_;
  Edition begun_;
  std::size_t awaited_ = 0;
  Operator said_;
  std::optional<Lanes> lanes_;
  GroupWatch watch_;
  std::vector<CheckSlot> moved_;  // since the last take_changes()
  std::vector<DataTurn> data_turns_;
  bool switched_ = false;  // since then another edition is in force
};

}  // namespace rhumb
