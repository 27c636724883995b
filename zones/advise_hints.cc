#include "zones/advise_hints.h"

#include <optional>
#include <string>

#include "zones/chain.h"
#include "zones/hints.h"
#include "zones/image.h"

namespace rhumb {
namespace {

// Whether a steered group of `type` answers for a name, in any zone.
bool is_steered_name(const AdviceView& view, const Name& name, Type type) {
  FoldedName folded;
  fold(name.wire(), folded);
  const ZoneRef* const zone = view.zones.find(folded, type);
  if (zone == nullptr) return false;
  const Source source = source_of(*zone->zone, folded);
  if (source.node == nullptr || source.below != 0) return false;
  const SetHead* const set = find_set(*source.node, type);
  return set != nullptr && set->flags == SetHead::kRouted &&
         is_steered(view.zones, advised_group(*zone, set->body));
}

Place place_of(const Zone& zone, const HintedSet& hinted) {
  const auto& sources = zone.info().sources;
  return {.file = hinted.file < sources.size() ? sources[hinted.file].path : std::string(),
          .line = hinted.line,
          .column = hinted.column};
}

const Image& image_of(const Zone& zone, const SetHead& set) {
  const bool is_routed = set.flags == SetHead::kRouted;
  return *zone.image(is_routed ? zone.sets_of(zone.groups()[set.body]).front().target : set.body);
}

void advise_on(const AdviceView& view, const Zone& zone, const HintedSet& hinted,
               const Hints& hints) {
  const Name owner = *Name::from_wire(zone.node(hinted.owner)->name());
  const Name& target = hints.target.is_root() ? owner : hints.target;
  std::string keys;
  if (hints.v4 && is_steered_name(view, target, Type::kA)) keys = "ipv4hint";
  if (hints.v6 && is_steered_name(view, target, Type::kAaaa)) {
    keys += keys.empty() ? "ipv6hint" : " and ipv6hint";
  }
  if (keys.empty()) return;
  view.log.add(Advice::kHint, place_of(zone, hinted),
               to_string(owner) + " " + to_string(hinted.type) + " has " + keys +
                   ", but the addresses of " + to_string(target) +
                   " are routed: clients may use the hint instead, be it of a dead or a distant "
                   "site; leave " +
                   keys + " out");
}

}  // namespace

void advise_on_hints(const AdviceView& view, const ZoneRef& zone) {
  for (const HintedSet& hinted : zone.zone->info().hinted) {
    const SetHead* const set = find_set(*zone.zone->node(hinted.owner), hinted.type);
    each_rdata(image_of(*zone.zone, *set), [&](std::span<const std::uint8_t> rdata) {
      const std::optional<Hints> hints = hints_of(rdata);
      if (hints) advise_on(view, *zone.zone, hinted, *hints);
    });
  }
}

}  // namespace rhumb
