// The order in which the locations of a rule suit a client, out of where the client is: pure
// functions, one a kind of location. How addresses become places is not known here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "geo/atlas.h"
#include "geo/place.h"
#include "geo/rule.h"

namespace rhumb {

inline constexpr std::size_t kOrderDepth = 4;  // locations that latency and proximity put in order

// Numbers of locations, the best first. Of equally good ones the lower number is first.
using Order = std::vector<std::uint8_t>;

// Numbers of the networks around a client, into a rule's `networks`; the narrowest first.
using Surroundings = std::span<const std::uint32_t>;

// geoLocation: those that the client is in; the more is said of it, the better.
class AreaOrder {
 public:
  explicit AreaOrder(const Rule& rule);
  // Whether it tells this AS number from others.
  [[nodiscard]] bool knows_asn(std::uint32_t asn) const;
  [[nodiscard]] Order of(const GeoPlace& client) const;

 private:
  std::vector<Area> areas_;
};

// geoProximity: the nearest.
class ProximityOrder {
 public:
  ProximityOrder(const Rule& rule, const Atlas& atlas);
  [[nodiscard]] Order of(const GeoPlace& client) const;

 private:
  struct Site {
    std::optional<Coordinates> at;
    int bias = 0;
  };
  std::vector<Site> sites_;
};

// region: the shortest round trips, as measured or else estimated.
class LatencyOrder {
 public:
  LatencyOrder(const Rule& rule, const Atlas& atlas);
  [[nodiscard]] const std::vector<IpPrefix>& networks() const { return networks_; }
  [[nodiscard]] bool knows_asn(std::uint32_t asn) const { return by_asn_.contains(asn); }
  [[nodiscard]] Order of(const GeoPlace& client, Surroundings around) const;

 private:
  struct Measured {
    std::uint8_t location;
    double milliseconds;
  };
  using Row = std::vector<Measured>;

  void add(const Latency& latency, const Measured& measured);

  std::vector<std::optional<Coordinates>> regions_;  // by location
  std::vector<IpPrefix> networks_;
  std::map<IpPrefix, std::uint32_t> numbers_;  // of networks_
  std::vector<Row> by_network_;
  std::unordered_map<std::uint32_t, Row> by_asn_;
  std::map<Code, Row> by_country_;
  std::map<Code, Row> by_continent_;
};

// cidr: those whose networks the client is in, the narrowest first; then everyone else's.
class CidrOrder {
 public:
  CidrOrder(const Rule& rule, const Atlas& atlas);
  [[nodiscard]] const std::vector<IpPrefix>& networks() const { return networks_; }
  [[nodiscard]] Order of(Surroundings around) const;

 private:
  void add(const IpPrefix& network, std::uint8_t location);

  std::vector<IpPrefix> networks_;
  std::map<IpPrefix, std::uint32_t> numbers_;  // of networks_
  std::vector<Order> by_network_;              // locations, in order
  Order defaults_;
};

using RuleOrder = std::variant<AreaOrder, ProximityOrder, LatencyOrder, CidrOrder>;

// Requires: the rule's locations are of one kind, and there is one.
RuleOrder make_order(const Rule& rule, const Atlas& atlas);

}  // namespace rhumb
