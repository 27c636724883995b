// Maps compiled from a real database file of a million networks, against libmaxminddb's own look-up
// of each client and a plain reading of what the rules say: the same order on both sides of every
// boundary. Shares nothing with geo/ but the types in which rules are written.
#include <gtest/gtest.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <numbers>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "geo/compile.h"
#include "geo/maxmind.h"
#include "tests/geo/plain_map.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

namespace rhumb::geo_test {
namespace {

constexpr std::size_t kNetworks = test::kSanitized ? 20'000 : 1'000'000;
constexpr std::size_t kPlaces = 3'000;
constexpr std::size_t kDepth = 4;  // locations that the contract puts in order

using Random = std::mt19937;

// Each with its continent.
constexpr std::array<std::pair<const char*, const char*>, 8> kCountries = {{{"EU", "GB"},
                                                                            {"EU", "DE"},
                                                                            {"EU", "FR"},
                                                                            {"NA", "US"},
                                                                            {"NA", "CA"},
                                                                            {"AS", "JP"},
                                                                            {"SA", "BR"},
                                                                            {"AF", "ZA"}}};

IpPrefix net(std::string_view text) { return *IpPrefix::parse(text); }

IpPrefix random_v4(Random& random, std::uint32_t block) {
  const auto length = static_cast<std::uint8_t>(17 + random() % (random() % 8 == 0 ? 16 : 8));
  return IpPrefix::of(ipv4_of(block << 16U | (random() & 0xFFFFU)), length);
}

IpPrefix random_v6(Random& random, std::uint32_t block) {
  const auto length = static_cast<std::uint8_t>(33 + random() % (random() % 4 == 0 ? 32 : 16));
  return IpPrefix::of(ipv6_of({std::uint64_t{block} << 32U | random(), 0}), length);
}

// Some inside others, in blocks as crowded as those of registries.
std::set<IpPrefix> random_networks(Random& random) {
  std::set<IpPrefix> networks;
  while (networks.size() < kNetworks) {
    const bool is_v4 = random() % 4 != 0;
    const auto block =
        static_cast<std::uint32_t>(is_v4 ? random() % 0xE000 : 0x2A00'0000 + random() % 0x4'0000);
    for (std::size_t left = 1 + random() % 300; left > 0 && networks.size() < kNetworks; --left) {
      networks.insert(is_v4 ? random_v4(random, block) : random_v6(random, block));
    }
  }
  return networks;
}

// Any part of what a database tells may be missing.
GeoPlace random_place(Random& random) {
  static constexpr std::array<const char*, 4> kParts = {"NY", "CA", "ENG", "OXF"};
  std::uniform_real_distribution<double> latitude(-90, 90);
  std::uniform_real_distribution<double> longitude(-180, 180);
  const auto& [continent, country] = kCountries[random() % kCountries.size()];
  GeoPlace place;
  if (random() % 10 != 0) place.continent = Code(continent);
  if (random() % 10 != 0) place.country = Code(country);
  if (random() % 2 == 0) place.subdivisions[0] = Code(kParts[random() % 4]);
  if (!place.subdivisions[0].empty() && random() % 2 == 0) {
    place.subdivisions[1] = Code(kParts[random() % 4]);
  }
  if (random() % 10 != 0) place.coordinates = {latitude(random), longitude(random)};
  return place;
}

std::string database_of(const std::set<IpPrefix>& networks, Random& random) {
  std::vector<std::string> records;
  while (records.size() < kPlaces) records.push_back(test::mmdb_city(random_place(random)));
  std::vector<IpPrefix> widest_first(networks.begin(), networks.end());
  std::ranges::stable_sort(widest_first, {}, &IpPrefix::length);
  test::MmdbWriter writer({.type = "Test-City"});
  for (const IpPrefix& network : widest_first) writer.add(network, records[random() % kPlaces]);
  writer.add_aliases();
  return writer.bytes();
}

// What libmaxminddb finds in the file.
class Library {
 public:
  explicit Library(const std::string& path) {
    EXPECT_EQ(MMDB_open(path.c_str(), MMDB_MODE_MMAP, &mmdb_), MMDB_SUCCESS);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() { MMDB_close(&mmdb_); }

  // The record of a client; nullopt: nothing is known.
  [[nodiscard]] std::optional<MMDB_entry_s> find(const IpAddress& client) const {
    sockaddr_storage socket{};
    if (client.is_v4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      std::memcpy(&v4.sin_addr, client.bytes().data(), 4);
      std::memcpy(&socket, &v4, sizeof v4);
    } else {
      sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      std::memcpy(&v6.sin6_addr, client.bytes().data(), 16);
      std::memcpy(&socket, &v6, sizeof v6);
    }
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s found =
        MMDB_lookup_sockaddr(&mmdb_, reinterpret_cast<const sockaddr*>(&socket), &error);
    EXPECT_EQ(error, MMDB_SUCCESS) << to_string(client);
    return found.found_entry ? std::optional(found.entry) : std::nullopt;
  }

 private:
  MMDB_s mmdb_{};
};

// A client's record, as far as rules ask for it. Empty texts: not known.
struct Record {
  std::string continent;
  std::string country;
  std::array<std::string, 2> subdivisions;
  std::optional<Coordinates> at;
};

std::string text_at(MMDB_entry_s entry, std::vector<const char*> path) {
  path.push_back(nullptr);
  MMDB_entry_data_s data{};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data) return "";
  return {data.utf8_string, data.data_size};
}

std::optional<double> number_at(MMDB_entry_s entry, const char* name) {
  const std::array<const char*, 3> path = {"location", name, nullptr};
  MMDB_entry_data_s data{};
  const int status = MMDB_aget_value(&entry, &data, path.data());
  return status == MMDB_SUCCESS && data.has_data ? std::optional(data.double_value) : std::nullopt;
}

Record read(const std::optional<MMDB_entry_s>& entry) {
  if (!entry) return {};
  Record record{.continent = text_at(*entry, {"continent", "code"}),
                .country = text_at(*entry, {"country", "iso_code"}),
                .subdivisions = {text_at(*entry, {"subdivisions", "0", "iso_code"}),
                                 text_at(*entry, {"subdivisions", "1", "iso_code"})},
                .at = std::nullopt};
  for (const auto& [continent, country] : kCountries) {  // a country brings its continent
    if (record.continent.empty() && record.country == country) record.continent = continent;
  }
  const auto latitude = number_at(*entry, "latitude");
  const auto longitude = number_at(*entry, "longitude");
  if (latitude && longitude) record.at = {*latitude, *longitude};
  return record;
}

// By the angle between the vectors to both.
double kilometres(const Coordinates& a, const Coordinates& b) {
  const auto vector = [](const Coordinates& at) {
    const double north = at.latitude * std::numbers::pi / 180;
    const double east = at.longitude * std::numbers::pi / 180;
    return std::array{std::cos(north) * std::cos(east), std::cos(north) * std::sin(east),
                      std::sin(north)};
  };
  const auto [ax, ay, az] = vector(a);
  const auto [bx, by, bz] = vector(b);
  const double sine = std::hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return 6371.0088 * std::atan2(sine, ax * bx + ay * by + az * bz);
}

// The locations that have a cost, the cheapest first.
Order cheapest(const std::vector<std::optional<double>>& costs) {
  std::vector<std::pair<double, std::uint8_t>> known;
  for (std::uint8_t i = 0; i < costs.size(); ++i) {
    if (costs[i]) known.emplace_back(*costs[i], i);
  }
  std::ranges::sort(known);
  known.resize(std::min(known.size(), kDepth));
  Order order;
  for (const auto& [cost, location] : known) order.push_back(location);
  return order;
}

const std::map<std::string, Coordinates, std::less<>> kSites = {
    {"frankfurt", {50.11, 8.68}}, {"virginia", {38.95, -77.45}}, {"tokyo", {35.68, 139.69}},
    {"sydney", {-33.87, 151.21}}, {"cape", {-33.92, 18.42}},     {"santiago", {-33.45, -70.67}},
    {"mumbai", {19.08, 72.88}}};

// geoLocation: the United States' New York, some countries, two continents, everyone else.
struct ByPlace {
  static Rule rule() {
    return {{Area{.country = Code("US"), .subdivision = Code("NY")},
             Area{.country = Code("GB"), .subdivision = Code("ENG")}, Area{.country = Code("GB")},
             Area{.country = Code("US")}, Area{.country = Code("JP")},
             Area{.continent = Code("EU")}, Area{.continent = Code("SA")}, Area{}}};
  }
  static Order order(const Record& client, const IpAddress& /*address*/) {
    Order order;
    const auto take = [&order](bool is_there, std::uint8_t location) {
      if (is_there) order.push_back(location);
    };
    const auto& [larger, smaller] = client.subdivisions;
    const bool us = client.country == "US";
    const bool gb = client.country == "GB";
    take(us && smaller == "NY", 0);
    take(gb && smaller == "ENG", 1);
    take(us && larger == "NY" && smaller != "NY", 0);
    take(gb && larger == "ENG" && smaller != "ENG", 1);
    take(gb, 2);
    take(us, 3);
    take(client.country == "JP", 4);
    take(client.continent == "EU", 5);
    take(client.continent == "SA", 6);
    take(true, 7);
    return order;
  }
};

// region: measured for some networks, countries and continents, and else estimated.
struct ByLatency {
  static constexpr std::array<const char*, 6> kRegions = {"frankfurt", "virginia", "tokyo",
                                                          "sydney",    "cape",     "santiago"};
  struct Line {
    Latency::Source source;
    const char* of;
    std::uint8_t region;
    double milliseconds;
  };
  static constexpr std::array<Line, 10> kLines = {
      {{Latency::Source::kNetwork, "16.0.0.0/5", 4, 3},
       {Latency::Source::kNetwork, "20.0.0.0/7", 4, 300},
       {Latency::Source::kNetwork, "20.0.0.0/7", 5, 4},
       {Latency::Source::kNetwork, "130.64.0.0/11", 2, 8},
       {Latency::Source::kNetwork, "2a01::/17", 3, 6},
       {Latency::Source::kNetwork, "2a01:4000::/19", 0, 2},
       {Latency::Source::kCountry, "GB", 0, 12},
       {Latency::Source::kCountry, "JP", 1, 7},
       {Latency::Source::kContinent, "EU", 0, 25},
       {Latency::Source::kContinent, "NA", 5, 31}}};

  static Rule rule() {
    Rule rule;
    for (const char* region : kRegions) rule.locations.emplace_back(LatencyRegion{region});
    return rule;
  }
  static Latency latency(const Line& line) {
    Latency latency;
    latency.source = line.source;
    if (line.source == Latency::Source::kNetwork) latency.network = net(line.of);
    if (line.source != Latency::Source::kNetwork) latency.code = Code(line.of);
    latency.region = kRegions[line.region];
    latency.milliseconds = line.milliseconds;
    return latency;
  }
  // The line that tells most closely of a way from the client to the region.
  static const Line* closest(std::uint8_t region, const Record& client, const IpAddress& address) {
    const Line* closest = nullptr;
    int best = -1;
    for (const Line& line : kLines) {
      if (line.region != region) continue;
      int closeness = -1;
      if (line.source == Latency::Source::kContinent && client.continent == line.of) closeness = 0;
      if (line.source == Latency::Source::kCountry && client.country == line.of) closeness = 1;
      if (line.source == Latency::Source::kNetwork && net(line.of).contains(address)) {
        closeness = 2 + net(line.of).length;
      }
      if (closeness > best) closest = &line;
      best = std::max(best, closeness);
    }
    return closest;
  }
  static Order order(const Record& client, const IpAddress& address) {
    std::vector<std::optional<double>> costs(kRegions.size());
    for (std::uint8_t i = 0; i < kRegions.size(); ++i) {
      const Line* const line = closest(i, client, address);
      if (line != nullptr) costs[i] = line->milliseconds;
      if (line == nullptr && client.at) {
        costs[i] = 5 + kilometres(*client.at, kSites.at(kRegions[i])) / 50;
      }
    }
    return cheapest(costs);
  }
};

// geoProximity: regions and coordinates of one's own, with biases of both signs.
struct ByDistance {
  struct Site {
    const char* region;
    int bias;
  };
  static constexpr std::array<Site, 7> kBiased = {{{"frankfurt", 0},
                                                   {"virginia", 30},
                                                   {"tokyo", -45},
                                                   {"sydney", 99},
                                                   {"cape", -99},
                                                   {"santiago", 1},
                                                   {"mumbai", -1}}};
  static Rule rule() {
    Rule rule;
    for (const auto& [region, bias] : kBiased) {
      const bool by_name = bias % 2 == 0;
      rule.locations.emplace_back(Proximity{
          .region = by_name ? region : "", .coordinates = kSites.at(region), .bias = bias});
    }
    return rule;
  }
  static Order order(const Record& client, const IpAddress& /*address*/) {
    std::vector<std::optional<double>> costs(kBiased.size());
    for (std::size_t i = 0; client.at && i < kBiased.size(); ++i) {
      const double km = kilometres(*client.at, kSites.at(kBiased[i].region));
      const double share = kBiased[i].bias / 100.0;
      costs[i] = share >= 0 ? km * (1 - share) : km / (1 + share);
    }
    return cheapest(costs);
  }
};

using Reading = Order (*)(const Record&, const IpAddress&);
constexpr std::array<Reading, 3> kReadings = {ByPlace::order, ByLatency::order, ByDistance::order};

// Orders by the plain reading, each worked out once for a record and the measured networks around.
class Expected {
 public:
  explicit Expected(const std::string& path) : library_(path) {
    for (const ByLatency::Line& line : ByLatency::kLines) {
      if (line.source == Latency::Source::kNetwork) measured_.push_back(net(line.of));
    }
  }
  // `asked` is how the library is asked for the client.
  const std::array<Order, 3>& orders(const IpAddress& client, const IpAddress& asked) {
    const auto entry = library_.find(asked);
    std::uint64_t key = entry ? 1 + std::uint64_t{entry->offset} : 0;
    for (const IpPrefix& network : measured_) key = key * 2 + (network.contains(client) ? 1 : 0);
    const auto [found, is_new] = known_.try_emplace(key);
    if (!is_new) return found->second;
    const Record record = read(entry);
    for (std::size_t i = 0; i < kReadings.size(); ++i) {
      found->second[i] = kReadings[i](record, client);
    }
    return found->second;
  }

 private:
  Library library_;
  std::vector<IpPrefix> measured_;
  std::unordered_map<std::uint64_t, std::array<Order, 3>> known_;
};

std::vector<ClientMap> compiled_from(const std::string& path) {
  Atlas atlas;
  atlas.regions = kSites;
  for (const auto& line : ByLatency::kLines) atlas.latencies.push_back(ByLatency::latency(line));
  Databases databases;
  auto read = read_places(path);
  if (!read.ok()) throw std::runtime_error(read.error());
  databases.places = std::move(read).value().table;
  std::vector<ClientMap> maps;
  for (auto& map :
       compile_maps({ByPlace::rule(), ByLatency::rule(), ByDistance::rule()}, atlas, databases)) {
    maps.push_back(adopt(std::move(map)));
  }
  return maps;
}

std::string text_of(const std::array<Order, 3>& orders) { return ::testing::PrintToString(orders); }

std::array<Order, 3> orders_in(const std::vector<ClientMap>& maps, const IpAddress& client) {
  return {order_in(maps[0], client), order_in(maps[1], client), order_in(maps[2], client)};
}

// Both sides of both ends, and beside them.
std::array<IpAddress, 6> boundaries(const IpPrefix& network) {
  const AddressNumber first = first_of(network);
  const AddressNumber last = last_of(network);
  std::array<IpAddress, 6> clients;
  std::size_t i = 0;
  for (const AddressNumber at :
       {previous(first), first, next(first), previous(last), last, next(last)}) {
    clients[i++] =
        network.address.is_v4() ? ipv4_of(static_cast<std::uint32_t>(at.low)) : ipv6_of(at);
  }
  return clients;
}

// The same client as 2002:aabb:ccdd::1, where the database has an alias.
IpAddress six_to_four(const IpAddress& client) {
  return ipv6_of({std::uint64_t{0x2002} << 48U | number_of(client).low << 16U, 1});
}

IpAddress v4_mapped(const IpAddress& client) {
  return ipv6_of({0, std::uint64_t{0xFFFF} << 32U | number_of(client).low});
}

TEST(LargeDatabase, IsCompiledAsLibmaxminddbAndTheRulesHaveItAtEveryBoundary) {
  Random random(41);
  const test::TempDir folder;
  std::set<IpPrefix> networks = random_networks(random);
  const std::string path = folder.write("city.mmdb", database_of(networks, random));
  const std::vector<ClientMap> maps = compiled_from(path);
  Expected expected(path);
  for (const auto& line : ByLatency::kLines) {
    if (line.source == Latency::Source::kNetwork) networks.insert(net(line.of));
  }
  std::size_t asked = 0;
  for (const IpPrefix& network : networks) {
    for (const IpAddress& client : boundaries(network)) {
      const auto& orders = expected.orders(client, client);
      for (std::size_t i = 0; i < maps.size(); ++i) {
        ASSERT_TRUE(std::ranges::equal(maps[i].order_of(client), orders[i]))
            << to_string(client) << ": " << text_of(orders_in(maps, client)) << " not "
            << text_of(orders);
      }
      if (++asked % 16 != 0 || !client.is_v4()) continue;
      for (const IpAddress& other : {six_to_four(client), v4_mapped(client)}) {
        EXPECT_EQ(expected.orders(client, other), orders) << to_string(other);
        ASSERT_EQ(orders_in(maps, other), orders) << to_string(other);
      }
    }
  }
  std::printf("%zu networks%s, %zu clients\n", networks.size(),
              test::kSanitized ? " (a million without a sanitizer)" : "", asked);
}

}  // namespace
}  // namespace rhumb::geo_test
