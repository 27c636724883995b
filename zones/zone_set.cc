#include "zones/zone_set.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "text/suggest.h"
#include "zones/routed_name.h"
#include "zones/slots.h"

namespace rhumb {
namespace {

constexpr int kDeepest = 63;  // of apex_depths_; deeper ones share its bit

int depth_bit(int labels) { return std::min(labels, kDeepest); }

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

// Builds one ZoneSet; each step reports what is wrong and leaves the rest in order for the next.
class ZoneSetLinker {
 public:
  ZoneSetLinker(std::vector<std::shared_ptr<const Zone>> zones, std::vector<CheckSpec> checks,
                Diagnostics& diagnostics)
      : zones_(std::move(zones)), checks_(std::move(checks)), diagnostics_(diagnostics) {}

  std::shared_ptr<const ZoneSet> run() {
    if (zones_.size() > kMaxZones) return refuse("zones", zones_.size(), kMaxZones);
    gather_checks();
    if (checks_.size() > kMaxChecks) return refuse("health checks", checks_.size(), kMaxChecks);
    number_checks();
    Result<Gates> gates = build_gates();
    if (!gates.ok()) {
      diagnostics_.error({}, gates.error());
      return nullptr;
    }
    const std::shared_ptr<ZoneSet> set(new ZoneSet(std::move(gates).value()));
    set->zones_ = std::move(zones_);
    set->refs_ = std::move(refs_);
    set->checks_ = std::move(checks_);
    enter_apexes(*set);
    check_addresses(*set);
    check_delegations(*set);
    return wrong_ ? nullptr : set;
  }

 private:
  std::shared_ptr<const ZoneSet> refuse(std::string_view what, std::size_t count,
                                        std::size_t limit) {
    diagnostics_.error({}, std::to_string(count) + " " + std::string(what) + " are too many; " +
                               std::to_string(limit) + " are possible");
    return nullptr;
  }

  void gather_checks() {
    std::size_t count = checks_.size();
    for (const auto& zone : zones_) count += zone->info().checks.size();
    checks_.reserve(count);
    for (const auto& zone : zones_) {
      const std::vector<CheckSpec>& own = zone->info().checks;
      checks_.insert(checks_.end(), own.begin(), own.end());
    }
  }

  void number_checks() {
    numbers_.reserve(checks_.size());
    for (std::size_t i = 0; i < checks_.size(); ++i) {
      const auto [first, is_new] = numbers_.emplace(checks_[i].id, i);
      if (is_new) continue;
      error(checks_[i].origin.place, "the health check \"" + checks_[i].id +
                                         "\" is defined twice; the first is at " +
                                         to_string(checks_[first->second].origin.place));
    }
  }

  // Gate 0 is always alive, check i has gate 1 + i; then come each zone's, as it numbers them.
  Result<Gates> build_gates() {
    for (std::size_t i = 0; i < checks_.size(); ++i) gates_.add_leaf();
    refs_.reserve(zones_.size());
    for (const auto& zone : zones_) {
      refs_.push_back({.zone = zone.get(), .gate_base = gates_.next()});
      for (const GroupInfo& group : zone->info().groups) add_group(group);
      assert(gates_.next() == refs_.back().gate_base + zone->gate_count());
    }
    return std::move(gates_).build();
  }

  void add_group(const GroupInfo& group) {
    inputs_.clear();
    for (const GroupInfo::Set& set : group.sets) {
      const GateNumber check = gate_of(set);
      inputs_.push_back(gates_.add(1, {&check, 1}));
    }
    gates_.add(group.min_healthy, inputs_);
  }

  GateNumber gate_of(const GroupInfo::Set& set) {
    if (set.check_id.empty()) return kAlwaysAlive;
    const auto found = numbers_.find(set.check_id);
    if (found != numbers_.end()) return static_cast<GateNumber>(1 + found->second);
    // A set of [A, AAAA] is in two groups, and wrong once.
    if (unknown_.insert(to_string(set.check_place)).second) {
      error(set.check_place, "there is no health check \"" + set.check_id + "\"" +
                                 did_you_mean(set.check_id, known_ids()));
    }
    return kAlwaysAlive;
  }

  std::span<const std::string_view> known_ids() {
    if (ids_.empty()) {
      for (const CheckSpec& check : checks_) ids_.emplace_back(check.id);
    }
    return ids_;
  }

  void enter_apexes(ZoneSet& set) {
    set.apexes_.resize(slots_for(set.refs_.size()));
    FoldedName name;
    for (std::size_t i = 0; i < set.refs_.size(); ++i) {
      fold(set.refs_[i].zone->apex().name(), name);
      const ZoneRef* const other = set.find_apex(name, 0);
      if (other == nullptr) {
        enter_apex(set, name, i);
      } else {
        const Zone& zone = *set.refs_[i].zone;
        error({.file = file_of(zone)}, "the zone " + to_string(zone.info().apex) + " is also in " +
                                           file_of(*other->zone) + "; a zone has one file");
      }
    }
  }

  static void enter_apex(ZoneSet& set, const FoldedName& name, std::size_t index) {
    const auto count = static_cast<std::uint32_t>(set.apexes_.size());
    std::uint32_t at = first_slot(name.hash[0], count);
    while (set.apexes_[at].zone != 0) at = next_slot(at, count);
    set.apexes_[at] = {.tag = slot_tag(name.hash[0]),
                       .zone = static_cast<std::uint32_t>(index + 1)};
    set.apex_depths_ |= std::uint64_t{1} << depth_bit(name.labels);
  }

  // A probe would be sent to where the probes' own outcome points.
  void check_addresses(const ZoneSet& set) {
    for (const CheckSpec& check : set.checks()) {
      if (!is_routed_here(set, check.address)) continue;
      error(check.origin.place, "the health check \"" + check.id + "\" has the address " +
                                    check.address +
                                    ", which is routed here; write an address that does not "
                                    "depend on health");
    }
  }

  // An answer comes from one zone: what leads from the zone above into such a zone ends there.
  void check_delegations(const ZoneSet& set) {
    FoldedName name;
    for (const ZoneRef& ref : set.refs_) {
      fold(ref.zone->apex().name(), name);
      const ZoneRef* const parent = name.labels == 0 ? nullptr : set.find_above(name, 1);
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

  void error(Place place, std::string message) {
    diagnostics_.error(std::move(place), std::move(message));
    wrong_ = true;
  }

  std::vector<std::shared_ptr<const Zone>> zones_;
  std::vector<CheckSpec> checks_;
  Diagnostics& diagnostics_;
  bool wrong_ = false;
  std::unordered_map<std::string_view, std::size_t> numbers_;  // of checks_, whose ids it borrows
  std::vector<std::string_view> ids_;
  std::unordered_set<std::string> unknown_;  // places that name a check that is not there
  GatesBuilder gates_;
  std::vector<ZoneRef> refs_;
  std::vector<GateNumber> inputs_;
};

ZoneSet::ZoneSet(Gates gates) : gates_(std::move(gates)) {}

std::shared_ptr<const ZoneSet> ZoneSet::link(std::vector<std::shared_ptr<const Zone>> zones,
                                             std::vector<CheckSpec> checks,
                                             Diagnostics& diagnostics) {
  return ZoneSetLinker(std::move(zones), std::move(checks), diagnostics).run();
}

const ZoneRef* ZoneSet::find(const FoldedName& name, Type type) const noexcept {
  const ZoneRef* const deepest = find_above(name, 0);
  if (type != Type::kDs || deepest == nullptr) return deepest;
  const bool at_apex = deepest->zone->apex().labels == name.labels;
  if (!at_apex || name.labels == 0) return deepest;
  const ZoneRef* const parent = find_above(name, 1);
  return parent != nullptr ? parent : deepest;
}

const ZoneRef* ZoneSet::find_above(const FoldedName& name, int label) const noexcept {
  int depth = name.labels - label;
  for (; depth >= kDeepest && (apex_depths_ >> kDeepest) != 0; --depth) {
    const ZoneRef* const found = find_apex(name, name.labels - depth);
    if (found != nullptr) return found;
  }
  // A bit for each depth from 0 to that of the name; only those that have an apex are tried.
  const std::uint64_t reach = (std::uint64_t{2} << std::min(depth, kDeepest - 1)) - 1;
  for (std::uint64_t left = apex_depths_ & reach; left != 0;) {
    const int deepest = static_cast<int>(std::bit_width(left)) - 1;
    const ZoneRef* const found = find_apex(name, name.labels - deepest);
    if (found != nullptr) return found;
    left ^= std::uint64_t{1} << deepest;
  }
  return nullptr;
}

const ZoneRef* ZoneSet::find_apex(const FoldedName& name, int label) const noexcept {
  const auto count = static_cast<std::uint32_t>(apexes_.size());
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  const std::span<const std::uint8_t> wanted = name.suffix(label);
  std::uint32_t at = first_slot(hash, count);
  for (; apexes_[at].zone != 0; at = next_slot(at, count)) {
    if (apexes_[at].tag != slot_tag(hash)) continue;
    const ZoneRef& ref = refs_[apexes_[at].zone - 1];
    const std::span<const std::uint8_t> apex = ref.zone->apex().name();
    if (apex.size() == wanted.size() && std::memcmp(apex.data(), wanted.data(), apex.size()) == 0) {
      return &ref;
    }
  }
  return nullptr;
}

}  // namespace rhumb
