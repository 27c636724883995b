#include "server/group_watch.h"

#include <algorithm>

namespace rhumb {

std::vector<GroupTurn> GroupWatch::look_at_all(const std::shared_ptr<const ZoneSet>& zones,
                                               const Gates& gates) {
  std::unordered_set<std::string> before;
  for (const GateNumber group : in_last_resort_) before.insert(name(group));
  std::unordered_set<GateNumber> now;
  std::vector<GroupTurn> turns;
  for (const ZoneRef& ref : zones->refs()) {
    for (std::size_t i = 0; i < ref.zone->groups().size(); ++i) {
      const Found found{&ref, i};
      const bool last_resort = gates.alive_inputs(found.gate()) == 0;
      if (last_resort) now.insert(found.gate());
      if (!last_resort && before.empty()) continue;
      if (before.contains(name_of(found)) != last_resort) {
        turns.push_back({found.gate(), last_resort});
      }
    }
  }
  zones_ = zones;
  in_last_resort_ = std::move(now);
  return turns;
}

std::vector<GroupTurn> GroupWatch::look_at(std::span<const GateNumber> flipped,
                                           const Gates& gates) {
  std::vector<GroupTurn> turns;
  for (const GateNumber gate : flipped) {
    if (gate <= zones_->checks().size()) continue;
    const GateNumber group = find(gate).gate();
    const bool last_resort = gates.alive_inputs(group) == 0;
    if (last_resort == in_last_resort_.contains(group)) continue;
    last_resort ? (void)in_last_resort_.insert(group) : (void)in_last_resort_.erase(group);
    turns.push_back({group, last_resort});
  }
  return turns;
}

std::string GroupWatch::name(GateNumber group) const { return name_of(find(group)); }

// Gates are numbered zone by zone, and in a zone group by group.
GroupWatch::Found GroupWatch::find(GateNumber gate) const {
  const auto refs = zones_->refs();
  const auto zone = std::ranges::upper_bound(refs, gate, {}, &ZoneRef::gate_base) - 1;
  const auto groups = zone->zone->groups();
  const auto group =
      std::ranges::upper_bound(groups, gate - zone->gate_base, {}, &Group::first_gate) - 1;
  return {&*zone, static_cast<std::size_t>(group - groups.begin())};
}

std::string GroupWatch::name_of(const Found& found) {
  const GroupInfo& info = found.zone->zone->info().groups[found.group];
  return to_string(info.owner) + " " + to_string(info.type);
}

}  // namespace rhumb
