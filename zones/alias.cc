#include "zones/alias.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "text/suggest.h"
#include "zones/chain.h"

namespace rhumb {
namespace {

std::string text_of(const Node& node) { return to_string(*Name::from_wire(node.name())); }

// `name` without the zone's own and the dot before it.
std::string text_below(const Name& name, const Name& apex) {
  const std::string text = to_string(name);
  const std::size_t kept = text.size() - (apex.is_root() ? 0 : to_string(apex).size());
  return text.substr(0, kept == 0 ? 0 : kept - 1);
}

Type other_family(Type type) { return type == Type::kA ? Type::kAaaa : Type::kA; }

// What the alias leads to at this name, if it is of that type or, of a pair, of the other family.
const SetHead* find_wanted(const Node& node, const AliasInfo& alias) {
  const SetHead* const set = find_set(node, alias.type);
  return set != nullptr || !alias.of_pair ? set : find_set(node, other_family(alias.type));
}

std::string suggest(const Zone& zone, const AliasInfo& alias, TargetNames* names) {
  if (names == nullptr) return {};
  const Name& apex = zone.info().apex;
  const auto nearest = nearest_word(text_below(alias.target, apex), names->of(zone, alias));
  if (!nearest || nearest->empty()) return {};
  const std::string above = apex.is_root() ? "" : to_string(apex);
  return "; did you mean " + std::string(*nearest) + "." + above + "?";
}

// Why the zone does not have the name itself.
Error explain_absence(const Zone& zone, const FoldedName& name, const AliasInfo& alias,
                      TargetNames* names) {
  int missing = 0;
  const Node* node = zone.find(name, 0);
  while (node == nullptr || node->has(Node::kHidden)) node = zone.find(name, ++missing);
  const std::string text = to_string(alias.target);
  if (node->has(Node::kCut)) {
    return {text + (missing == 0 ? " is delegated" : " stands below the delegation of ") +
            (missing == 0 ? "" : text_of(*node)) +
            ", so that other servers decide what it has; an alias needs a name of this server"};
  }
  if (node->has(Node::kDname)) {
    return {text + " stands below the DNAME of " + text_of(*node) +
            "; write the name that it leads to"};
  }
  if (node->has(Node::kWildChild)) {
    const std::string wildcard = text_of(*zone.wildcard(*node));
    return {text + " is a wildcard's, " + wildcard + "; write that name, or give " + text +
            " record sets of its own"};
  }
  return {"the zone " + to_string(zone.info().apex) + " has no name " + text +
          suggest(zone, alias, names)};
}

// Why the name has nothing for the alias.
Error explain_want(const Zone& zone, const Node& node, const AliasInfo& alias, TargetNames* names) {
  const std::string text = to_string(alias.target);
  if (find_set(node, Type::kCname) != nullptr) {
    return {text + " has a CNAME; write the name that it leads to, or an alias of type CNAME"};
  }
  const std::string wanted =
      alias.of_pair ? "neither A nor AAAA records" : "no " + to_string(alias.type) + " records";
  return {text + " has " + wanted + "; an alias leads to a record set of its own type" +
          suggest(zone, alias, names)};
}

}  // namespace

std::span<const std::string_view> TargetNames::of(const Zone& zone, const AliasInfo& alias) {
  const auto [known, is_new] = names_.try_emplace({&zone, alias.type, alias.of_pair});
  Names& names = known->second;
  if (!is_new) return names.words;
  std::vector<std::string> routed;
  std::vector<std::string> others;
  for (const Node* const node : zone.nodes()) {
    const bool is_own = !node->has(Node::kHidden) && !node->has(Node::kCut);
    const SetHead* const set = is_own ? find_wanted(*node, alias) : nullptr;
    if (set == nullptr) continue;
    const bool is_routed = (set->flags & SetHead::kRouted) != 0;
    std::vector<std::string>& texts = is_routed ? routed : others;
    if (texts.size() <= kMaxSuggestWords) {
      texts.push_back(text_below(*Name::from_wire(node->name()), zone.info().apex));
    }
  }
  std::ranges::sort(routed);
  std::ranges::sort(others);
  names.texts = std::move(routed);
  if (names.texts.size() + others.size() <= kMaxSuggestWords) {
    names.texts.insert(names.texts.end(), others.begin(), others.end());
  }
  names.words.assign(names.texts.begin(), names.texts.end());
  return names.words;
}

Result<AliasTarget> find_target(const ZoneSet& zones, const AliasInfo& alias, TargetNames* names) {
  FoldedName name;
  fold(alias.target.wire(), name);
  const ZoneRef* const zone = zones.find(name, alias.type);
  if (zone == nullptr) {
    return Error{to_string(alias.target) +
                 " is in no zone that is served here; an alias leads to a name of this server, a "
                 "CNAME to any"};
  }
  const Node* const node = zone->zone->find(name, 0);
  const bool is_own = node != nullptr && !node->has(Node::kHidden) && !node->has(Node::kCut);
  if (!is_own) return explain_absence(*zone->zone, name, alias, names);
  const SetHead* const set = find_wanted(*node, alias);
  if (set == nullptr) return explain_want(*zone->zone, *node, alias, names);
  if (set->type == alias.type) {
    return AliasTarget{.link = {.zone = zone, .node = node, .set = set}, .judged = set};
  }
  return AliasTarget{.link = {.zone = zone, .node = nullptr, .set = nullptr}, .judged = set};
}

}  // namespace rhumb
