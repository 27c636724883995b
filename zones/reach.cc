#include "zones/reach.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "dns/name.h"
#include "zones/chain.h"

namespace rhumb {
namespace {

// Gathers the groups that a group leads to and what of them the scope depends on.
class ReachFinder {
 public:
  ReachFinder(const ZoneSet& zones, const AliasGraph& graph, Diagnostics& diagnostics)
      : zones_(zones),
        graph_(graph),
        diagnostics_(diagnostics),
        reached_by_(graph.size(), graph.size()),
        too_much_(graph.size()) {
    reaches_.of_group.resize(graph.size());
    for (const ZoneRef& zone : zones.refs()) {
      any_location_ = any_location_ || !zone.zone->info().rules.empty();
    }
    for (GroupNumber group = 0; group < graph.size(); ++group) {
      any_location_ = any_location_ || graph[group].group().sticky;
    }
  }

  Reaches run(std::span<const GroupNumber> order) {
    for (const GroupNumber group : order) find(group);
    return std::move(reaches_);
  }

 private:
  void find(GroupNumber start) {
    gathered_.clear();
    start_ = start;
    reaches_.of_group[start].height = height_of(start);
    reach(start);
    for (std::size_t at = 0; at < gathered_.size(); ++at) reach_targets(gathered_[at]);
    if (gathered_.size() > kMaxGroupsPerTree) {
      report(std::to_string(gathered_.size()) + " groups over aliases",
             std::to_string(kMaxGroupsPerTree));
    }
    if (!any_location_) return;
    for (std::size_t at = 0; at < gathered_.size(); ++at) {
      reach_targets(gathered_[at]);
      if (graph_[gathered_[at]].info().type == Type::kCname) reach_cnames(gathered_[at]);
    }
    sum_up();
  }

  // Too deep a tree was told of and is not served.
  [[nodiscard]] std::uint8_t height_of(GroupNumber group) const {
    int height = 0;
    for (const GroupNumber target : graph_.targets(group)) {
      height = std::max(height, reaches_.of_group[target].height + 1);
    }
    return static_cast<std::uint8_t>(std::min(height, kMaxAliasDepth));
  }

  void reach(GroupNumber group) {
    if (std::exchange(reached_by_[group], start_) != start_) gathered_.push_back(group);
  }

  void reach_targets(GroupNumber group) {
    for (const GroupNumber target : graph_.targets(group)) reach(target);
  }

  // Over the CNAMEs that it may answer with. They are followed within the zone that was asked.
  void reach_cnames(GroupNumber group) {
    const GroupAt& at = graph_[group];
    const Zone& zone = *at.zone->zone;
    for (const RoutedSet& set : zone.sets_of(at.group())) {
      if (set.kind == RoutedSet::Kind::kImage) {
        follow(*zone.image(set.target), *zone.node(at.group().owner));
      } else if (set.kind == RoutedSet::Kind::kAlias) {
        const Link& link = zones_.link(*at.zone, set.target);
        if (link.set == nullptr || link.set->flags != 0) continue;
        follow(*link.zone->zone->image(link.set->body), *link.node);
      }
    }
  }

  void follow(const Image& cname, const Node& owner) {
    const ZoneRef& asked = *graph_[start_].zone;
    FoldedName name;
    fold(owner.name(), name);
    std::vector<std::uint8_t> next = target_of(cname, name);
    for (int followed = 0; followed < kMaxFollowed; ++followed) {
      // Longer than a name may be: RFC 6672 §2.2.
      if (fold(next, name) == 0 || !is_in_zone(*asked.zone, name)) return;
      const Source source = source_of(*asked.zone, name);
      if (source.node == nullptr) return;
      if (source.below == 0) reach_groups_of(asked, *source.node);
      auto further = next_of(*asked.zone, source, name);
      if (!further) return;
      next = std::move(*further);
    }
  }

  void reach_groups_of(const ZoneRef& zone, const Node& node) {
    for (const SetHead& set : node.sets()) {
      if (set.flags == SetHead::kRouted) reach(zone.group_base + set.body);
    }
  }

  void sum_up() {
    std::vector<std::uint32_t>& rules = reaches_.rules;
    const std::size_t first = rules.size();
    bool sticky = false;
    for (const GroupNumber number : gathered_) {
      const GroupAt& at = graph_[number];
      sticky = sticky || at.group().sticky;
      if (at.group().rule == Group::kNoRule) continue;
      const std::uint32_t rule = zones_.rule_number(*at.zone, at.group().rule);
      const auto own = std::span(rules).subspan(first);
      if (std::ranges::find(own, rule) == own.end()) rules.push_back(rule);
    }
    const std::size_t count = rules.size() - first;
    if (count > kMaxRulesPerTree) {
      report(std::to_string(count) + " different location rules", std::to_string(kMaxRulesPerTree));
    }
    Reach& sum = reaches_.of_group[start_];
    sum.first = static_cast<std::uint32_t>(first);
    sum.count = static_cast<std::uint16_t>(count);
    sum.sticky = sticky;
  }

  // Only of the smallest tree that has too much.
  void report(const std::string& what, const std::string& limit) {
    const bool told =
        std::ranges::any_of(gathered_, [this](GroupNumber group) { return too_much_[group]; });
    too_much_[start_] = true;
    if (told) return;
    const GroupInfo& info = graph_[start_].info();
    diagnostics_.error(info.place, to_string(info.owner) + " " + to_string(info.type) +
                                       " leads to " + what + "; " + limit + " are possible");
  }

  const ZoneSet& zones_;
  const AliasGraph& graph_;
  Diagnostics& diagnostics_;
  bool any_location_ = false;  // else no reach has anything
  GroupNumber start_ = 0;
  std::vector<GroupNumber> gathered_;
  std::vector<GroupNumber> reached_by_;  // by group: the last start that reached it
  std::vector<bool> too_much_;
  Reaches reaches_;
};

}  // namespace

Reaches find_reaches(const ZoneSet& zones, const AliasGraph& graph,
                     std::span<const GroupNumber> order, Diagnostics& diagnostics) {
  return ReachFinder(zones, graph, diagnostics).run(order);
}

}  // namespace rhumb
