#include "server/check_book.h"

#include <cassert>
#include <utility>

namespace rhumb {
namespace {

// Check i of a zone set has this gate.
GateNumber gate_of(std::size_t check) { return static_cast<GateNumber>(check + 1); }

std::shared_ptr<const CheckSpec> spec_of(const std::shared_ptr<const ZoneSet>& zones,
                                         std::size_t check) {
  return {zones, &zones->checks()[check]};
}

}  // namespace

void CheckBook::restore(std::vector<SavedCheck> checks) {
  for (SavedCheck& check : checks) {
    std::string id = check.id;
    restored_.emplace(std::move(id), std::move(check));
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
    const CheckSlot slot = known ? *known : add(spec_of(begun_.zones, i), now_ms);
    begun_.slots.push_back(slot);
    if (!known && !checks[i].disabled) to_probe.push_back(slot);
    begun_.by_id.emplace(checks[i].id, slot);
  }
  return to_probe;
}

CheckBook::Prepared CheckBook::prepare() const {
  assert(begun_.zones != nullptr);
  Prepared prepared{evaluate_begun(), {}};
  Switched& switched = prepared.switched;
  for (const auto& [id, slot] : in_force_.by_id) {
    if (begun_.by_id.contains(id)) continue;
    switched.removed.push_back(slot);
    switched.gone.emplace_back(id);
  }
  const auto checks = begun_.zones->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const CheckSlot slot = begun_.slots[i];
    if (!(*entries_[slot].spec == checks[i])) switched.changed.push_back(slot);
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
    entry.spec = spec_of(begun_.zones, i);
    entry.gate = gate_of(i);
    entry.awaited = false;
  }
  for (const CheckSlot slot : prepared.switched.removed) release(slot);
  in_force_ = std::exchange(begun_, {});
  awaited_ = 0;
  restored_.clear();
  gates_ = std::move(prepared.gates);
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

CheckBook::Moved CheckBook::apply(Ticket ticket, LastProbe result, std::int64_t now_ms) {
  assert(is_current(ticket));
  Entry& entry = entries_[ticket.slot];
  const Sample sample = result.ok ? Sample::kOk : Sample::kFailed;
  const bool counts = result.counts;
  entry.last = std::move(result);
  if (entry.awaited) --awaited_;
  entry.awaited = false;
  if (!counts) return {unmoved(entry), entry.spec->interval_ms};
  const Step moved = step(entry.state, sample, *entry.spec, now_ms);
  return {move_to(entry, moved.state, now_ms), moved.next_delay_ms};
}

Verdicts CheckBook::recover(CheckSlot slot, std::int64_t now_ms) {
  Entry& entry = entries_[slot];
  return move_to(entry, rhumb::recover(entry.state, *entry.spec, now_ms).state, now_ms);
}

std::optional<CheckSlot> CheckBook::find(std::string_view id) const {
  const auto found = in_force_.by_id.find(id);
  if (found == in_force_.by_id.end()) return std::nullopt;
  return found->second;
}

CheckStatus CheckBook::status(std::size_t check) const {
  const Entry& entry = entries_[in_force_.slots[check]];
  return {entry.state, verdict(entry.state, *entry.spec), entry.last};
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

CheckSlot CheckBook::add(std::shared_ptr<const CheckSpec> spec, std::int64_t now_ms) {
  const CheckSlot slot = take_slot();
  Entry& entry = entries_[slot];
  entry.state = first_state(*spec, now_ms);
  entry.awaited = !spec->disabled && is_probed(spec->type);
  entry.spec = std::move(spec);
  if (take_restored(entry)) entry.awaited = false;
  if (entry.awaited) ++awaited_;
  return slot;
}

bool CheckBook::take_restored(Entry& entry) {
  const auto found = restored_.find(entry.spec->id);
  if (found == restored_.end()) return false;
  entry.state = found->second.state;
  entry.last = found->second.last;
  return true;
}

void CheckBook::release(CheckSlot slot) noexcept {
  const std::uint32_t epoch = entries_[slot].epoch;
  entries_[slot] = Entry{};
  entries_[slot].epoch = epoch + 1;
  free_.push_back(slot);
}

Gates CheckBook::evaluate_begun() const {
  Gates gates = begun_.zones->gates();
  const auto checks = begun_.zones->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (checks[i].type == CheckType::kCalculated) continue;  // its children say it
    // with_new_spec(), where it will be, leaves `measured` as it is.
    const CheckState& state = entries_[begun_.slots[i]].state;
    if (!is_alive(verdict(state, checks[i]))) gates.set(gate_of(i), false);
  }
  return gates;
}

Verdicts CheckBook::unmoved(const Entry& entry) {
  const Health health = verdict(entry.state, *entry.spec);
  return {health, health, 0, false};
}

Verdicts CheckBook::move_to(Entry& entry, const CheckState& state, std::int64_t now_ms) {
  Verdicts verdicts;
  verdicts.from = verdict(entry.state, *entry.spec);
  verdicts.held_ms = now_ms - entry.state.since_ms;
  entry.state = state;
  verdicts.to = verdict(entry.state, *entry.spec);
  if (verdicts.changed() && entry.gate) {
    verdicts.alive_changed = !gates_->set(*entry.gate, is_alive(verdicts.to)).empty();
  }
  return verdicts;
}

}  // namespace rhumb
