#include "zones/routed_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ip.h"
#include "dns/name.h"
#include "zones/chain.h"

namespace rhumb {
namespace {

// Where a group leads that is no more than an alias; null when it chooses.
const Link* plain_alias(const ZoneSet& zones, const ZoneRef& zone, std::uint32_t number) {
  const Group& group = zone.zone->groups()[number];
  const RoutedSet& first = zone.zone->sets_of(group).front();
  const bool is_checked = !zone.zone->info().groups[number].sets.front().check_id.empty();
  if (group.policy != Policy::kSimple || is_checked) return nullptr;
  return first.kind == RoutedSet::Kind::kAlias ? &zones.link(zone, first.target) : nullptr;
}

// Whether the set is routed, or is an alias of one that is: then who asks decides what it says.
bool is_routed(const ZoneSet& zones, const ZoneRef& zone, const SetHead* set) {
  const ZoneRef* at = &zone;
  for (int depth = 0; set != nullptr && (set->flags & SetHead::kRouted) != 0; ++depth) {
    const Link* const link = plain_alias(zones, *at, set->body);
    if (link == nullptr || depth == kMaxAliasDepth) return true;
    at = link->zone;
    set = link->set;
  }
  return false;
}

// Of the sets that are asked for an address.
bool is_routed(const ZoneSet& zones, const ZoneRef& zone, const Node& node) {
  constexpr std::array kAsked = {Type::kA, Type::kAaaa, Type::kCname};
  return std::ranges::any_of(
      kAsked, [&](Type type) { return is_routed(zones, zone, find_set(node, type)); });
}

}  // namespace

bool is_routed_here(const ZoneSet& zones, const std::string& host) {
  if (host.empty() || IpAddress::parse(host)) return false;
  const Result<Name> parsed = Name::parse(host, Name());
  if (!parsed.ok()) return false;
  FoldedName name;
  fold(parsed.value().wire(), name);
  for (int followed = 0; followed <= kMaxFollowed; ++followed) {
    const ZoneRef* const zone = zones.find(name, Type::kA);
    if (zone == nullptr) return false;
    const Source source = source_of(*zone->zone, name);
    if (source.node == nullptr) return false;
    if (source.below == 0 && is_routed(zones, *zone, *source.node)) return true;
    const auto next = next_of(*zone->zone, source, name);
    // Longer than a name may be: RFC 6672 §2.2.
    if (!next || fold(*next, name) == 0) return false;
  }
  return false;
}

}  // namespace rhumb
