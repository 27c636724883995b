// What rhumb.yaml says of places: databases, overrides, regions, measured latencies, collections of
// networks. A plain value; the files are read by readers of their own and the databases by the
// helper's child alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "geo/place.h"

namespace rhumb {

inline constexpr std::size_t kMaxOverrides = 1'000'000;
inline constexpr std::size_t kMaxLatencies = 1'000'000;
inline constexpr std::size_t kMaxCollectionPrefixes = 1'000'000;  // of all collections together

inline constexpr std::size_t kMaxRegions = 10'000;  // of `regions:`
inline constexpr std::size_t kMaxGeoErrors = 100;   // told of a file or key; its rest is not read

// An entry of `geo.overrides`. The longest prefix that covers a client is the one that counts: what
// it says of the place stands for all of the database's place, its AS number for the database's.
struct Override {
  IpPrefix network;
  GeoPlace place;          // asn included
  bool has_place = false;  // it says anything but the AS number

  bool operator==(const Override&) const = default;
};

// A line of the latency table: what a round trip from a source to a region takes.
struct Latency {
  enum class Source : std::uint8_t { kNetwork, kAsn, kCountry, kContinent };
  Source source = Source::kNetwork;
  IpPrefix network;
  std::uint32_t asn = 0;
  Code code;  // of the country or continent
  std::string region;
  double milliseconds = 0;

  bool operator==(const Latency&) const = default;
};

struct Collection {
  std::map<std::string, std::vector<IpPrefix>> locations;

  bool operator==(const Collection&) const = default;
};

struct Atlas {
  std::string database;      // path of a City or Country database; empty: none
  std::string asn_database;  // path; empty: none
  std::vector<Override> overrides;
  std::map<std::string, Coordinates, std::less<>> regions;  // `regions:`, over the built-in ones
  std::vector<Latency> latencies;
  std::map<std::string, Collection, std::less<>> collections;

  bool operator==(const Atlas&) const = default;
};

// The coordinates of a region of the atlas or a built-in one, or nullopt.
[[nodiscard]] std::optional<Coordinates> find_region(const Atlas& atlas, std::string_view name);

// What a message says of a name that find_region() does not know: `there is no region "lodon"; did
// you mean "london"?`
std::string unknown_region(const Atlas& atlas, std::string_view name);

}  // namespace rhumb
