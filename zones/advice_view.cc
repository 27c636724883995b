#include "zones/advice_view.h"

#include <algorithm>

#include "text/quote.h"

namespace rhumb {

namespace {

// GeoLite2-Country, DBIP-Country-Lite.
bool is_of_countries(std::string_view database_type) {
  return database_type.find("Country") != std::string_view::npos;
}

std::unordered_map<std::string_view, std::size_t> numbers_of(const CheckRefs& checks) {
  std::unordered_map<std::string_view, std::size_t> numbers;
  numbers.reserve(checks.size());
  for (std::size_t i = 0; i < checks.size(); ++i) numbers.emplace(checks[i].id, i);
  return numbers;
}

}  // namespace

KnownOfClients::KnownOfClients(const Atlas& atlas, std::string_view database_type)
    : codes(!atlas.database.empty()),
      coordinates(!atlas.database.empty() && !is_of_countries(database_type)),
      asns(!atlas.asn_database.empty()) {
  for (const Override& entry : atlas.overrides) {
    codes = codes || !entry.place.country.empty() || !entry.place.continent.empty();
    coordinates = coordinates || entry.place.coordinates;
    asns = asns || entry.place.asn != 0;
  }
  round_trips = std::ranges::any_of(atlas.latencies, [this](const Latency& latency) {
    switch (latency.source) {
      case Latency::Source::kNetwork:
        return true;
      case Latency::Source::kAsn:
        return asns;
      case Latency::Source::kCountry:
      case Latency::Source::kContinent:
        return codes;
    }
    return false;
  });
}

AdviceView::AdviceView(const ZoneSet& zone_set, KnownOfClients known_of_clients, AdviceLog& advice)
    : zones(zone_set),
      check_numbers(numbers_of(zone_set.checks())),
      detections(zone_set.checks(), check_numbers),
      mortality(zone_set),
      known(known_of_clients),
      log(advice) {}

const CheckSpec* AdviceView::check(std::string_view id) const {
  const auto found = check_numbers.find(id);
  return found == check_numbers.end() ? nullptr : &zones.checks()[found->second];
}

std::string AdvisedGroup::what() const {
  return to_string(info.owner) + " " + to_string(info.type);
}

std::string AdvisedGroup::what(const GroupInfo::Set& set) const {
  return set.identifier.empty() ? what() : what() + " " + in_quotes(set.identifier);
}

AdvisedGroup advised_group(const ZoneRef& zone, std::uint32_t number) {
  return {zone, zone.zone->groups()[number], zone.zone->info().groups[number]};
}

bool is_steered(const ZoneSet& zones, const AdvisedGroup& at) {
  const ZoneRef* zone = &at.zone;
  const Group* group = &at.group;
  for (int depth = 0; depth <= kMaxAliasDepth; ++depth) {
    if (group->set_count > 1) return true;
    const RoutedSet& only = zone->zone->sets_of(*group).front();
    if (only.kind != RoutedSet::Kind::kAlias) return false;
    const Link& link = zones.link(*zone, only.target);
    if (link.set == nullptr || link.set->flags != SetHead::kRouted) return false;
    zone = link.zone;
    group = &zone->zone->groups()[link.set->body];
  }
  return false;
}

}  // namespace rhumb
