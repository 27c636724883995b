#include "zones/linker.h"

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>

#include "text/suggest.h"
#include "zones/alias_graph.h"
#include "zones/answer_bound.h"
#include "zones/atlas_names.h"
#include "zones/check_loops.h"
#include "zones/reach.h"
#include "zones/routed_name.h"
#include "zones/slots.h"

namespace rhumb {
namespace {

std::string file_of(const Zone& zone) {
  const std::vector<SourceFile>& sources = zone.info().sources;
  return sources.empty() ? std::string() : sources.front().path;
}

// Whether the zone delegates `name`, itself or with a name above it.
bool is_below_cut(const Zone& zone, const FoldedName& name) {
  for (int label = 0; label < name.labels - zone.apex().labels; ++label) {
    const Node* const node = zone.find(name, label);
    if (node != nullptr && node->has(Node::kCut)) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<const ZoneSet> ZoneSetLinker::run(std::vector<std::shared_ptr<const Zone>> zones,
                                                  std::vector<CheckSpec> checks) {
  if (!fits("zones", zones.size(), kMaxZones)) return nullptr;
  set_.reset(new ZoneSet());
  set_->zones_ = std::move(zones);
  gather_checks(std::move(checks));
  if (!fits("health checks", set_->checks_.size(), kMaxChecks)) return nullptr;
  number_checks();
  if (!number_zones()) return nullptr;
  enter_apexes();
  link_aliases();
  number_rules();
  if (options_.extent.atlas) look_up_locations(set_->zones_, atlas_, diagnostics_);
  bool has_loops = !find_reaches();
  has_loops = report_check_loops(set_->checks_, numbers_, diagnostics_) || has_loops;
  add_gates();
  if (!has_loops) build_gates();
  check_addresses();
  check_delegations();
  return diagnostics_.has_errors() ? nullptr : std::move(set_);
}

bool ZoneSetLinker::fits(std::string_view what, std::size_t count, std::size_t limit) {
  if (count <= limit) return true;
  error({}, std::to_string(count) + " " + std::string(what) + " are too many; " +
                std::to_string(limit) + " are possible");
  return false;
}

void ZoneSetLinker::gather_checks(std::vector<CheckSpec> checks) {
  set_->own_checks_ = std::move(checks);
  std::size_t count = set_->own_checks_.size();
  for (const auto& zone : set_->zones_) count += zone->info().checks.size();
  set_->checks_.reserve(count);
  set_->checks_.add(set_->own_checks_);
  for (const auto& zone : set_->zones_) set_->checks_.add(zone->info().checks);
}

void ZoneSetLinker::number_checks() {
  const CheckRefs& checks = set_->checks_;
  numbers_.reserve(checks.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto [first, is_new] = numbers_.emplace(checks[i].id, i);
    if (is_new) continue;
    error(checks[i].origin.place, "the health check \"" + checks[i].id +
                                      "\" is defined twice; the first is at " +
                                      to_string(checks[first->second].origin.place));
  }
}

// Gate 0 is always alive, check i has gate 1 + i; then come each zone's, as it numbers them. Links
// and groups are no more than gates.
bool ZoneSetLinker::number_zones() {
  std::size_t gates = 1 + set_->checks_.size();
  for (const auto& zone : set_->zones_) gates += zone->gate_count();
  if (!fits("record sets, groups and health checks", gates, kMaxGates)) return false;
  set_->refs_.reserve(set_->zones_.size());
  ZoneRef next{.zone = nullptr,
               .gate_base = static_cast<std::uint32_t>(1 + set_->checks_.size()),
               .link_base = 0,
               .rule_base = 0,
               .group_base = 0,
               .counter_slot = CounterSlots::kShared};
  for (const auto& zone : set_->zones_) {
    next.zone = zone.get();
    if (options_.slots != nullptr) next.counter_slot = options_.slots->take(zone->info().apex);
    set_->refs_.push_back(next);
    next.gate_base += zone->gate_count();
    next.link_base += static_cast<std::uint32_t>(zone->info().links.size());
    next.rule_base += static_cast<std::uint32_t>(zone->info().rules.size());
    next.group_base += static_cast<std::uint32_t>(zone->groups().size());
  }
  return true;
}

void ZoneSetLinker::enter_apexes() {
  set_->apexes_.resize(slots_for(set_->refs_.size()));
  for (std::size_t i = 0; i < set_->refs_.size(); ++i) {
    const ZoneRef* const other = set_->enter_apex(i);
    if (other == nullptr) continue;
    const Zone& zone = *set_->refs_[i].zone;
    error({.file = file_of(zone)}, "the zone " + to_string(zone.info().apex) + " is also in " +
                                       file_of(*other->zone) + "; a zone has one file");
  }
}

void ZoneSetLinker::link_aliases() {
  for (const ZoneRef& zone : set_->refs_) {
    for (const AliasInfo& alias : zone.zone->info().links) link_alias(zone, alias);
  }
  bad_aliases_.finish(diagnostics_);
}

void ZoneSetLinker::link_alias(const ZoneRef& zone, const AliasInfo& alias) {
  const bool suggests = options_.extent.zones && bad_aliases_.may_suggest();
  const Result<AliasTarget> found = find_target(*set_, alias, suggests ? &target_names_ : nullptr);
  GateNumber gate = kAlwaysAlive;
  if (found.ok()) {
    const auto& [link, judged] = found.value();
    set_->links_.push_back(link);
    if (alias.evaluate_health && judged->flags == SetHead::kRouted) {
      gate = link.zone->gate_base + link.zone->zone->groups()[judged->body].group_gate();
    }
  } else {
    set_->links_.push_back({.zone = &zone, .node = nullptr, .set = nullptr});
    if (options_.extent.zones && bad_aliases_.admits(alias.place)) {
      error(alias.place, found.error());
    }
  }
  alias_gates_.push_back(gate);
}

// Equal rules of all zones are one.
void ZoneSetLinker::number_rules() {
  std::unordered_map<std::string, std::uint32_t> numbers;
  for (const auto& zone : set_->zones_) {
    for (const Rule& rule : zone->info().rules) {
      const auto next = static_cast<std::uint32_t>(set_->rules_.size());
      const auto [known, is_new] = numbers.emplace(key_of(rule), next);
      if (is_new) set_->rules_.push_back(rule);
      set_->rule_numbers_.push_back(known->second);
    }
  }
}

// False: aliases lead back to where they start.
bool ZoneSetLinker::find_reaches() {
  const AliasGraph graph(*set_);
  const auto order = order_groups(graph, diagnostics_);
  if (!order) return false;
  check_answer_bounds(*set_, graph, *order, diagnostics_);
  Reaches reaches = rhumb::find_reaches(*set_, graph, *order, diagnostics_);
  set_->reaches_ = std::move(reaches.of_group);
  set_->reach_rules_ = std::move(reaches.rules);
  return true;
}

void ZoneSetLinker::add_gates() {
  for (const CheckSpec& check : set_->checks_) add_check(check);
  for (const ZoneRef& zone : set_->refs_) {
    assert(gates_.next() == zone.gate_base);
    for (const GroupInfo& group : zone.zone->info().groups) add_group(zone, group);
  }
  for (const CheckUse& use : options_.uses) check_gate(use.id, use.place);
  unknown_checks_.finish(diagnostics_);
}

// One that is disabled counts as healthy, and its gate as one that needs no child.
void ZoneSetLinker::add_check(const CheckSpec& check) {
  if (check.type != CheckType::kCalculated) {
    gates_.add_leaf();
    return;
  }
  inputs_.clear();
  for (std::size_t i = 0; i < check.children.size(); ++i) {
    const std::vector<Place>& places = check.origin.children;
    inputs_.push_back(
        check_gate(check.children[i], i < places.size() ? places[i] : check.origin.place));
  }
  const auto all = static_cast<std::uint32_t>(inputs_.size());
  const std::uint32_t wanted = check.health_threshold == 0 ? all : check.health_threshold;
  gates_.add(check.disabled ? 0 : wanted, inputs_,
             check.inverted ? Polarity::kInverted : Polarity::kPlain);
}

void ZoneSetLinker::add_group(const ZoneRef& zone, const GroupInfo& group) {
  const GateNumber first = gates_.next();
  for (const GroupInfo::Set& set : group.sets) {
    inputs_.clear();
    if (!set.check_id.empty()) inputs_.push_back(check_gate(set.check_id, set.check_place));
    if (set.link) inputs_.push_back(alias_gates_[zone.link_base + *set.link]);
    if (inputs_.empty()) inputs_.push_back(kAlwaysAlive);
    gates_.add(static_cast<std::uint32_t>(inputs_.size()), inputs_);
  }
  inputs_.clear();
  for (GateNumber gate = first; gate < first + group.sets.size(); ++gate) inputs_.push_back(gate);
  gates_.add(group.min_healthy, inputs_);
}

GateNumber ZoneSetLinker::check_gate(const std::string& id, const Place& place) {
  const auto found = numbers_.find(id);
  if (found != numbers_.end()) return static_cast<GateNumber>(1 + found->second);
  const bool suggests = unknown_checks_.may_suggest();
  if (options_.extent.checks && unknown_checks_.admits(place)) {
    error(place, "there is no health check \"" + id + "\"" +
                     (suggests ? did_you_mean(id, known_ids()) : ""));
  }
  return kAlwaysAlive;
}

std::span<const std::string_view> ZoneSetLinker::known_ids() {
  if (ids_.empty()) {
    for (const CheckSpec& check : set_->checks_) ids_.emplace_back(check.id);
  }
  return ids_;
}

void ZoneSetLinker::build_gates() {
  Result<Gates> gates = std::move(gates_).build();
  if (!gates.ok()) return error({}, gates.error());
  set_->gates_ = std::move(gates).value();
}

// A probe would be sent to where the probes' own outcome points.
void ZoneSetLinker::check_addresses() {
  for (const CheckSpec& check : set_->checks_) {
    if (!is_routed_here(*set_, check.address)) continue;
    error(check.origin.place, "the health check \"" + check.id + "\" has the address " +
                                  check.address +
                                  ", which is routed here; write an address that does not "
                                  "depend on health");
  }
}

// An answer comes from one zone: what leads from the zone above into such a zone ends there.
void ZoneSetLinker::check_delegations() {
  FoldedName name;
  for (const ZoneRef& ref : set_->refs_) {
    fold(ref.zone->apex().name(), name);
    const ZoneRef* const parent = name.labels == 0 ? nullptr : set_->find_above(name, 1);
    if (parent == nullptr || is_below_cut(*parent->zone, name)) continue;
    const std::string apex = to_string(ref.zone->info().apex);
    const std::string above = to_string(parent->zone->info().apex);
    diagnostics_.warn({.file = file_of(*ref.zone)},
                      "the zone " + apex + " lies in the zone " + above + " of " +
                          file_of(*parent->zone) + ", which has no NS record for it; write one " +
                          "there, or names in " + above + " that point into " + apex +
                          " end there");
  }
}

}  // namespace rhumb
