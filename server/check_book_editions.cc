// Of the CheckBook: how an edition is matched with the one in force and takes its place.
#include <algorithm>
#include <cassert>
#include <utility>

#include "server/check_book.h"

namespace rhumb {
namespace {

std::shared_ptr<const CheckSpec> spec_of(const std::shared_ptr<const ZoneSet>& zones,
                                         std::size_t check) {
  return {zones, &zones->checks()[check]};
}

// Of a zone that stayed, both stand in one place.
bool is_same(const CheckSpec& a, const CheckSpec& b) { return &a == &b || a == b; }

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

std::vector<CheckSlot> CheckBook::renew(SavedState state, std::int64_t now_ms) {
  said_ = {};
  restore(std::move(state));
  std::vector<CheckSlot> to_probe;
  for (const CheckSlot slot : in_force_.slots) {
    Entry& entry = entries_[slot];
    if (!take_restored(entry, now_ms)) continue;
    const bool counts_failures = entry.state.streak > 0 &&
                                 entry.state.streak_of == Sample::kFailed &&
                                 entry.state.measured != Health::kUnhealthy;
    if (!counts_failures || !is_probed(entry.spec->type) || entry.spec->disabled) continue;
    ++entry.epoch;
    to_probe.push_back(slot);
  }
  restored_.clear();
  lanes_ = evaluate(in_force_, said_, now_ms);
  for (const CheckSlot slot : in_force_.slots) {
    Entry& entry = entries_[slot];
    entry.verdict = verdict_now(entry);
  }
  switched_ = true;
  return to_probe;
}

std::vector<CheckSlot> CheckBook::begin(std::shared_ptr<const ZoneSet> next, std::int64_t now_ms) {
  assert(begun_.zones == nullptr);
  begun_.zones = std::move(next);
  const CheckRefs& checks = begun_.zones->checks();
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
  for (const auto& [id, said] : said_.overrides()) {
    const bool was_there = in_force_.zones == nullptr || in_force_.by_id.contains(id);
    if (was_there && !begun_.by_id.contains(id)) switched.orphans.add(id);
  }
  const CheckRefs& checks = begun_.zones->checks();
  std::size_t stay = 0;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const CheckSlot slot = begun_.slots[i];
    const Entry& entry = entries_[slot];
    if (entry.gate) ++stay;
    const bool is_new_push = !entry.gate && checks[i].type == CheckType::kPush;
    if (is_new_push || !is_same(*entry.spec, checks[i])) switched.changed.push_back(slot);
  }
  if (stay == in_force_.by_id.size()) return prepared;  // as nearly always
  for (const auto& [id, slot] : in_force_.by_id) {
    if (begun_.by_id.contains(id)) continue;
    switched.removed.push_back(slot);
    switched.gone.emplace_back(id);
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

std::vector<bool> CheckBook::alive_under(const Operator& said, Measured measured) const {
  const Lanes lanes = evaluate(in_force_, said, 0, measured);
  std::vector<bool> alive(in_force_.slots.size());
  for (std::size_t i = 0; i < alive.size(); ++i) alive[i] = lanes.alive().is_alive(gate_of(i));
  return alive;
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
  entry.restored = true;
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
  const CheckRefs& checks = edition.zones->checks();
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

}  // namespace rhumb
