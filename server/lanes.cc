#include "server/lanes.h"

#include <utility>

namespace rhumb {
namespace {

// Where a check's gate stands once its operator has had a say.
struct Stand {
  Forced forced = Forced::kNot;
  bool out = false;
  bool overruled = false;  // it is the operator who says so
};

Forced forced_to(Health state) { return is_alive(state) ? Forced::kAlive : Forced::kDead; }

// What a check's gate is without an operator, whatever its inputs are.
Forced own_force(const CheckSpec& spec, Health found) {
  const bool ignores_children = spec.type == CheckType::kCalculated && spec.disabled;
  return ignores_children ? forced_to(found) : Forced::kNot;
}

Stand stand_of(const CheckSpec& spec, Health found, const Operator& said) {
  if (said.drains(spec.labels)) return {Forced::kDead, true, true};
  if (const CheckOverride* over = said.find(spec.id)) {
    return {forced_to(over->state), !is_alive(over->state), true};
  }
  const bool switched_off = spec.type == CheckType::kSwitch && !is_alive(found);
  return {own_force(spec, found), switched_off, false};
}

}  // namespace

Lanes::Lanes(std::shared_ptr<const ZoneSet> zones)
    : zones_(std::move(zones)), alive_(zones_->gates()), overruled_(zones_->checks().size()) {}

void Lanes::put_check(std::size_t check, Health found, const Operator& said) {
  const CheckSpec& spec = zones_->checks()[check];
  const GateNumber gate = gate_of(check);
  const Stand stand = stand_of(spec, found, said);
  // The lane of what is so by probes alone begins before the first check is overruled, when it is
  // as the other one, and ends after the last.
  if (stand.overruled && !probed_) probed_ = alive_;
  overrule(check, stand.overruled);
  if (spec.type != CheckType::kCalculated) set(gate, is_alive(found));
  force(gate, stand.forced);
  force_probed(gate, own_force(spec, found));
  if (overruled_count_ == 0) probed_.reset();
  take_out(gate, stand.out);
}

void Lanes::put_set(GateNumber gate, std::span<const Label> labels, const Operator& said) {
  const bool drained = said.drains(labels);
  force(gate, drained ? Forced::kDead : Forced::kNot);
  take_out(gate, drained);
}

void Lanes::put_sets(const Operator& said) {
  for_each_set(*zones_, [&](GateNumber gate, const GroupInfo::Set& set) {
    if (!set.labels.empty()) put_set(gate, set.labels, said);
  });
}

bool Lanes::has_enough_children(std::size_t check) const { return has_enough(alive_, check); }

bool Lanes::has_enough_probed_children(std::size_t check) const {
  return has_enough(probed(), check);
}

bool Lanes::has_enough(const Gates& gates, std::size_t check) const {
  const CheckSpec& spec = zones_->checks()[check];
  const std::size_t needed =
      spec.health_threshold > 0 ? spec.health_threshold : spec.children.size();
  return gates.alive_inputs(gate_of(check)) >= needed;
}

void Lanes::clear_flipped() {
  flipped_.clear();
  probed_flipped_.clear();
  standing_changed_ = false;
}

// Of a leaf.
void Lanes::set(GateNumber gate, bool alive) {
  if ((alive_.alive_inputs(gate) > 0) == alive) return;
  note(alive_.set(gate, alive));
  if (probed_) note_probed(probed_->set(gate, alive));
}

void Lanes::force(GateNumber gate, Forced forced) {
  if (alive_.forced(gate) != forced) note(alive_.force(gate, forced));
}

// No check stands on a record set, so those may differ in this lane, where nobody looks at them.
void Lanes::force_probed(GateNumber gate, Forced forced) {
  if (probed_ && probed_->forced(gate) != forced) note_probed(probed_->force(gate, forced));
}

void Lanes::overrule(std::size_t check, bool overruled) {
  if (overruled_[check] == overruled) return;
  overruled_[check] = overruled;
  overruled_count_ = overruled ? overruled_count_ + 1 : overruled_count_ - 1;
}

void Lanes::take_out(GateNumber gate, bool out) {
  const bool was_out = standing_ && standing_->forced(gate) == Forced::kDead;
  if (was_out == out) return;
  standing_changed_ = true;
  if (!standing_) {
    standing_ = zones_->gates();
    for (std::size_t i = 0; i < zones_->checks().size(); ++i) {
      const GateNumber inverted = gate_of(i);
      if (standing_force(inverted) == Forced::kAlive) standing_->force(inverted, Forced::kAlive);
    }
  }
  out_ = out ? out_ + 1 : out_ - 1;
  if (out_ == 0) return standing_.reset();
  standing_->force(gate, out ? Forced::kDead : standing_force(gate));
}

// While it is not taken out: what is turned round when its children are taken out stands all the
// same.
Forced Lanes::standing_force(GateNumber gate) const {
  if (gate > zones_->checks().size()) return Forced::kNot;
  const CheckSpec& spec = zones_->checks()[gate - 1];
  const bool turns_round = spec.type == CheckType::kCalculated && spec.inverted;
  return turns_round ? Forced::kAlive : Forced::kNot;
}

void Lanes::note_probed(std::span<const GateNumber> flipped) {
  probed_flipped_.insert(probed_flipped_.end(), flipped.begin(), flipped.end());
}

void Lanes::note(std::span<const GateNumber> flipped) {
  flipped_.insert(flipped_.end(), flipped.begin(), flipped.end());
}

}  // namespace rhumb
