#include "zones/answer_bound.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "zones/builder.h"
#include "zones/image.h"
#include "zones/told.h"

namespace rhumb {
namespace {

struct Measure {
  std::string_view name;
  std::size_t limit;
};
constexpr std::array<Measure, 3> kMeasures = {
    {{"record sets", kMaxAnswerSets}, {"records", kMaxRecordsPerSet}, {"octets", kMaxSetSize}}};
constexpr std::size_t kPointerSize = 2;
// Sums that pass every limit stay here, so that they do not wrap.
constexpr std::size_t kVeryMuch = std::size_t{1} << 40U;

using Amount = std::array<std::size_t, kMeasures.size()>;  // by kMeasures

Amount amount_of(const Image& image) {
  std::size_t octets = image.size;
  // Under another name than its own, a set has names written out in place of pointers.
  for (const Fixup& fixup : image.fixups()) octets += fixup.suffix_size - kPointerSize;
  return {1, image.rr_count, octets};
}

// The sum of the `count` largest, in each measure by itself.
Amount sum_of_largest(const std::vector<Amount>& amounts, std::size_t count) {
  Amount sum{};
  std::vector<std::size_t> numbers(amounts.size());
  for (std::size_t i = 0; i < sum.size(); ++i) {
    std::ranges::transform(amounts, numbers.begin(), [i](const Amount& each) { return each[i]; });
    std::ranges::sort(numbers, std::greater());
    for (std::size_t at = 0; at < std::min(count, numbers.size()); ++at) sum[i] += numbers[at];
    sum[i] = std::min(sum[i], kVeryMuch);
  }
  return sum;
}

// The first measure whose limit is passed; the end: none is.
const Measure* passed_by(const Amount& amount) {
  return std::ranges::find_if(kMeasures, [&](const Measure& measure) {
    return amount[static_cast<std::size_t>(&measure - kMeasures.data())] > measure.limit;
  });
}
bool fits(const Amount& amount) { return passed_by(amount) == kMeasures.end(); }

class BoundFinder {
 public:
  BoundFinder(const ZoneSet& zones, const AliasGraph& graph, Diagnostics& diagnostics)
      : zones_(zones),
        graph_(graph),
        diagnostics_(diagnostics),
        bounds_(graph.size()),
        too_much_(graph.size()) {}

  void run(std::span<const GroupNumber> order) {
    std::vector<bool> is_of_tree(graph_.size());
    for (const GroupNumber group : order) {
      is_of_tree[group] = is_of_tree[group] || graph_.has_alias(group);
      for (const GroupNumber target : graph_.targets(group)) is_of_tree[target] = true;
    }
    for (const GroupNumber group : order) {
      if (is_of_tree[group]) find(group);
    }
    told_.finish(diagnostics_);
  }

 private:
  void find(GroupNumber group) {
    const std::size_t wanted = graph_[group].group().max_answers;
    const std::vector<Amount> branches = branches_of(group);
    Amount& bound = bounds_[group] = sum_of_largest(branches, wanted);
    if (!graph_.has_alias(group) || fits(bound)) return;
    // Where ways meet they lead to the same: a group is asked once, and so it answers once.
    const Amount once = sum_of_all_behind(group);
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i] = std::min(bound[i], once[i]);
    if (!fits(bound)) report(group, branches);
  }

  // What each set may give.
  [[nodiscard]] std::vector<Amount> branches_of(GroupNumber number) const {
    const GroupAt& at = graph_[number];
    std::vector<Amount> amounts;
    for (const RoutedSet& set : at.zone->zone->sets_of(at.group())) {
      const std::optional<GroupNumber> next = target_of(at, set);
      amounts.push_back(next ? bounds_[*next] : own_amount(at, set));
    }
    return amounts;
  }

  // The group that an alias leads to.
  [[nodiscard]] std::optional<GroupNumber> target_of(const GroupAt& at,
                                                     const RoutedSet& set) const {
    if (set.kind != RoutedSet::Kind::kAlias) return std::nullopt;
    const Link& link = zones_.link(*at.zone, set.target);
    if (link.set == nullptr || link.set->flags != SetHead::kRouted) return std::nullopt;
    return link.zone->group_base + link.set->body;
  }

  // Of a set that leads to no group: its values or those of the plain set that it leads to.
  [[nodiscard]] Amount own_amount(const GroupAt& at, const RoutedSet& set) const {
    if (set.kind == RoutedSet::Kind::kImage) return amount_of(*at.zone->zone->image(set.target));
    if (set.kind == RoutedSet::Kind::kEmpty) return {};
    const Link& link = zones_.link(*at.zone, set.target);
    return link.set == nullptr ? Amount{} : amount_of(*link.zone->zone->image(link.set->body));
  }

  [[nodiscard]] Amount own_amount(GroupNumber number) const {
    const GroupAt& at = graph_[number];
    std::vector<Amount> amounts;
    for (const RoutedSet& set : at.zone->zone->sets_of(at.group())) {
      if (!target_of(at, set)) amounts.push_back(own_amount(at, set));
    }
    return sum_of_largest(amounts, at.group().max_answers);
  }

  // As if every group behind `start` gave all that it can by itself.
  [[nodiscard]] Amount sum_of_all_behind(GroupNumber start) const {
    std::vector<GroupNumber> gathered = {start};
    std::unordered_set<GroupNumber> known = {start};
    std::vector<Amount> amounts;
    for (std::size_t at = 0; at < gathered.size(); ++at) {
      // Such a tree was told of and is not served.
      if (gathered.size() > kMaxGroupsPerTree) return bounds_[start];
      amounts.push_back(own_amount(gathered[at]));
      for (const GroupNumber target : graph_.targets(gathered[at])) {
        if (known.insert(target).second) gathered.push_back(target);
      }
    }
    return sum_of_largest(amounts, amounts.size());
  }

  // Only of the smallest tree that has too much.
  void report(GroupNumber group, const std::vector<Amount>& branches) {
    const bool told = std::ranges::any_of(graph_.targets(group),
                                          [this](GroupNumber target) { return too_much_[target]; });
    too_much_[group] = true;
    const Place& place = place_of_largest_alias(group, branches);
    if (told || !told_.admits(place)) return;
    const GroupInfo& info = graph_[group].info();
    const Measure& passed = *passed_by(bounds_[group]);
    const std::size_t much = bounds_[group][static_cast<std::size_t>(&passed - kMeasures.data())];
    diagnostics_.error(
        place, to_string(info.owner) + " " + to_string(info.type) + " may answer with " +
                   (much < kVeryMuch ? std::to_string(much) : "very many") + " " +
                   std::string(passed.name) + " over its aliases, since maxAnswers is " +
                   std::to_string(graph_[group].group().max_answers) + "; " +
                   std::to_string(passed.limit) + " are possible; write maxAnswers " +
                   std::to_string(most_that_fit(branches)) + ", or let the aliases lead to less");
  }

  // The largest maxAnswers that is possible.
  static std::size_t most_that_fit(const std::vector<Amount>& branches) {
    std::size_t count = 1;
    while (fits(sum_of_largest(branches, count + 1))) ++count;
    return count;
  }

  [[nodiscard]] const Place& place_of_largest_alias(GroupNumber number,
                                                    const std::vector<Amount>& branches) const {
    const GroupAt& at = graph_[number];
    const auto measure = static_cast<std::size_t>(passed_by(bounds_[number]) - kMeasures.data());
    const auto sets = at.zone->zone->sets_of(at.group());
    const RoutedSet* largest = nullptr;
    for (const RoutedSet& set : sets) {
      const auto amount = [&](const RoutedSet& of) {
        return branches[static_cast<std::size_t>(&of - sets.data())][measure];
      };
      if (set.kind != RoutedSet::Kind::kAlias) continue;
      if (largest == nullptr || amount(set) > amount(*largest)) largest = &set;
    }
    return at.zone->zone->info().links[largest->target].place;
  }

  const ZoneSet& zones_;
  const AliasGraph& graph_;
  Diagnostics& diagnostics_;
  std::vector<Amount> bounds_;
  std::vector<bool> too_much_;
  Told told_{"groups whose aliases lead to too much"};
};

}  // namespace

void check_answer_bounds(const ZoneSet& zones, const AliasGraph& graph,
                         std::span<const GroupNumber> order, Diagnostics& diagnostics) {
  BoundFinder(zones, graph, diagnostics).run(order);
}

}  // namespace rhumb
