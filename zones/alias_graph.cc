#include "zones/alias_graph.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_set>
#include <utility>

#include "dns/name.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxLoopNamed = 8;

// Walks the graph depth first: finds the loops, how deep each group's tree is, and an order in
// which each group comes after those that it leads to.
class DepthWalk {
 public:
  DepthWalk(const AliasGraph& graph, Diagnostics& diagnostics)
      : graph_(graph), diagnostics_(diagnostics), states_(graph.size()), depths_(graph.size()) {}

  std::optional<std::vector<GroupNumber>> run() {
    order_.reserve(graph_.size());
    for (GroupNumber group = 0; group < graph_.size(); ++group) walk_from(group);
    if (has_loops_) return std::nullopt;
    report_depths();
    return std::move(order_);
  }

 private:
  void report_depths() {
    for (GroupNumber group = 0; group < graph_.size(); ++group) {
      // What is deeper still leads to such a one.
      if (depths_[group] != kMaxAliasDepth + 1) continue;
      const GroupInfo& info = graph_[group].info();
      diagnostics_.error(info.place, "the aliases of " + to_string(info.owner) + " " +
                                         to_string(info.type) + " stand more than " +
                                         std::to_string(kMaxAliasDepth) + " behind one another; " +
                                         std::to_string(kMaxAliasDepth) + " are possible");
    }
  }

  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Step {
    GroupNumber group;
    std::size_t next;  // of its targets
  };

  void walk_from(GroupNumber start) {
    if (states_[start] == State::kNew) open(start);
    while (!path_.empty()) {
      const GroupNumber group = path_.back().group;
      const auto targets = graph_.targets(group);
      if (path_.back().next == targets.size()) {
        close(group);
        continue;
      }
      const GroupNumber target = targets[path_.back().next++];
      if (states_[target] == State::kNew) {
        open(target);
      } else if (states_[target] == State::kOpen) {
        report_loop(target);
      }
    }
  }

  void open(GroupNumber group) {
    states_[group] = State::kOpen;
    path_.push_back({group, 0});
  }

  void close(GroupNumber group) {
    int depth = graph_.has_alias(group) ? 1 : 0;
    for (const GroupNumber target : graph_.targets(group)) {
      depth = std::max(depth, depths_[target] + 1);
    }
    depths_[group] = depth;
    states_[group] = State::kDone;
    order_.push_back(group);
    path_.pop_back();
  }

  // The path from `first` on leads back to it.
  void report_loop(GroupNumber first) {
    has_loops_ = true;
    const auto begin = std::ranges::find(path_, first, &Step::group);
    const auto count = static_cast<std::size_t>(path_.end() - begin);
    const GroupNumber next = count > 1 ? (begin + 1)->group : first;
    const Place& place = place_of_alias(first, next);
    // A set of [A, AAAA] is in two groups, and wrong once.
    if (!told_.insert(to_string(place)).second) return;
    std::string names;
    for (std::size_t at = 0; at < std::min(count, kMaxLoopNamed); ++at) {
      const GroupNumber group = (begin + static_cast<std::ptrdiff_t>(at))->group;
      names += to_string(graph_[group].info().owner) + " → ";
    }
    if (count > kMaxLoopNamed) names += "… → ";
    const Name& start = graph_[first].info().owner;
    diagnostics_.error(place, "the aliases lead back to where they start, " + names +
                                  to_string(start) + "; one of them must lead to records instead");
  }

  // Where `from` has its alias of `to`.
  [[nodiscard]] const Place& place_of_alias(GroupNumber from, GroupNumber to) const {
    const std::vector<AliasInfo>& links = graph_[from].zone->zone->info().links;
    for (const GroupInfo::Set& set : graph_[from].info().sets) {
      if (set.link && links[*set.link].target == graph_[to].info().owner) {
        return links[*set.link].place;
      }
    }
    return graph_[from].info().place;
  }

  const AliasGraph& graph_;
  Diagnostics& diagnostics_;
  std::vector<State> states_;
  std::vector<int> depths_;
  std::vector<Step> path_;
  std::vector<GroupNumber> order_;
  bool has_loops_ = false;
  std::unordered_set<std::string> told_;
};

}  // namespace

AliasGraph::AliasGraph(const ZoneSet& zones) {
  for (const ZoneRef& zone : zones.refs()) {
    const auto count = static_cast<std::uint32_t>(zone.zone->groups().size());
    for (std::uint32_t number = 0; number < count; ++number) {
      groups_.push_back({&zone, number});
      add_targets(zones, groups_.back());
    }
  }
  first_.push_back(static_cast<std::uint32_t>(targets_.size()));
}

void AliasGraph::add_targets(const ZoneSet& zones, const GroupAt& at) {
  first_.push_back(static_cast<std::uint32_t>(targets_.size()));
  bool any = false;
  for (const RoutedSet& set : at.zone->zone->sets_of(at.group())) {
    if (set.kind != RoutedSet::Kind::kAlias) continue;
    any = true;
    const Link& link = zones.link(*at.zone, set.target);
    if (link.set == nullptr || link.set->flags != SetHead::kRouted) continue;
    targets_.push_back(link.zone->group_base + link.set->body);
  }
  has_alias_.push_back(any);
  const auto own = targets_.begin() + first_.back();
  std::sort(own, targets_.end());
  targets_.erase(std::unique(own, targets_.end()), targets_.end());
}

std::optional<std::vector<GroupNumber>> order_groups(const AliasGraph& graph,
                                                     Diagnostics& diagnostics) {
  return DepthWalk(graph, diagnostics).run();
}

}  // namespace rhumb
