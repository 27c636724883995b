#include "tests/answer/model_places.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <tuple>

#include "geo/special_networks.h"

namespace rhumb::testing {
namespace {

constexpr std::size_t kDepth = 4;  // locations that latency and proximity put in order

IpPrefix prefix(std::string_view text) { return IpPrefix::parse(text).value(); }

// How many bits the addresses, which are of one family, have in common before they differ.
int common_bits(const IpAddress& a, const IpAddress& b) {
  const auto left = a.bytes();
  const auto right = b.bytes();
  int bits = 0;
  for (std::size_t i = 0; i < left.size(); ++i, bits += 8) {
    if (left[i] == right[i]) continue;
    for (unsigned bit = 0x80; (left[i] & bit) == (right[i] & bit); bit /= 2) ++bits;
    break;
  }
  return bits;
}

bool holds(const IpPrefix& network, const IpAddress& address) {
  return network.address.family() == address.family() &&
         common_bits(network.address, address) >= network.length;
}

// What an IPv4 address stands behind in IPv6, how many bits from the start, and whether inverted.
struct Inside {
  IpPrefix network;
  std::size_t octet;
  bool inverted;
};
const std::vector<Inside>& insides() {
  static const std::vector<Inside> kInsides = {{prefix("::ffff:0:0/96"), 12, false},
                                               {prefix("64:ff9b::/96"), 12, false},
                                               {prefix("2001::/32"), 12, true},
                                               {prefix("2002::/16"), 2, false}};
  return kInsides;
}

const Inside* inside_of(const IpAddress& address) {
  for (const Inside& inside : insides()) {
    if (holds(inside.network, address)) return &inside;
  }
  return nullptr;
}

// The longest prefix alone counts.
GeoPlace place_of(const Atlas& atlas, const IpAddress& client) {
  const Override* best = nullptr;
  for (const Override& entry : atlas.overrides) {
    if (!holds(entry.network, client)) continue;
    if (best == nullptr || entry.network.length > best->network.length) best = &entry;
  }
  return best == nullptr ? GeoPlace{} : best->place;
}

bool is_in(const GeoPlace& client, const Area& area) {
  if (area.asn != 0 && area.asn != client.asn) return false;
  if (!area.continent.empty() && area.continent != client.continent) return false;
  if (!area.country.empty() && area.country != client.country) return false;
  return area.subdivision.empty() ||
         std::ranges::find(client.subdivisions, area.subdivision) != client.subdivisions.end();
}

// The smaller, the better.
int rank_of(const GeoPlace& client, const Area& area) {
  const bool has_asn = area.asn != 0;
  if (!area.subdivision.empty()) {
    const int larger = area.subdivision == client.subdivisions[1] ? 0 : 1;
    return (has_asn ? 0 : 10) + larger;
  }
  if (!area.country.empty()) return has_asn ? 2 : 12;
  if (!area.continent.empty()) return has_asn ? 3 : 13;
  return has_asn ? 4 : 14;
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// Over a sphere, by the angle between two directions.
double kilometers(const Coordinates& a, const Coordinates& b) {
  const auto direction = [](const Coordinates& at) {
    const double latitude = radians(at.latitude);
    const double longitude = radians(at.longitude);
    return std::array{std::cos(latitude) * std::cos(longitude),
                      std::cos(latitude) * std::sin(longitude), std::sin(latitude)};
  };
  const auto p = direction(a);
  const auto q = direction(b);
  const double cosine = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  return 6371.0088 * std::acos(std::clamp(cosine, -1.0, 1.0));
}

std::optional<double> measured(const Atlas& atlas, const std::string& region,
                               const IpAddress& client, const GeoPlace& place) {
  const Latency* best = nullptr;
  const auto score = [](const Latency& row) {
    return std::tuple(-static_cast<int>(row.source), row.network.length);
  };
  for (const Latency& row : atlas.latencies) {
    if (row.region != region) continue;
    const bool fits =
        (row.source == Latency::Source::kNetwork && holds(row.network, client)) ||
        (row.source == Latency::Source::kAsn && row.asn == place.asn && row.asn != 0) ||
        (row.source == Latency::Source::kCountry && row.code == place.country) ||
        (row.source == Latency::Source::kContinent && row.code == place.continent);
    if (fits && (best == nullptr || score(row) > score(*best))) best = &row;
  }
  return best == nullptr ? std::nullopt : std::optional(best->milliseconds);
}

std::optional<double> cost(const Location& location, const Atlas& atlas, const IpAddress& client) {
  const GeoPlace place = place_of(atlas, client);
  if (const auto* region = std::get_if<LatencyRegion>(&location)) {
    if (const auto known = measured(atlas, region->region, client, place)) return known;
    const auto there = find_region(atlas, region->region);
    if (!place.coordinates || !there) return std::nullopt;
    return 5 + kilometers(*place.coordinates, *there) / 50;
  }
  const auto& proximity = std::get<Proximity>(location);
  if (!place.coordinates) return std::nullopt;
  const Coordinates there = proximity.region.empty() ? proximity.coordinates
                                                     : find_region(atlas, proximity.region).value();
  const double distance = kilometers(*place.coordinates, there);
  return proximity.bias >= 0 ? distance * (1 - proximity.bias / 100.0)
                             : distance / (1 + proximity.bias / 100.0);
}

// How long the longest prefix of the location is that the client is in; "*" is the shortest.
std::optional<int> fit(const CidrLocation& cidr, const Atlas& atlas, const IpAddress& client) {
  if (cidr.is_default()) return -1;
  std::optional<int> longest;
  for (const IpPrefix& network :
       atlas.collections.find(cidr.collection)->second.locations.at(cidr.location)) {
    if (holds(network, client)) longest = std::max<int>(longest.value_or(0), network.length);
  }
  return longest;
}

// By what each costs, those that have none left out; ties as they stand.
std::vector<std::size_t> by_cost(const std::vector<std::optional<double>>& costs) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i]) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return *costs[i]; });
  return order;
}

// The first address of the block beside the one of `bit` + 1 bits that `address` is in.
IpAddress beside(const IpAddress& address, std::size_t bit) {
  std::array<std::uint8_t, 16> octets{};
  std::ranges::copy(address.bytes().first(bit / 8 + 1), octets.begin());
  const unsigned kept = 0xFF00U >> (bit % 8 + 1);
  octets[bit / 8] = static_cast<std::uint8_t>((octets[bit / 8] ^ 0x80U >> bit % 8) & kept);
  return address.is_v4() ? IpAddress::v4(std::span(octets).first<4>()) : IpAddress::v6(octets);
}

const std::vector<IpPrefix>& specials() {
  static const std::vector<IpPrefix> kSpecials = special_networks();
  return kSpecials;
}

std::vector<IpPrefix> all_networks(const Atlas& atlas) {
  std::vector<IpPrefix> networks = specials();
  for (const Override& entry : atlas.overrides) networks.push_back(entry.network);
  for (const Latency& row : atlas.latencies) networks.push_back(row.network);
  for (const auto& [name, collection] : atlas.collections) {
    for (const auto& [location, of_location] : collection.locations) {
      networks.insert(networks.end(), of_location.begin(), of_location.end());
    }
  }
  for (const Inside& inside : insides()) networks.push_back(inside.network);
  return networks;
}

// The first address of each stretch on which no network begins or ends: the first of each network,
// and what lies beside it on any level: from there up to the next of these, all addresses are in
// the same networks.
std::vector<IpAddress> samples(const std::vector<IpPrefix>& networks, Family family) {
  std::vector<IpAddress> addresses;
  for (const IpPrefix& network : networks) {
    if (network.address.family() != family) continue;
    addresses.push_back(network.address);
    for (std::size_t bit = 0; bit < network.length; ++bit) {
      addresses.push_back(beside(network.address, bit));
    }
  }
  std::ranges::sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

// In one family, with nothing of another behind it. An address in a `closed` network has a value
// that no other has.
int block_in_family(const Atlas& atlas, const IpAddress& address, const ValueOf& value,
                    const std::vector<IpPrefix>& closed) {
  const auto is_closed = [&](const IpAddress& other) {
    return std::ranges::any_of(closed, [&](const IpPrefix& net) { return holds(net, other); });
  };
  const auto wanted = value(address);
  int bits = 0;
  for (const IpAddress& other : samples(all_networks(atlas), address.family())) {
    if (!is_closed(other) && value(other) == wanted) continue;
    bits = std::max(bits, common_bits(address, other) + 1);
  }
  return bits;
}

}  // namespace

IpAddress as_looked_up(const IpAddress& address) {
  const Inside* inside = inside_of(address);
  if (inside == nullptr) return address;
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::uint8_t octet = address.bytes()[inside->octet + i];
    octets[i] = inside->inverted ? static_cast<std::uint8_t>(~octet) : octet;
  }
  return IpAddress::v4(octets);
}

bool is_special(const Atlas& atlas, const IpAddress& address) {
  const IpAddress client = as_looked_up(address);
  const auto holds_client = [&](const IpPrefix& network) { return holds(network, client); };
  if (std::ranges::any_of(atlas.overrides, holds_client, &Override::network)) return false;
  return std::ranges::any_of(specials(), holds_client);
}

std::vector<std::size_t> model_order(const std::vector<Location>& locations, const Atlas& atlas,
                                     const IpAddress& address) {
  const IpAddress client = as_looked_up(address);
  const GeoPlace place = place_of(atlas, client);
  std::vector<std::optional<double>> costs;
  bool all_that_fit = false;
  for (const Location& location : locations) {
    if (const auto* area = std::get_if<Area>(&location)) {
      all_that_fit = true;
      costs.push_back(is_in(place, *area) ? std::optional<double>(rank_of(place, *area))
                                          : std::nullopt);
    } else if (const auto* cidr = std::get_if<CidrLocation>(&location)) {
      all_that_fit = true;
      const auto longest = fit(*cidr, atlas, client);
      costs.push_back(longest ? std::optional<double>(-*longest) : std::nullopt);
    } else {
      costs.push_back(cost(location, atlas, client));
    }
  }
  std::vector<std::size_t> order = by_cost(costs);
  if (!all_that_fit && order.size() > kDepth) order.resize(kDepth);
  return order;
}

int model_block(const Atlas& atlas, const IpAddress& address, const ValueOf& value) {
  if (address.is_v4()) return block_in_family(atlas, address, value, {});
  const IpAddress any_v4 = IpAddress::parse("1.1.1.1").value();
  const bool v4_is_all_one = block_in_family(atlas, any_v4, value, {}) == 0;
  // What is IPv4 in IPv6 is one with its neighbours only where IPv4 is all the same.
  if (v4_is_all_one) return block_in_family(atlas, address, value, {});
  const Inside* inside = inside_of(address);
  if (inside != nullptr) {
    return static_cast<int>(inside->octet) * 8 +
           block_in_family(atlas, as_looked_up(address), value, {});
  }
  std::vector<IpPrefix> closed;
  for (const Inside& each : insides()) closed.push_back(each.network);
  return block_in_family(atlas, address, value, closed);
}

// A /24 or a /56, without what is drawn for as IPv4.
int model_sticky_block(const IpAddress& address) {
  if (address.is_v4()) return 24;
  if (const Inside* inside = inside_of(address)) return static_cast<int>(inside->octet) * 8 + 24;
  int bits = 56;
  for (const Inside& inside : insides()) {
    while (
        IpPrefix::of(address, static_cast<std::uint8_t>(bits)).contains(inside.network.address)) {
      ++bits;
    }
  }
  return bits;
}

}  // namespace rhumb::testing
