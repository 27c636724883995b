#include "zones/advise_families.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::string_view kOneSet = "write record sets of type: [A, AAAA]";

std::string to_text(OnAllUnhealthy rule) {
  switch (rule) {
    case OnAllUnhealthy::kIgnoreHealth:
      return "onAllUnhealthy: ignoreHealth";
    case OnAllUnhealthy::kNoData:
      return "onAllUnhealthy: noData";
    case OnAllUnhealthy::kServFail:
      return "onAllUnhealthy: servfail";
  }
  return {};
}

std::string routing_text(Policy policy) { return std::string(to_string(policy)) + " routing"; }

using Set = GroupInfo::Set;

// The sets of a group by identifier.
std::vector<const Set*> by_identifier(const GroupInfo& group) {
  std::vector<const Set*> sets;
  sets.reserve(group.sets.size());
  for (const Set& set : group.sets) sets.push_back(&set);
  std::ranges::sort(sets, {}, &Set::identifier);
  return sets;
}

// Tells the first difference between the groups of a name, A and AAAA.
class FamilyAdvisor {
 public:
  FamilyAdvisor(const AdviceView& view, const AdvisedGroup& v4, const AdvisedGroup& v6)
      : view_(view), v4_(v4), v6_(v6) {}

  void run() {
    if (differ_in_options()) return;
    const std::vector<const Set*> v4 = by_identifier(v4_.info);
    const std::vector<const Set*> v6 = by_identifier(v6_.info);
    for (std::size_t i = 0; i < std::max(v4.size(), v6.size()); ++i) {
      if (i == v6.size() || (i < v4.size() && v4[i]->identifier < v6[i]->identifier)) {
        return tell_of_lack(v4_, *v4[i], Type::kAaaa);
      }
      if (i == v4.size() || v6[i]->identifier < v4[i]->identifier) {
        return tell_of_lack(v6_, *v6[i], Type::kA);
      }
      if (differ(*v4[i], *v6[i])) return;
    }
  }

 private:
  bool differ_in_options() {
    const Group& v4 = v4_.group;
    const Group& v6 = v6_.group;
    const auto number = [](const std::string& option, std::uint32_t value) {
      return option + " " + std::to_string(value);
    };
    const auto sticky = [](bool is_sticky) { return is_sticky ? "sticky: client" : "no sticky"; };
    if (v4.policy != v6.policy) {
      tell_of_options(routing_text(v4.policy), routing_text(v6.policy));
    } else if (v4.max_answers != v6.max_answers) {
      tell_of_options(number("maxAnswers", v4.max_answers), number("maxAnswers", v6.max_answers));
    } else if (v4_.info.min_healthy != v6_.info.min_healthy) {
      tell_of_options(number("minHealthy", v4_.info.min_healthy),
                      number("minHealthy", v6_.info.min_healthy));
    } else if (v4.on_all_unhealthy != v6.on_all_unhealthy) {
      tell_of_options(to_text(v4.on_all_unhealthy), to_text(v6.on_all_unhealthy));
    } else if (v4.sticky != v6.sticky) {
      tell_of_options(sticky(v4.sticky), sticky(v6.sticky));
    } else {
      return false;
    }
    return true;
  }

  bool differ(const Set& v4, const Set& v6) {
    if (v4.suits != v6.suits) {
      tell_of_sets(v6, v4.suits, v6.suits);
    } else if (v4.weight != v6.weight) {
      tell_of_sets(v6, "weight " + std::to_string(v4.weight),
                   "weight " + std::to_string(v6.weight));
    } else if (v4.check_id != v6.check_id) {
      tell_of_sets(v6, check_text(v4), check_text(v6));
    } else if (lead_apart(v4, v6)) {
      tell_of_sets(v6, alias_text(v4_, v4), alias_text(v6_, v6));
    } else {
      return false;
    }
    return true;
  }

  static std::string check_text(const Set& set) {
    return set.check_id.empty() ? "no health check" : "the health check " + in_quotes(set.check_id);
  }

  [[nodiscard]] bool lead_apart(const Set& v4, const Set& v6) const {
    if (!v4.link || !v6.link) return v4.link.has_value() != v6.link.has_value();
    const AliasInfo& one = v4_.alias(v4);
    const AliasInfo& other = v6_.alias(v6);
    return !(one.target == other.target) || one.evaluate_health != other.evaluate_health;
  }

  static std::string alias_text(const AdvisedGroup& at, const Set& set) {
    if (!set.link) return "values";
    const AliasInfo& alias = at.alias(set);
    return "an alias of " + to_string(alias.target) +
           (alias.evaluate_health ? "" : " whatever its health");
  }

  void tell_of_options(const std::string& of_v4, const std::string& of_v6) {
    tell(v6_.info.place,
         to_string(v4_.info.owner) + " has " + of_v4 + " for A and " + of_v6 + " for AAAA",
         "write type: [A, AAAA] in records and routing");
  }

  void tell_of_sets(const Set& v6, const std::string& of_v4, const std::string& of_v6) {
    std::string owner = to_string(v4_.info.owner);
    if (!v6.identifier.empty()) owner += " " + in_quotes(v6.identifier);
    tell(v6.place, owner + " has " + of_v4 + " for A and " + of_v6 + " for AAAA", kOneSet);
  }

  void tell_of_lack(const AdvisedGroup& at, const Set& set, Type other) {
    tell(set.place, at.what(set) + " has no namesake in " + to_string(other), kOneSet);
  }

  void tell(const Place& place, const std::string& difference, std::string_view advice) {
    view_.log.add(Advice::kFamilies, place,
                  difference + ": the two families of one client may go to different sites; " +
                      std::string(advice));
  }

  const AdviceView& view_;
  const AdvisedGroup& v4_;
  const AdvisedGroup& v6_;
};

void tell_of_static(const AdviceView& view, const AdvisedGroup& at, Type other) {
  if (!is_steered(view.zones, at)) return;
  view.log.add(Advice::kFamilies, at.info.place,
               at.what() + " is routed and " + to_string(other) + " is not: clients that use " +
                   to_string(other) +
                   " are sent to the same addresses always, be they dead; write record sets of "
                   "type: [A, AAAA]");
}

}  // namespace

void advise_on_families(const AdviceView& view, const AdvisedGroup& at) {
  if (at.info.type != Type::kA && at.info.type != Type::kAaaa) return;
  const bool is_v4 = at.info.type == Type::kA;
  const Type other_type = is_v4 ? Type::kAaaa : Type::kA;
  const SetHead* const other = find_set(*at.zone.zone->node(at.group.owner), other_type);
  if (other == nullptr) return;
  if (other->flags != SetHead::kRouted) return tell_of_static(view, at, other_type);
  if (!is_v4) return;  // told with A
  const AdvisedGroup v6 = advised_group(at.zone, other->body);
  const bool have_choice = is_steered(view.zones, at) || is_steered(view.zones, v6);
  if (have_choice) FamilyAdvisor(view, at, v6).run();
}

}  // namespace rhumb
