#include "zones/advise_order.h"

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "geo/countries.h"
#include "text/quote.h"
#include "zones/alias.h"

namespace rhumb {
namespace {

template <typename Visit>
void each_set(std::span<const std::uint64_t> mask, Visit visit) {
  for (std::size_t word = 0; word < mask.size(); ++word) {
    for (std::uint64_t left = mask[word]; left != 0; left &= left - 1) {
      visit(word * 64 + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
}

Code continent_around(const Area& area) {
  if (!area.continent.empty() || area.country.empty()) return area.continent;
  return continent_of(area.country).value_or(Code());
}

// Whether no client is in both.
bool are_apart(const Area& one, const Area& other) {
  const auto differ = [](Code a, Code b) { return !a.empty() && !b.empty() && a != b; };
  return differ(one.country, other.country) ||
         differ(continent_around(one), continent_around(other)) ||
         (one.asn != 0 && other.asn != 0 && one.asn != other.asn);
}

// The higher, the later it is asked of a client that is in several (geo/order.h).
int lateness(const Area& area) {
  int grade = area.asn != 0 ? 0 : 4;
  if (area.subdivision.empty()) ++grade;
  if (area.country.empty()) ++grade;
  if (area.continent.empty() && area.country.empty()) ++grade;
  return grade;
}

// Whether some client that has `first` among its locations may have `second` behind it.
bool may_follow(const Location& first, const Location& second) {
  if (first == second) return true;
  if (const auto* const area = std::get_if<Area>(&first)) {
    const auto& other = std::get<Area>(second);
    return lateness(other) >= lateness(*area) && !are_apart(*area, other);
  }
  if (std::holds_alternative<CidrLocation>(first))
    return std::get<CidrLocation>(second).is_default();
  return true;
}

// The sets seen so far, as far as they are alive whenever another one is.
class Outlivers {
 public:
  Outlivers(const AdviceView& view, const AdvisedGroup& at) : view_(view), at_(at) {}

  struct Found {
    std::size_t first = 0;
    std::uint32_t count = 0;

    void add(std::size_t set) {
      if (count++ == 0) first = set;
    }
  };

  void add(std::size_t number) {
    const GroupInfo::Set& set = at_.info.sets[number];
    if (!view_.mortality.can_die(gate_of(at_.zone, at_.group, number))) {
      immortal_.add(number);
    } else if (!set.link) {  // alive as its check is
      by_check_[set.check_id].add(number);
    }
  }

  // Those that are alive whenever this set is.
  [[nodiscard]] Found of(const GroupInfo::Set& set) const {
    Found found = immortal_;
    const auto same = by_check_.find(set.check_id);
    if (set.check_id.empty() || same == by_check_.end()) return found;
    if (found.count == 0) found.first = same->second.first;
    found.count += same->second.count;
    return found;
  }

 private:
  const AdviceView& view_;
  const AdvisedGroup& at_;
  Found immortal_;
  std::unordered_map<std::string_view, Found> by_check_;
};

class OrderAdvisor {
 public:
  OrderAdvisor(const AdviceView& view, const AdvisedGroup& at)
      : view_(view), at_(at), sets_(at.info.sets) {}

  void run() {
    if (sets_.size() < 2) return;
    for (std::size_t i = 0; i < sets_.size(); ++i) advise_on_commitment(i);
    if (is_location_policy(at_.info.policy)) {
      by_location();
    } else {
      by_rank();
    }
  }

 private:
  // Ranks are in order for everyone and never mixed.
  void by_rank() {
    Outlivers before(view_, at_);
    for (std::size_t rank = 0; rank < at_.group.rank_count; ++rank) {
      const auto mask = at_.zone.zone->rank(at_.group, rank);
      if (rank > 0) each_set(mask, [&](std::size_t set) { judge(set, before, 1); });
      each_set(mask, [&](std::size_t set) { before.add(set); });
    }
  }

  // For everyone, the sets of one location are in the order of the file; nothing else is.
  void by_location() {
    for (std::size_t rank = 0; rank < at_.group.rank_count; ++rank) {
      Outlivers before(view_, at_);
      each_set(at_.zone.zone->rank(at_.group, rank), [&](std::size_t set) {
        judge(set, before, at_.group.max_answers);
        before.add(set);
      });
    }
  }

  // Whether `enough` sets that are taken first are alive whenever this one is.
  void judge(std::size_t number, const Outlivers& before, std::uint32_t enough) {
    const Outlivers::Found found = before.of(sets_[number]);
    if (found.count < enough || commits(found.first)) return;
    const GroupInfo::Set& set = sets_[number];
    const GroupInfo::Set& blocker = sets_[found.first];
    if (is_unchecked_primary(blocker)) {
      view_.log.add(Advice::kUncheckedPrimary, blocker.place,
                    at_.what(blocker) +
                        " is PRIMARY without a health check: it counts as alive "
                        "always, so that " +
                        in_quotes(set.identifier) + " is never chosen; write healthCheckId in " +
                        in_quotes(blocker.identifier));
      return;
    }
    view_.log.add(Advice::kNeverChosen, set.place,
                  at_.what(set) + " is never chosen: " + in_quotes(blocker.identifier) +
                      " comes before it and " + cause(found.first, set));
  }

  [[nodiscard]] bool is_unchecked_primary(const GroupInfo::Set& set) const {
    return at_.info.policy == Policy::kFailover && set.tier == 1 && set.check_id.empty() &&
           !set.link;
  }

  // Why one set outlives another, and what to do about it.
  [[nodiscard]] std::string cause(std::size_t number, const GroupInfo::Set& other) const {
    const GroupInfo::Set& set = sets_[number];
    if (can_die(number)) {
      return "has the same health check, so that both die at once; give " +
             in_quotes(other.identifier) + " a check of its own";
    }
    if (!set.check_id.empty() && !view_.check(set.check_id)->disabled) {
      return "cannot die, since enough of the children of its health check " +
             in_quotes(set.check_id) + " are disabled; remove disabled: true there";
    }
    if (!set.check_id.empty()) {
      return "cannot die, since its health check " + in_quotes(set.check_id) +
             " is disabled; remove disabled: true there";
    }
    if (set.link) {
      const std::string target = to_string(at_.alias(set).target);
      return "cannot die, since " + target + " cannot; give the record sets of " + target +
             " health checks";
    }
    return "cannot die, since it has no health check; write healthCheckId in " +
           in_quotes(set.identifier);
  }

  [[nodiscard]] bool can_die(std::size_t number) const {
    return view_.mortality.can_die(gate_of(at_.zone, at_.group, number));
  }

  // Whether it is alive always, though it leads to what can die.
  [[nodiscard]] bool commits(std::size_t number) const {
    const GroupInfo::Set& set = sets_[number];
    if (!set.link || can_die(number)) return false;
    const AliasInfo& alias = at_.alias(set);
    if (alias.evaluate_health) return false;
    const Result<AliasTarget> target = find_target(view_.zones, alias, nullptr);
    if (!target.ok() || target.value().judged->flags != SetHead::kRouted) return false;
    const ZoneRef& zone = *target.value().link.zone;
    return view_.mortality.can_die(gate_of(zone, zone.zone->groups()[target.value().judged->body]));
  }

  void advise_on_commitment(std::size_t number) {
    const GroupInfo::Set& set = sets_[number];
    if (!commits(number) || !has_successor(number)) return;
    const AliasInfo& alias = at_.alias(set);
    const std::string target = to_string(alias.target);
    view_.log.add(Advice::kCommitted, alias.place,
                  at_.what(set) + " has evaluateTargetHealth: false: when all of " + target +
                      " is dead, clients are still sent there and not to the other sets; leave "
                      "evaluateTargetHealth: false out");
  }

  // Whether another set would be chosen instead, were this one dead.
  [[nodiscard]] bool has_successor(std::size_t number) const {
    const GroupInfo::Set& set = sets_[number];
    const auto key = [](const GroupInfo::Set& one) {
      return std::tuple(one.tier, one.weight == 0);
    };
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      if (i == number) continue;
      if (set.location ? may_follow(*set.location, *sets_[i].location)
                       : key(sets_[i]) >= key(set)) {
        return true;
      }
    }
    return false;
  }

  const AdviceView& view_;
  const AdvisedGroup& at_;
  const std::vector<GroupInfo::Set>& sets_;
};

}  // namespace

void advise_on_order(const AdviceView& view, const AdvisedGroup& at) {
  OrderAdvisor(view, at).run();
}

}  // namespace rhumb
