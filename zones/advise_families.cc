#include "zones/advise_families.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::string_view kOneSet = "write record sets of type: [A, AAAA]";
constexpr std::string_view kSameOptions = "write type: [A, AAAA] in records and routing";

std::string_view to_text(OnAllUnhealthy rule) {
  switch (rule) {
    case OnAllUnhealthy::kIgnoreHealth:
      return "ignoreHealth";
    case OnAllUnhealthy::kNoData:
      return "noData";
    case OnAllUnhealthy::kServFail:
      return "servfail";
  }
  return {};
}

// Finds the first difference between the groups of a name, A and AAAA.
class FamilyAdvisor {
 public:
  FamilyAdvisor(const AdviceView& view, const AdvisedGroup& v4, const AdvisedGroup& v6)
      : view_(view), v4_(v4), v6_(v6) {}

  void run() {
    if (differ_in_options() || lacks_sets()) return;
    std::unordered_map<std::string_view, const GroupInfo::Set*> of_v4;
    for (const GroupInfo::Set& set : v4_.info.sets) of_v4.emplace(set.identifier, &set);
    for (const GroupInfo::Set& set : v6_.info.sets) {
      if (differ(*of_v4.at(set.identifier), set)) return;
    }
  }

 private:
  bool differ_in_options() {
    const std::string owner = to_string(v4_.info.owner);
    const auto compare = [&](const std::string& what, const std::string& of_v4,
                             const std::string& of_v6) {
      return tell_if_different(v6_.info.place, owner, what, of_v4, of_v6, kSameOptions);
    };
    const Group& v4 = v4_.group;
    const Group& v6 = v6_.group;
    return compare("the policy ", std::string(to_string(v4.policy)),
                   std::string(to_string(v6.policy))) ||
           compare("maxAnswers ", std::to_string(v4.max_answers), std::to_string(v6.max_answers)) ||
           compare("minHealthy ", std::to_string(v4_.info.min_healthy),
                   std::to_string(v6_.info.min_healthy)) ||
           compare("onAllUnhealthy ", std::string(to_text(v4.on_all_unhealthy)),
                   std::string(to_text(v6.on_all_unhealthy))) ||
           compare("sticky: ", v4.sticky ? "client" : "nothing", v6.sticky ? "client" : "nothing");
  }

  bool lacks_sets() { return lacks_set(v4_, v6_) || lacks_set(v6_, v4_); }

  // Whether some set of `one` has no namesake in the other.
  bool lacks_set(const AdvisedGroup& one, const AdvisedGroup& other) {
    std::unordered_map<std::string_view, int> known;
    for (const GroupInfo::Set& set : other.info.sets) ++known[set.identifier];
    for (const GroupInfo::Set& set : one.info.sets) {
      if (known.contains(set.identifier)) continue;
      tell(set.place, one.what(set) + " has no namesake in " + to_string(other.info.type), kOneSet);
      return true;
    }
    return false;
  }

  bool differ(const GroupInfo::Set& v4, const GroupInfo::Set& v6) {
    std::string owner = to_string(v4_.info.owner);
    if (!v6.identifier.empty()) owner += " " + in_quotes(v6.identifier);
    const auto compare = [&](const std::string& what, const std::string& of_v4,
                             const std::string& of_v6) {
      return tell_if_different(v6.place, owner, what, of_v4, of_v6, kOneSet);
    };
    return compare("", v4.suits, v6.suits) ||
           compare("weight ", std::to_string(v4.weight), std::to_string(v6.weight)) ||
           compare("", check_text(v4), check_text(v6)) ||
           compare("", alias_text(v4_, v4), alias_text(v6_, v6));
  }

  static std::string check_text(const GroupInfo::Set& set) {
    return set.check_id.empty() ? "no health check" : "the health check " + in_quotes(set.check_id);
  }

  static std::string alias_text(const AdvisedGroup& at, const GroupInfo::Set& set) {
    if (!set.link) return "values";
    const AliasInfo& alias = at.alias(set);
    return "an alias of " + to_string(alias.target.lower()) +
           (alias.evaluate_health ? "" : " whatever its health");
  }

  bool tell_if_different(const Place& place, const std::string& owner, const std::string& what,
                         const std::string& of_v4, const std::string& of_v6,
                         std::string_view advice) {
    if (of_v4 == of_v6) return false;
    tell(place, owner + " has " + what + of_v4 + " for A and " + of_v6 + " for AAAA", advice);
    return true;
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
