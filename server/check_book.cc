#include "server/check_book.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "server/check_reason.h"
#include "server/clock.h"

namespace rhumb {
namespace {

std::shared_ptr<const CheckSpec> spec_of(const std::shared_ptr<const ZoneSet>& zones,
                                         std::size_t check) {
  return {zones, &zones->checks()[check]};
}

CheckState entered(CheckState state, Health measured, std::int64_t now_ms) {
  if (state.measured == measured) return state;
  state.measured = measured;
  state.since_ms = now_ms;
  return state;
}

// A SWITCH is what its spec says.
CheckState settled(const CheckState& state, const CheckSpec& spec, std::int64_t now_ms) {
  if (spec.type != CheckType::kSwitch) return state;
  return entered(state, spec.default_healthy ? Health::kHealthy : Health::kUnhealthy, now_ms);
}

// Whether what was saved is of a check of this type, and not of another one with the same id.
bool is_of_type(const SavedCheck& saved, CheckType type) {
  if (is_probed(type)) return saved.last && !saved.pushed_ms;
  if (type == CheckType::kPush) return saved.pushed_ms.has_value();
  return !saved.last && !saved.pushed_ms;
}

bool has(const std::vector<Label>& labels, const Label& label) {
  return std::ranges::find(labels, label) != labels.end();
}

// Whether its children say what it is, with words of theirs.
bool follows_children(const CheckEntry& entry) {
  return entry.spec->type == CheckType::kCalculated && !entry.spec->disabled && entry.gate;
}

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

}  // namespace

void CheckBook::restore(SavedState state) {
  for (SavedCheck& check : state.checks) {
    std::string id = check.id;
    restored_.emplace(std::move(id), std::move(check));
  }
  for (SavedOverride& said : state.overrides) {
    said_.say(said.id, CheckOverride{said.state, said.until_ms, std::move(said.reason)});
  }
  for (SavedDrain& said : state.drains) {
    const Result<Label> label = parse_label(said.label);
    if (label.ok()) said_.say(label.value(), Drain{said.until_ms, std::move(said.reason)});
  }
}

std::vector<CheckSlot> CheckBook::begin(std::shared_ptr<const ZoneSet> next, std::int64_t now_ms) {
  assert(begun_.zones == nullptr);
  begun_.zones = std::move(next);
  const auto checks = begun_.zones->checks();
  begun_.slots.reserve(checks.size());
  begun_.by_id.reserve(checks.size());
  free_.reserve(entries_.size() + checks.size());
  std::vector<CheckSlot> to_probe;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const std::optional<CheckSlot> known = find(checks[i].id);
    const CheckSlot slot = known ? *known : take_slot();
    begun_.slots.push_back(slot);  // before it is filled: where memory ends, abandon() finds it
    if (!known) fill(slot, spec_of(begun_.zones, i), now_ms);
    const bool probed = is_probed(checks[i].type) && !checks[i].disabled;
    if (!known && probed) to_probe.push_back(slot);
    begun_.by_id.emplace(checks[i].id, slot);
  }
  return to_probe;
}

CheckBook::Prepared CheckBook::prepare(std::int64_t now_ms) const {
  assert(begun_.zones != nullptr);
  Prepared prepared{evaluate(begun_, said_, now_ms), {}, now_ms};
  Switched& switched = prepared.switched;
  for (const auto& [id, slot] : in_force_.by_id) {
    if (begun_.by_id.contains(id)) continue;
    switched.removed.push_back(slot);
    switched.gone.emplace_back(id);
  }
  for (const auto& [id, said] : said_.overrides()) {
    const bool was_there = in_force_.zones == nullptr || in_force_.by_id.contains(id);
    if (was_there && !begun_.by_id.contains(id)) switched.orphans.add(id);
  }
  const auto checks = begun_.zones->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const CheckSlot slot = begun_.slots[i];
    const Entry& entry = entries_[slot];
    const bool is_new_push = !entry.gate && checks[i].type == CheckType::kPush;
    if (is_new_push || !(*entry.spec == checks[i])) switched.changed.push_back(slot);
  }
  return prepared;
}

CheckBook::Switched CheckBook::finish(Prepared prepared) noexcept {
  for (const CheckSlot slot : prepared.switched.changed) {
    entries_[slot].state = with_new_spec(entries_[slot].state);
    ++entries_[slot].epoch;
  }
  for (std::size_t i = 0; i < begun_.slots.size(); ++i) {
    Entry& entry = entries_[begun_.slots[i]];
    switch_spec(entry, spec_of(begun_.zones, i), prepared.now_ms);
    entry.gate = gate_of(i);
    entry.awaited = false;
  }
  for (const CheckSlot slot : prepared.switched.removed) release(slot);
  in_force_ = std::exchange(begun_, {});
  awaited_ = 0;
  restored_.clear();
  lanes_ = std::move(prepared.lanes);
  switched_ = true;
  return std::move(prepared.switched);
}

void CheckBook::abandon() noexcept {
  for (const CheckSlot slot : begun_.slots) {
    if (!entries_[slot].gate) release(slot);
  }
  begun_ = {};
  awaited_ = 0;
}

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

std::vector<bool> CheckBook::alive_under(const Operator& said, Measured measured) const {
  const Lanes lanes = evaluate(in_force_, said, 0, measured);
  std::vector<bool> alive(in_force_.slots.size());
  for (std::size_t i = 0; i < alive.size(); ++i) alive[i] = lanes.alive().is_alive(gate_of(i));
  return alive;
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

std::string CheckBook::reason(CheckSlot slot) const {
  const std::string said = said_reason(entries_[slot]);
  return said.empty() ? found_reason(entries_[slot]) : said;
}

std::optional<CheckSlot> CheckBook::find(std::string_view id) const {
  const auto found = in_force_.by_id.find(id);
  if (found == in_force_.by_id.end()) return std::nullopt;
  return found->second;
}

CheckStatus CheckBook::status(std::size_t check, Words words) const {
  const Entry& entry = entries_[in_force_.slots[check]];
  CheckStatus status;
  status.state = state_now(entry);
  status.found = found(entry);
  status.followed = followed(entry);
  status.last = entry.last;
  if (words == Words::kTold) {
    status.reason = found_reason(entry);
    status.said_reason = said_reason(entry);
  }
  status.turned_ms = entry.turned_ms;
  status.counters = entry.counters;
  if (entry.spec->type == CheckType::kPush) status.pushed_ms = entry.pushed_ms;
  const CheckOverride* const over = said_.find(entry.spec->id);
  if (over != nullptr) status.override_of = *over;
  for (Label& label : said_.drains_of(entry.spec->labels)) {
    const Drain& drain = *said_.find(label);
    status.drains.emplace_back(std::move(label), drain);
  }
  status.verdict = overruled(status.followed, over, !status.drains.empty());
  return status;
}

std::size_t CheckBook::cost_of_status(std::size_t check, Words words) const {
  const Entry& entry = entries_[in_force_.slots[check]];
  return 1 + (words == Words::kTold && follows_children(entry) ? entry.spec->children.size() : 0);
}

CheckSlot CheckBook::take_slot() {
  if (free_.empty()) {
    entries_.emplace_back();
    return static_cast<CheckSlot>(entries_.size() - 1);
  }
  const CheckSlot slot = free_.back();
  free_.pop_back();
  return slot;
}

void CheckBook::fill(CheckSlot slot, std::shared_ptr<const CheckSpec> spec, std::int64_t now_ms) {
  Entry& entry = entries_[slot];
  entry.state = settled(first_state(*spec, now_ms), *spec, now_ms);
  entry.turned_ms = now_ms;
  entry.pushed_ms = now_ms;
  entry.awaited = is_probed(spec->type) && !spec->disabled;
  entry.spec = std::move(spec);
  entry.verdict = verdict(entry.state, *entry.spec);
  if (take_restored(entry, now_ms)) entry.awaited = false;
  if (entry.awaited) ++awaited_;
}

bool CheckBook::take_restored(Entry& entry, std::int64_t now_ms) {
  const auto found = restored_.find(entry.spec->id);
  if (found == restored_.end() || !is_of_type(found->second, entry.spec->type)) return false;
  const SavedCheck& saved = found->second;
  entry.state = settled(saved.state, *entry.spec, now_ms);
  entry.last = saved.last;
  if (saved.pushed_ms) {
    entry.pushed_ms = *saved.pushed_ms;
    // While the server was down, too.
    if (entry.pushed_ms + entry.spec->expires_after_ms <= now_ms) set_expired(entry, now_ms);
  }
  entry.verdict = verdict_now(entry);
  entry.turned_ms = entry.state.since_ms;
  return true;
}

void CheckBook::release(CheckSlot slot) noexcept {
  const std::uint32_t epoch = entries_[slot].epoch;
  entries_[slot] = Entry{};
  entries_[slot].epoch = epoch + 1;
  free_.push_back(slot);
}

void CheckBook::switch_spec(Entry& entry, std::shared_ptr<const CheckSpec> spec,
                            std::int64_t now_ms) {
  const bool was_push = entry.spec->type == CheckType::kPush;
  if (spec->type == CheckType::kPush && !was_push) entry.pushed_ms = now_ms;
  entry.state = settled(entry.state, *spec, now_ms);
  entry.spec = std::move(spec);
}

Lanes CheckBook::evaluate(const Edition& edition, const Operator& said, std::int64_t now_ms,
                          Measured measured) const {
  Lanes lanes(edition.zones);
  const auto checks = edition.zones->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    // with_new_spec(), where it will be, leaves `measured` as it is.
    const CheckState state = settled(entries_[edition.slots[i]].state, checks[i], now_ms);
    const bool healthy = measured == Measured::kHealthy && is_measured(checks[i]);
    lanes.put_check(i, healthy ? Health::kHealthy : verdict(state, checks[i]), said);
  }
  if (!said.drains().empty()) lanes.put_sets(said);
  lanes.clear_flipped();
  return lanes;
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

// Why an operator says otherwise; empty: none does.
std::string CheckBook::said_reason(const Entry& entry) const {
  for (const Label& label : said_.drains_of(entry.spec->labels)) {
    return with_reason("drained by " + to_string(label), said_.find(label)->reason);
  }
  const CheckOverride* const over = said_.find(entry.spec->id);
  return over == nullptr ? std::string() : with_reason("override", over->reason);
}

std::string CheckBook::found_reason(const Entry& entry) const {
  const CheckSpec& spec = *entry.spec;
  if (!follows_children(entry)) return own_reason(spec, entry.state, entry.last);
  const Gates& alive = lanes_->alive();
  ChildrenFound found{.healthy = alive.alive_inputs(*entry.gate)};
  for (const GateNumber gate : alive.inputs(*entry.gate)) {
    const Entry& child = entries_[in_force_.slots[gate - 1]];
    if (alive.is_alive(gate)) {
      found.undecided += child.verdict == Health::kUnknown ? 1 : 0;
    } else if (found.unhealthy.size() < kMaxChildrenNamed) {
      found.unhealthy.push_back({child.spec->id, child_reason(child)});
    } else {
      ++found.more;
    }
  }
  return children_reason(spec, found);
}

// Of its children in turn, their number alone.
std::string CheckBook::child_reason(const Entry& entry) const {
  std::string said = said_reason(entry);
  if (!said.empty()) return said;
  if (!follows_children(entry)) {
    return own_reason(*entry.spec, entry.state, entry.last);
  }
  const std::string counted =
      children_counted(*entry.spec, lanes_->alive().alive_inputs(*entry.gate));
  return entry.spec->inverted ? "inverted: " + counted : counted;
}

}  // namespace rhumb
