#include "geo/map_job.h"

#include <array>
#include <cstdint>
#include <variant>

#include "base/pack.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxTextSize = 65'536;  // of a path or a name, octets
constexpr std::size_t kMaxJobRegions = 1'000'000;

// The structured bindings below name every member, so that a new one cannot be forgotten.

void put(Packer& to, const Code& code) { to.text(code.text()); }

void put(Packer& to, const Coordinates& coordinates) {
  const auto& [latitude, longitude] = coordinates;
  to.real(latitude);
  to.real(longitude);
}

void put(Packer& to, const IpPrefix& network) {
  const auto bytes = network.address.bytes();
  to.number(static_cast<std::uint8_t>(network.address.family()));
  for (const std::uint8_t octet : bytes) to.number(octet);
  to.number(network.length);
}

void put(Packer& to, const GeoPlace& place) {
  const auto& [continent, country, subdivisions, coordinates, asn] = place;
  put(to, continent);
  put(to, country);
  for (const Code& code : subdivisions) put(to, code);
  to.number(static_cast<std::uint8_t>(coordinates.has_value()));
  if (coordinates) put(to, *coordinates);
  to.number(asn);
}

void put(Packer& to, const Override& entry) {
  const auto& [network, place, has_place] = entry;
  put(to, network);
  put(to, place);
  to.number(static_cast<std::uint8_t>(has_place));
}

void put(Packer& to, const Latency& latency) {
  const auto& [source, network, asn, code, region, milliseconds] = latency;
  to.number(static_cast<std::uint8_t>(source));
  put(to, network);
  to.number(asn);
  put(to, code);
  to.text(region);
  to.real(milliseconds);
}

void put(Packer& to, const Collection& collection) {
  const auto& [locations] = collection;
  to.count(locations.size());
  for (const auto& [name, networks] : locations) {
    to.text(name);
    to.count(networks.size());
    for (const IpPrefix& network : networks) put(to, network);
  }
}

void put(Packer& to, const Atlas& atlas) {
  const auto& [database, asn_database, overrides, regions, latencies, collections] = atlas;
  to.text(database);
  to.text(asn_database);
  to.count(overrides.size());
  for (const Override& entry : overrides) put(to, entry);
  to.count(regions.size());
  for (const auto& [name, coordinates] : regions) {
    to.text(name);
    put(to, coordinates);
  }
  to.count(latencies.size());
  for (const Latency& latency : latencies) put(to, latency);
  to.count(collections.size());
  for (const auto& [name, collection] : collections) {
    to.text(name);
    put(to, collection);
  }
}

void put(Packer& to, const Area& area) {
  const auto& [continent, country, subdivision, asn] = area;
  put(to, continent);
  put(to, country);
  put(to, subdivision);
  to.number(asn);
}

void put(Packer& to, const LatencyRegion& latency) {
  const auto& [region] = latency;
  to.text(region);
}

void put(Packer& to, const Proximity& proximity) {
  const auto& [region, coordinates, bias] = proximity;
  to.text(region);
  put(to, coordinates);
  to.number(static_cast<std::uint32_t>(bias));
}

void put(Packer& to, const CidrLocation& cidr) {
  const auto& [collection, location] = cidr;
  to.text(collection);
  to.text(location);
}

void put(Packer& to, const Location& location) {
  to.number(static_cast<std::uint8_t>(location.index()));
  std::visit([&to](const auto& of_kind) { put(to, of_kind); }, location);
}

// The members of an aggregate are taken in the order of their declaration, which is that of put().

std::string take_text(Unpacker& from) { return std::string(from.text(kMaxTextSize)); }

bool take_bool(Unpacker& from) { return from.number<std::uint8_t>() != 0; }

Code take_code(Unpacker& from) { return Code(from.text(Code::kMaxSize)); }

Coordinates take_coordinates(Unpacker& from) {
  return {.latitude = from.real(), .longitude = from.real()};
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> take_octets(Unpacker& from) {
  std::array<std::uint8_t, kSize> octets;
  for (std::uint8_t& octet : octets) octet = from.number<std::uint8_t>();
  return octets;
}

IpPrefix take_network(Unpacker& from) {
  const auto family = from.number<std::uint8_t>();
  IpAddress address;
  if (family == static_cast<std::uint8_t>(Family::kV4)) {
    address = IpAddress::v4(take_octets<4>(from));
  } else if (family == static_cast<std::uint8_t>(Family::kV6)) {
    address = IpAddress::v6(take_octets<16>(from));
  } else {
    from.fail();
  }
  return IpPrefix::of(address, from.number<std::uint8_t>());
}

GeoPlace take_place(Unpacker& from) {
  GeoPlace place;
  place.continent = take_code(from);
  place.country = take_code(from);
  for (Code& code : place.subdivisions) code = take_code(from);
  if (take_bool(from)) place.coordinates = take_coordinates(from);
  place.asn = from.number<std::uint32_t>();
  return place;
}

Override take_override(Unpacker& from) {
  return {.network = take_network(from), .place = take_place(from), .has_place = take_bool(from)};
}

Latency take_latency(Unpacker& from) {
  Latency latency;
  const auto source = from.number<std::uint8_t>();
  if (source > static_cast<std::uint8_t>(Latency::Source::kContinent)) from.fail();
  if (from.ok()) latency.source = static_cast<Latency::Source>(source);
  latency.network = take_network(from);
  latency.asn = from.number<std::uint32_t>();
  latency.code = take_code(from);
  latency.region = take_text(from);
  latency.milliseconds = from.real();
  return latency;
}

Collection take_collection(Unpacker& from) {
  Collection collection;
  for (std::size_t left = from.count(kMaxCollectionPrefixes); left > 0 && from.ok(); --left) {
    auto& networks = collection.locations[take_text(from)];
    for (std::size_t more = from.count(kMaxCollectionPrefixes); more > 0 && from.ok(); --more) {
      networks.push_back(take_network(from));
    }
  }
  return collection;
}

Atlas take_atlas(Unpacker& from) {
  Atlas atlas;
  atlas.database = take_text(from);
  atlas.asn_database = take_text(from);
  for (std::size_t left = from.count(kMaxOverrides); left > 0 && from.ok(); --left) {
    atlas.overrides.push_back(take_override(from));
  }
  for (std::size_t left = from.count(kMaxJobRegions); left > 0 && from.ok(); --left) {
    std::string name = take_text(from);
    atlas.regions[std::move(name)] = take_coordinates(from);
  }
  for (std::size_t left = from.count(kMaxLatencies); left > 0 && from.ok(); --left) {
    atlas.latencies.push_back(take_latency(from));
  }
  for (std::size_t left = from.count(kMaxCollectionPrefixes); left > 0 && from.ok(); --left) {
    std::string name = take_text(from);
    atlas.collections[std::move(name)] = take_collection(from);
  }
  return atlas;
}

Area take_area(Unpacker& from) {
  return {.continent = take_code(from),
          .country = take_code(from),
          .subdivision = take_code(from),
          .asn = from.number<std::uint32_t>()};
}

Proximity take_proximity(Unpacker& from) {
  return {.region = take_text(from),
          .coordinates = take_coordinates(from),
          .bias = static_cast<int>(from.number<std::uint32_t>())};
}

Location take_location(Unpacker& from) {
  switch (from.number<std::uint8_t>()) {
    case 0:
      return take_area(from);
    case 1:
      return LatencyRegion{take_text(from)};
    case 2:
      return take_proximity(from);
    case 3:
      return CidrLocation{.collection = take_text(from), .location = take_text(from)};
    default:
      from.fail();
      return {};
  }
}

Rule take_rule(Unpacker& from) {
  Rule rule;
  for (std::size_t left = from.count(kMaxLocations); left > 0 && from.ok(); --left) {
    rule.locations.push_back(take_location(from));
  }
  return rule;
}

}  // namespace

std::string pack(const MapJob& job) {
  const auto& [atlas, rules, special] = job;
  Packer to;
  put(to, atlas);
  to.count(rules.size());
  for (const Rule& rule : rules) {
    to.count(rule.locations.size());
    for (const Location& location : rule.locations) put(to, location);
  }
  to.number(static_cast<std::uint8_t>(special));
  return to.bytes();
}

std::optional<MapJob> unpack_map_job(std::string_view bytes) {
  Unpacker from(bytes);
  MapJob job;
  job.atlas = take_atlas(from);
  for (std::size_t left = from.count(kMaxRules); left > 0 && from.ok(); --left) {
    job.rules.push_back(take_rule(from));
  }
  job.special = take_bool(from);
  if (!from.done()) return std::nullopt;
  return job;
}

}  // namespace rhumb
