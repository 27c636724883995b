#include "server/check_book.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "server/clock.h"

namespace rhumb {
namespace {

bool has(const std::vector<Label>& labels, const Label& label) {
  return std::ranges::find(labels, label) != labels.end();
}

}  // namespace

bool CheckBook::is_current(Ticket ticket) const {
  const Entry& entry = entries_[ticket.slot];
  return entry.spec != nullptr && entry.epoch == ticket.epoch;
}

std::optional<std::int64_t> CheckBook::due_ms(CheckSlot slot, std::int64_t now_ms) const {
  const Entry& entry = entries_[slot];
  if (entry.spec->type == CheckType::kPush) return entry.pushed_ms + entry.spec->expires_after_ms;
  if (entry.spec->disabled || !is_probed(entry.spec->type)) return std::nullopt;
  return now_ms;
}

std::int64_t CheckBook::apply(Ticket ticket, LastProbe result, std::int64_t now_ms) {
  assert(is_current(ticket));
  Entry& entry = entries_[ticket.slot];
  const Sample sample = result.ok ? Sample::kOk : Sample::kFailed;
  const bool counts = result.counts;
  count(ticket.slot, result);
  entry.last = std::move(result);
  if (entry.awaited) --awaited_;
  entry.awaited = false;
  if (!counts) return entry.spec->interval_ms;
  const Step moved = step(entry.state, sample, *entry.spec, now_ms);
  move_to(ticket.slot, moved.state);
  return moved.next_delay_ms;
}

void CheckBook::count(CheckSlot slot, const LastProbe& result) {
  Entry& entry = entries_[slot];
  if (entry.no_data == result.counts) data_turns_.push_back({slot, result.counts, result.reason});
  entry.no_data = !result.counts;
  CheckCounters& counters = entry.counters;
  if (!result.counts) {
    ++counters.probes_no_data;
  } else {
    ++(result.ok ? counters.probes_ok : counters.probes_failed);
  }
}

void CheckBook::recover(CheckSlot slot, std::int64_t now_ms) {
  const Entry& entry = entries_[slot];
  move_to(slot, rhumb::recover(entry.state, *entry.spec, now_ms).state);
}

void CheckBook::push(CheckSlot slot, std::int64_t now_ms) {
  Entry& entry = entries_[slot];
  entry.pushed_ms = now_ms;
  entry.last = LastProbe{true, now_ms, 0, "pushed"};
  move_to(slot, entered(entry.state, Health::kHealthy, now_ms));
}

void CheckBook::expire(CheckSlot slot, std::int64_t now_ms) {
  set_expired(entries_[slot], now_ms);
  put(slot);
}

void CheckBook::set_expired(Entry& entry, std::int64_t now_ms) {
  const std::string waited = to_short_duration(entry.spec->expires_after_ms);
  entry.last = LastProbe{false, now_ms, 0, "no push for " + waited};
  entry.state = entered(entry.state, Health::kUnhealthy, now_ms);
}

bool CheckBook::say(const std::string& id, const CheckOverride& said) {
  if (!said_.say(id, said)) return false;
  if (const auto slot = find(id)) put(*slot);
  return true;
}

bool CheckBook::take_back(std::string_view id) {
  if (!said_.take_back(id)) return false;
  if (const auto slot = find(id)) put(*slot);
  return true;
}

bool CheckBook::say(const Label& label, const Drain& said) {
  if (!said_.say(label, said)) return false;
  put(label);
  return true;
}

bool CheckBook::take_back(const Label& label) {
  if (!said_.take_back(label)) return false;
  put(label);
  return true;
}

Operator::Ended CheckBook::end(std::int64_t now_ms) {
  Operator::Ended ended = said_.end(now_ms);
  for (const auto& [id, said] : ended.overrides) {
    if (const auto slot = find(id)) put(*slot);
  }
  for (const auto& [label, said] : ended.drains) put(label);
  return ended;
}

Drained CheckBook::drained(const Label& label) const {
  Drained count;
  if (zones() == nullptr) return count;
  for (const CheckSpec& spec : zones()->checks()) count.checks += has(spec.labels, label) ? 1 : 0;
  for_each_set(*zones(), [&](GateNumber /*gate*/, const GroupInfo::Set& set) {
    count.sets += has(set.labels, label) ? 1 : 0;
  });
  return count;
}

CheckBook::Changes CheckBook::take_changes(std::int64_t now_ms) {
  Changes changes;
  if (switched_) {
    turn_all(now_ms, changes.turns);
    changes.groups = watch_.look_at_all(zones(), lanes_->alive());
  } else {
    for (const CheckSlot slot : moved_) turn(slot, now_ms, changes.turns);
    if (lanes_) {
      turn(lanes_->flipped(), now_ms, changes.turns);
      turn(lanes_->probed_flipped(), now_ms, changes.turns);
      changes.groups = watch_.look_at(lanes_->flipped(), lanes_->alive());
    }
  }
  changes.data = std::exchange(data_turns_, {});
  moved_.clear();
  if (lanes_) lanes_->clear_flipped();
  switched_ = false;
  return changes;
}

NamedIds CheckBook::take_undecided() {
  NamedIds ids;
  for (const CheckSlot slot : in_force_.slots) {
    Entry& entry = entries_[slot];
    if (entry.undecided_told || verdict_now(entry) != Health::kUnknown) continue;
    ids.add(entry.spec->id, entry.last ? entry.last->reason : std::string());
    entry.undecided_told = true;
  }
  return ids;
}

std::optional<CheckSlot> CheckBook::find(std::string_view id) const {
  const auto found = in_force_.by_id.find(id);
  if (found == in_force_.by_id.end()) return std::nullopt;
  return found->second;
}

void CheckBook::move_to(CheckSlot slot, const CheckState& state) {
  entries_[slot].state = state;
  put(slot);
}

void CheckBook::put(CheckSlot slot) {
  const Entry& entry = entries_[slot];
  if (entry.gate) lanes_->put_check(*entry.gate - 1, found(entry), said_);
  moved_.push_back(slot);
}

void CheckBook::put(const Label& label) {
  if (zones() == nullptr) return;
  for (std::size_t i = 0; i < in_force_.slots.size(); ++i) {
    if (has(zones()->checks()[i].labels, label)) put(in_force_.slots[i]);
  }
  for_each_set(*zones(), [&](GateNumber gate, const GroupInfo::Set& set) {
    if (has(set.labels, label)) lanes_->put_set(gate, set.labels, said_);
  });
}

void CheckBook::turn(CheckSlot slot, std::int64_t now_ms, std::vector<Turn>& turns) {
  Entry& entry = entries_[slot];
  if (entry.spec == nullptr) return;
  entry.state = entered(entry.state, state_now(entry).measured, now_ms);
  const Health to = verdict_now(entry);
  if (to == entry.verdict) return;
  turns.push_back({slot, entry.verdict, to, now_ms - entry.turned_ms});
  if (to == Health::kHealthy) ++entry.counters.to_healthy;
  if (to == Health::kUnhealthy) ++entry.counters.to_unhealthy;
  entry.verdict = to;
  entry.turned_ms = now_ms;
}

void CheckBook::turn(std::span<const GateNumber> gates, std::int64_t now_ms,
                     std::vector<Turn>& turns) {
  for (const GateNumber gate : gates) {
    if (gate <= in_force_.slots.size()) turn(in_force_.slots[gate - 1], now_ms, turns);
  }
}

void CheckBook::turn_all(std::int64_t now_ms, std::vector<Turn>& turns) {
  for (const CheckSlot slot : in_force_.slots) turn(slot, now_ms, turns);
}

// By probes alone: of a CALCULATED check, by those of its children.
CheckState CheckBook::state_now(const Entry& entry) const {
  CheckState state = entry.state;
  if (entry.spec->type != CheckType::kCalculated || !entry.gate) return state;
  const bool enough = lanes_->has_enough_probed_children(*entry.gate - 1);
  state.measured = enough ? Health::kHealthy : Health::kUnhealthy;
  return state;
}

Health CheckBook::found(const Entry& entry) const { return verdict(state_now(entry), *entry.spec); }

// A CALCULATED check is what its children's verdicts make of it, operators' words included.
Health CheckBook::followed(const Entry& entry) const {
  if (entry.spec->type != CheckType::kCalculated || !entry.gate) return found(entry);
  CheckState state = entry.state;
  const bool enough = lanes_->has_enough_children(*entry.gate - 1);
  state.measured = enough ? Health::kHealthy : Health::kUnhealthy;
  return verdict(state, *entry.spec);
}

Health CheckBook::verdict_now(const Entry& entry) const {
  return overruled(followed(entry), said_.find(entry.spec->id), said_.drains(entry.spec->labels));
}

}  // namespace rhumb
