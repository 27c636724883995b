// Location rules: what the record sets of a location-dependent group say about whom they are for,
// as written in a zone file. Names of regions and collections are looked up in the Atlas, so a rule
// does not change when rhumb.yaml does. Groups with equal rules share a client map.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "geo/place.h"

namespace rhumb {

inline constexpr std::size_t kMaxLocations = 256;  // of one rule

// geoLocation: clients there. All empty: the default.
struct Area {
  Code continent{};
  Code country{};
  Code subdivision{};     // with its country
  std::uint32_t asn = 0;  // 0: any

  [[nodiscard]] bool is_default() const { return *this == Area{}; }
  bool operator==(const Area&) const = default;
};

// region: latency to there.
struct LatencyRegion {
  std::string region;

  bool operator==(const LatencyRegion&) const = default;
};

// geoProximity: a region or coordinates of one's own.
struct Proximity {
  std::string region{};       // empty: `coordinates` hold
  Coordinates coordinates{};  // of no meaning beside a region
  int bias = 0;               // -99…99

  bool operator==(const Proximity&) const = default;
};

// cidr: a location of a collection; "*" is everyone else.
struct CidrLocation {
  std::string collection;
  std::string location;

  [[nodiscard]] bool is_default() const { return location == "*"; }
  bool operator==(const CidrLocation&) const = default;
};

using Location = std::variant<Area, LatencyRegion, Proximity, CidrLocation>;

// Distinct locations of one kind, 1…kMaxLocations, in the order in which the file first names them;
// a location's number is its index.
struct Rule {
  std::vector<Location> locations;

  bool operator==(const Rule&) const = default;
};

// As an operator would say it: "country GB", "region london", "49.5,8.4 bias 20",
// "offices/berlin".
std::string to_string(const Location& location);

// Equal for equal rules alone.
std::string key_of(const Rule& rule);

}  // namespace rhumb
