#include "geo/order.h"

#include <algorithm>
#include <bitset>

#include "geo/distance.h"
#include "geo/ipv4_in_ipv6.h"

namespace rhumb {
namespace {

// How good a location is, less being better.
struct Graded {
  std::uint8_t location;
  double grade;
};

// The locations by grade, at most `depth` of them. Requires: they come in order of their numbers.
Order best_of(std::vector<Graded> graded, std::size_t depth) {
  std::ranges::stable_sort(graded, {}, &Graded::grade);
  Order order;
  for (const Graded& one : graded) {
    if (order.size() == depth) break;
    order.push_back(one.location);
  }
  return order;
}

// Grades of an area that names an AS number, the best first; kWithoutAsn is added to the others'.
constexpr int kSmallerSubdivisionGrade = 0;
constexpr int kSubdivisionGrade = 1;
constexpr int kCountryGrade = 2;
constexpr int kContinentGrade = 3;
constexpr int kAnywhereGrade = 4;
constexpr int kWithoutAsn = 5;

// Whether `area` names a place that `client` is not in.
bool is_elsewhere(const Area& area, const GeoPlace& client) {
  const auto differs = [](Code wanted, Code is) { return !wanted.empty() && wanted != is; };
  return differs(area.continent, client.continent) || differs(area.country, client.country) ||
         (area.asn != 0 && area.asn != client.asn);
}

// How closely the area says where the client is, 0 being closest, or nullopt: it is elsewhere.
std::optional<int> grade_of(const Area& area, const GeoPlace& client) {
  if (is_elsewhere(area, client)) return std::nullopt;
  const int base = area.asn != 0 ? 0 : kWithoutAsn;
  if (!area.subdivision.empty()) {
    if (area.subdivision == client.subdivisions[1]) return base + kSmallerSubdivisionGrade;
    if (area.subdivision == client.subdivisions[0]) return base + kSubdivisionGrade;
    return std::nullopt;
  }
  if (!area.country.empty()) return base + kCountryGrade;
  return base + (area.continent.empty() ? kAnywhereGrade : kContinentGrade);
}

// The number of a network among those that a rule knows, or a new one behind them.
std::uint32_t number_among(std::vector<IpPrefix>& networks,
                           std::map<IpPrefix, std::uint32_t>& numbers, const IpPrefix& network) {
  const auto [found, is_new] =
      numbers.try_emplace(network, static_cast<std::uint32_t>(networks.size()));
  if (is_new) networks.push_back(network);
  return found->second;
}

}  // namespace

AreaOrder::AreaOrder(const Rule& rule) {
  for (const Location& location : rule.locations) areas_.push_back(std::get<Area>(location));
}

bool AreaOrder::knows_asn(std::uint32_t asn) const {
  return std::ranges::any_of(areas_, [&](const Area& area) { return area.asn == asn; });
}

Order AreaOrder::of(const GeoPlace& client) const {
  std::vector<Graded> graded;
  for (std::size_t i = 0; i < areas_.size(); ++i) {
    const std::optional<int> grade = grade_of(areas_[i], client);
    if (grade) graded.push_back({static_cast<std::uint8_t>(i), static_cast<double>(*grade)});
  }
  return best_of(std::move(graded), areas_.size());
}

ProximityOrder::ProximityOrder(const Rule& rule, const Atlas& atlas) {
  for (const Location& location : rule.locations) {
    const auto& proximity = std::get<Proximity>(location);
    const auto at =
        proximity.region.empty() ? proximity.coordinates : find_region(atlas, proximity.region);
    sites_.push_back({at, proximity.bias});
  }
}

Order ProximityOrder::of(const GeoPlace& client) const {
  std::vector<Graded> graded;
  if (!client.coordinates) return {};
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    if (!sites_[i].at) continue;
    const double km = distance_km(*client.coordinates, *sites_[i].at);
    graded.push_back({static_cast<std::uint8_t>(i), biased_km(km, sites_[i].bias)});
  }
  return best_of(std::move(graded), kOrderDepth);
}

LatencyOrder::LatencyOrder(const Rule& rule, const Atlas& atlas) {
  std::map<std::string_view, std::uint8_t> locations;
  for (std::size_t i = 0; i < rule.locations.size(); ++i) {
    const std::string& region = std::get<LatencyRegion>(rule.locations[i]).region;
    locations.emplace(region, static_cast<std::uint8_t>(i));
    regions_.push_back(find_region(atlas, region));
  }
  for (const Latency& latency : atlas.latencies) {
    const auto location = locations.find(latency.region);
    if (location != locations.end()) add(latency, {location->second, latency.milliseconds});
  }
}

void LatencyOrder::add(const Latency& latency, const Measured& measured) {
  switch (latency.source) {
    case Latency::Source::kNetwork: {
      const Result<IpPrefix> network = looked_up_as(latency.network);
      if (!network.ok()) return;
      const std::uint32_t number = number_among(networks_, numbers_, network.value());
      by_network_.resize(networks_.size());
      by_network_[number].push_back(measured);
      return;
    }
    case Latency::Source::kAsn:
      by_asn_[latency.asn].push_back(measured);
      return;
    case Latency::Source::kCountry:
      by_country_[latency.code].push_back(measured);
      return;
    case Latency::Source::kContinent:
      by_continent_[latency.code].push_back(measured);
      return;
  }
}

Order LatencyOrder::of(const GeoPlace& client, Surroundings around) const {
  std::vector<std::optional<double>> round_trips(regions_.size());
  // The first word counts: from the closest source to the widest.
  const auto take = [&](const Row& row) {
    for (const Measured& measured : row) {
      auto& round_trip = round_trips[measured.location];
      if (!round_trip) round_trip = measured.milliseconds;
    }
  };
  const auto take_from = [&](const auto& table, const auto& key) {
    const auto found = table.find(key);
    if (found != table.end()) take(found->second);
  };
  for (const std::uint32_t network : around) take(by_network_[network]);
  take_from(by_asn_, client.asn);
  take_from(by_country_, client.country);
  take_from(by_continent_, client.continent);
  std::vector<Graded> graded;
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    if (!round_trips[i] && regions_[i] && client.coordinates) {
      round_trips[i] = estimated_round_trip_ms(distance_km(*client.coordinates, *regions_[i]));
    }
    if (round_trips[i]) graded.push_back({static_cast<std::uint8_t>(i), *round_trips[i]});
  }
  return best_of(std::move(graded), kOrderDepth);
}

CidrOrder::CidrOrder(const Rule& rule, const Atlas& atlas) {
  for (std::size_t i = 0; i < rule.locations.size(); ++i) {
    const auto& cidr = std::get<CidrLocation>(rule.locations[i]);
    const auto location = static_cast<std::uint8_t>(i);
    if (cidr.is_default()) defaults_.push_back(location);
    const auto collection = atlas.collections.find(cidr.collection);
    if (collection == atlas.collections.end()) continue;
    const auto named = collection->second.locations.find(cidr.location);
    if (named == collection->second.locations.end()) continue;
    for (const IpPrefix& network : named->second) add(network, location);
  }
}

void CidrOrder::add(const IpPrefix& network, std::uint8_t location) {
  const Result<IpPrefix> looked_up = looked_up_as(network);
  if (!looked_up.ok()) return;
  const std::uint32_t number = number_among(networks_, numbers_, looked_up.value());
  by_network_.resize(networks_.size());
  by_network_[number].push_back(location);
}

Order CidrOrder::of(Surroundings around) const {
  Order order;
  std::bitset<kMaxLocations> seen;
  const auto take = [&](const Order& locations) {
    for (const std::uint8_t location : locations) {
      if (!seen.test(location)) order.push_back(location);
      seen.set(location);
    }
  };
  for (const std::uint32_t network : around) take(by_network_[network]);
  take(defaults_);
  return order;
}

RuleOrder make_order(const Rule& rule, const Atlas& atlas) {
  const Location& first = rule.locations.front();
  if (std::holds_alternative<Area>(first)) return AreaOrder(rule);
  if (std::holds_alternative<Proximity>(first)) return ProximityOrder(rule, atlas);
  if (std::holds_alternative<LatencyRegion>(first)) return LatencyOrder(rule, atlas);
  return CidrOrder(rule, atlas);
}

}  // namespace rhumb
