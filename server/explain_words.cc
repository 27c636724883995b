#include "server/explain_words.h"

#include <algorithm>

#include "health/gates.h"

namespace rhumb {
namespace {

using Kind = Explain::Step::Kind;

const GroupInfo& info_of(const ZoneRef& zone, const Group& group) {
  const auto number = static_cast<std::size_t>(&group - zone.zone->groups().data());
  return zone.zone->info().groups[number];
}

std::string owner_of(const Node& node) {
  const auto name = Name::from_wire(node.name());
  return name ? to_string(*name) : std::string();
}

void add(std::string& text, std::string_view more) {
  if (!text.empty()) text += "; ";
  text += more;
}

// Of the sets of a group that an alias leads to.
std::string count_of_alive(const View& view, const ZoneRef& zone, const Group& group) {
  std::size_t alive = 0;
  for (std::uint32_t set = 0; set < group.set_count; ++set) {
    if (gate_bit(view.alive, zone.gate_base + group.first_gate + set)) ++alive;
  }
  const GroupInfo& info = info_of(zone, group);
  std::string text = std::to_string(alive) + " of its " + std::to_string(group.set_count) +
                     (group.set_count == 1 ? " set" : " sets") + " alive";
  if (info.min_healthy > 1) text += ", minHealthy " + std::to_string(info.min_healthy);
  return text;
}

}  // namespace

std::string ExplainWords::client(const ExplainQuestion& question) const {
  const std::string subnet = question.subnet ? to_string(*question.subnet) : std::string();
  switch (explain_.from) {
    case ClientFrom::kSource:
      return "where the query comes from";
    case ClientFrom::kSubnet:
      return "of the subnet " + subnet + " that the query tells of";
    case ClientFrom::kSubnetOff:
      return "where the query comes from: clientSubnet is off";
    case ClientFrom::kSubnetEmpty:
      return "where the query comes from: the subnet " + subnet + " has no bits";
    case ClientFrom::kSubnetSpecial:
      return "where the query comes from: the subnet " + subnet +
             " is special-purpose (RFC 6890) and no override covers it";
  }
  return {};
}

std::string ExplainWords::ttl() const {
  const Explain::Step& step = explain_.steps()[explain_.ttl.step];
  if (explain_.ttl.set != Explain::kNone) {
    const std::string& identifier = set(step, explain_.ttl.set).identifier;
    const std::string whose = identifier.empty() ? "the set" : "the set " + identifier;
    return whose + " of " + of_group(step);
  }
  switch (step.kind) {
    case Kind::kNoSuchType:
    case Kind::kNoSuchName:
    case Kind::kGroup:
      return "the SOA of " + to_string(step.zone->zone->info().apex);
    case Kind::kSet:
    case Kind::kDname:
    case Kind::kHinfo:
    case Kind::kReferral:
    case Kind::kNameTooLong:
    case Kind::kElsewhere:
    case Kind::kChainTooLong:
      break;
  }
  return "the records of " + of_group(step);
}

std::string ExplainWords::scope() const {
  const Scope& scope = explain_.scope;
  const std::string reached = scope.group == nullptr
                                  ? std::string()
                                  : to_string(info_of(*scope.zone, *scope.group).owner) + " " +
                                        to_string(info_of(*scope.zone, *scope.group).type);
  switch (scope.cause) {
    case ScopeCause::kNone:
      return explain_.wants_scope ? "the answer is the same for every client"
                                  : "no subnet was told, so none is returned";
    case ScopeCause::kSpecial:
      return "special-purpose addresses (RFC 6890) begin beside it";
    case ScopeCause::kRule:
      return "all clients in it have the same order in what is reached from " + reached;
    case ScopeCause::kSticky:
      return "what is reached from " + reached + " is sticky by client network";
  }
  return {};
}

std::string ExplainWords::rcode(const ExplainQuestion& question) const {
  if (explain_.step_count > 0) return {};
  if (question.type == Type::kAxfr || question.type == Type::kIxfr) {
    return "zones are not transferred";
  }
  return "no zone here holds this name";
}

std::string ExplainWords::name(const Explain::Step& step) const {
  if (step.node != nullptr) return owner_of(*step.node);
  return to_string(step.zone->zone->info().apex);
}

std::string ExplainWords::type(const Explain::Step& step) {
  return step.node == nullptr && step.group == nullptr ? std::string() : to_string(step.type);
}

std::string ExplainWords::policy(const Explain::Step& step) {
  if (step.kind == Kind::kGroup) return std::string(to_string(step.group->policy));
  return step.kind == Kind::kSet ? "static" : "";
}

std::string ExplainWords::outcome(const Explain::Step& step) const {
  switch (step.kind) {
    case Kind::kGroup:
      break;
    case Kind::kSet:
      return "the same for every client";
    case Kind::kDname:
      return "a DNAME leads to another name";
    case Kind::kHinfo:
      return "ANY gets HINFO alone (RFC 8482)";
    case Kind::kReferral:
      return "delegated: the answer is a referral";
    case Kind::kNoSuchType:
      return "NODATA: the name has no records of this type";
    case Kind::kNoSuchName:
      return "NXDOMAIN: there is no such name in the zone";
    case Kind::kNameTooLong:
      return "the DNAME makes a name that is too long";
    case Kind::kElsewhere:
      return "the CNAME leads out of the zone; the client asks on";
    case Kind::kChainTooLong:
      return "the chain of CNAMEs is too long or a loop; the client asks on";
  }
  const auto candidates = explain_.candidates(step);
  const bool any = std::ranges::any_of(candidates, &Explain::Candidate::suits);
  switch (step.choice) {
    case Choice::kStatic:
    case Choice::kPreferred:
      return "the first choice is alive";
    case Choice::kDegraded:
      return "a better candidate is dead";
    case Choice::kLastResort:
      return "last resort: nothing that suits is alive, and health is ignored";
    case Choice::kNoData:
      return any ? "NODATA: nothing that suits is alive" : "NODATA: nothing suits this client";
    case Choice::kServFail:
      return "SERVFAIL: nothing that suits is alive";
  }
  return {};
}

const GroupInfo::Set& ExplainWords::set(const Explain::Step& step, std::uint16_t number) {
  return info_of(*step.zone, *step.group).sets[number];
}

std::string ExplainWords::reason(const Explain::Step& step,
                                 const Explain::Candidate& candidate) const {
  const GroupInfo::Set& info = set(step, candidate.set);
  std::string text;
  if (!candidate.suits) add(text, "not for this client");
  const CheckWords check = info.check_id.empty() ? CheckWords{} : tellers_.check(info.check_id);
  if (const std::string said = of_operator(candidate, info, check.of_operator); !said.empty()) {
    add(text, said);
  }
  if (!info.check_id.empty()) add(text, info.check_id + " " + check.text);
  if (info.link) add(text, of_alias(step, *info.link));
  const bool is_empty =
      step.zone->zone->sets_of(*step.group)[candidate.set].kind == RoutedSet::Kind::kEmpty;
  if (is_empty) add(text, "has no " + to_string(step.type) + " records");
  return text.empty() ? "no check: always alive" : text;
}

// Of the set itself; what its check says may be enough.
std::string ExplainWords::of_operator(const Explain::Candidate& candidate,
                                      const GroupInfo::Set& info, bool is_said) const {
  std::string drains = tellers_.drains(info.labels);
  if (!drains.empty()) return drains;
  return candidate.standing || is_said ? std::string() : "taken out by an operator";
}

std::string ExplainWords::of_group(const Explain::Step& step) const {
  const std::string of_type = type(step);
  return of_type.empty() ? name(step) : name(step) + " " + of_type;
}

std::string ExplainWords::of_alias(const Explain::Step& step, std::uint32_t number) const {
  const AliasInfo& alias = step.zone->zone->info().links[number];
  std::string text = "alias of " + to_string(alias.target);
  const Link& link = view_.zones->link(*step.zone, number);
  if (link.set == nullptr) return text + ", which has no " + to_string(step.type) + " records";
  if ((link.set->flags & SetHead::kRouted) == 0) return text + ", which is not routed";
  const Group& group = link.zone->zone->groups()[link.set->body];
  text += ": " + count_of_alive(view_, *link.zone, group);
  return alias.evaluate_health ? text : text + ", which is not evaluated";
}

}  // namespace rhumb
