#include "geo/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "geo/client_place.h"
#include "geo/ipv4_in_ipv6.h"
#include "geo/order.h"
#include "tests/geo/generated_table.h"
#include "tests/geo/plain_map.h"
#include "tests/support/sanitized.h"

namespace rhumb::geo_test {
namespace {

constexpr std::size_t kNetworks = test::kSanitized ? 30'000 : 1'000'000;
constexpr std::uint32_t kAtlases = test::kSanitized ? 4 : 10;

IpPrefix prefix(std::string_view text) { return *IpPrefix::parse(text); }

ClientMap compiled(const Rule& rule, const Atlas& atlas, const Databases& databases) {
  return adopt(std::move(compile_maps({rule}, atlas, databases).front()));
}

Rule countries(std::initializer_list<std::string_view> codes) {
  Rule rule;
  for (const std::string_view code : codes)
    rule.locations.emplace_back(Area{.country = Code(code)});
  rule.locations.emplace_back(Area{});
  return rule;
}

Override in_country(std::string_view network, std::string_view country) {
  Override override;
  override.network = prefix(network);
  override.place.country = Code(country);
  override.has_place = true;
  return override;
}

GeoPlace place_in(std::string_view country) {
  GeoPlace place;
  place.country = Code(country);
  return place;
}

// 192.0.2.0/24 and 2001:db8::/32 are in GB; of AS 64500 is the upper half of the former.
Databases british_networks() {
  Databases databases;
  databases.places.places.push_back(place_in("GB"));
  databases.places.v4 = {
      {{}, 0}, {number_of(address("192.0.2.0")), 1}, {number_of(address("192.0.3.0")), 0}};
  databases.places.v6 = {
      {{}, 0}, {number_of(address("2001:db8::")), 1}, {number_of(address("2001:db9::")), 0}};
  databases.asns.places.emplace_back().asn = 64500;
  databases.asns.v4 = {
      {{}, 0}, {number_of(address("192.0.2.128")), 1}, {number_of(address("192.0.3.0")), 0}};
  return databases;
}

TEST(CompileMaps, PutsEveryNetworkInTheOrderOfItsPlace) {
  const ClientMap map = compiled(countries({"GB"}), {}, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), (Order{0, 1}));
  EXPECT_EQ(map.block_of(address("192.0.2.1")), 24);
  EXPECT_EQ(order_in(map, address("2001:db8::1")), (Order{0, 1}));
  EXPECT_EQ(map.block_of(address("2001:db8::1")), 32);
  EXPECT_EQ(order_in(map, address("192.0.1.1")), Order{1});
}

TEST(CompileMaps, KnowsNobodyWithoutDatabases) {
  const ClientMap map = compiled(countries({"GB"}), {}, {});
  EXPECT_EQ(order_in(map, address("192.0.2.1")), Order{1});
  EXPECT_EQ(map.block_of(address("192.0.2.1")), 0);
}

TEST(CompileMaps, CutsNetworksWhereTheAsNumberCounts) {
  Rule rule = countries({"GB"});
  rule.locations.emplace_back(Area{.asn = 64500});
  const ClientMap map = compiled(rule, {}, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.127")), (Order{0, 1}));
  EXPECT_EQ(order_in(map, address("192.0.2.128")), (Order{2, 0, 1}));
  EXPECT_EQ(map.block_of(address("192.0.2.128")), 25);
}

TEST(CompileMaps, LetsTheAsnDatabaseStandBeforeTheAsNumberOfAPlace) {
  Databases databases = british_networks();
  databases.places.places[1].asn = 64501;
  Rule rule = countries({"GB"});
  rule.locations.emplace_back(Area{.asn = 64501});
  const ClientMap map = compiled(rule, {}, databases);
  EXPECT_EQ(order_in(map, address("192.0.2.127")), (Order{2, 0, 1}));
  EXPECT_EQ(order_in(map, address("192.0.2.128")), (Order{0, 1}));
}

TEST(CompileMaps, LetsTheNarrowestOverrideStand) {
  Atlas atlas;
  atlas.overrides = {in_country("192.0.0.0/16", "FR"), in_country("192.0.2.0/28", "DE")};
  const ClientMap map = compiled(countries({"GB", "FR", "DE"}), atlas, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), (Order{2, 3}));
  EXPECT_EQ(order_in(map, address("192.0.2.16")), (Order{1, 3}));
  EXPECT_EQ(order_in(map, address("2001:db8::1")), (Order{0, 3}));
}

TEST(CompileMaps, FindsOverridesOfIpv4InIpv6) {
  Atlas atlas;
  atlas.overrides = {in_country("2002:c000:200::/40", "FR")};
  const ClientMap map = compiled(countries({"GB", "FR"}), atlas, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), (Order{1, 2}));
  EXPECT_EQ(order_in(map, address("2002:c000:201::")), (Order{1, 2}));
}

TEST(CompileMaps, MakesOneMapForEachRule) {
  const auto maps = compile_maps({countries({"GB"}), countries({"FR"})}, {}, british_networks());
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(order_in(adopt(maps[0]), address("192.0.2.1")), (Order{0, 1}));
  EXPECT_EQ(order_in(adopt(maps[1]), address("192.0.2.1")), Order{1});
}

TEST(CompileMaps, GivesNestedCollectionsAChain) {
  Atlas atlas;
  auto& locations = atlas.collections["offices"].locations;
  locations["london"] = {prefix("192.0.2.0/24"), prefix("2001:db8::/32")};
  locations["berlin"] = {prefix("192.0.0.0/16")};
  Rule rule;
  for (const char* name : {"london", "berlin", "*"}) {
    rule.locations.emplace_back(CidrLocation{"offices", name});
  }
  const ClientMap map = compiled(rule, atlas, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), (Order{0, 1, 2}));
  EXPECT_EQ(order_in(map, address("192.0.3.1")), (Order{1, 2}));
  EXPECT_EQ(order_in(map, address("2001:db8::1")), (Order{0, 2}));
  EXPECT_EQ(order_in(map, address("198.51.100.1")), Order{2});
}

TEST(CompileMaps, MeasuredNetworksStandBeforeWhatThePlaceSays) {
  Atlas atlas;
  atlas.latencies = {{.source = Latency::Source::kCountry,
                      .network = {},
                      .asn = 0,
                      .code = Code("GB"),
                      .region = "b",
                      .milliseconds = 20},
                     {.source = Latency::Source::kNetwork,
                      .network = prefix("192.0.2.64/26"),
                      .asn = 0,
                      .code = {},
                      .region = "a",
                      .milliseconds = 10}};
  Rule rule;
  for (const char* name : {"a", "b"}) rule.locations.emplace_back(LatencyRegion{name});
  const ClientMap map = compiled(rule, atlas, british_networks());
  EXPECT_EQ(order_in(map, address("192.0.2.1")), Order{1});
  EXPECT_EQ(order_in(map, address("192.0.2.64")), (Order{0, 1}));
  EXPECT_EQ(order_in(map, address("198.51.100.1")), Order{});
}

TEST(CompileSpecial, KnowsAddressesThatAreNoPlaceToBe) {
  const ClientMap map = adopt(compile_special({}));
  for (const char* text : {"0.0.0.0",    "10.1.2.3",        "100.64.0.1",
                           "127.0.0.1",  "169.254.1.1",     "172.31.255.255",
                           "192.0.0.1",  "192.0.2.1",       "192.168.1.1",
                           "198.19.0.1", "198.51.100.1",    "203.0.113.1",
                           "224.0.0.1",  "255.255.255.255", "::",
                           "::1",        "100::1",          "2001:db8::1",
                           "fc00::1",    "fdff::1",         "fe80::1",
                           "ff02::1",    "::ffff:10.1.2.3", "2002:0a01:0203::1"}) {
    EXPECT_EQ(order_in(map, address(text)), Order{0}) << text;
  }
  for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.128.0.0", "172.32.0.0",
                           "192.0.1.0", "192.0.3.0", "198.20.0.0", "223.255.255.255", "2001:db9::1",
                           "2600::1", "fbff::1", "::ffff:8.8.8.8", "2002:0808:0808::1"}) {
    EXPECT_EQ(order_in(map, address(text)), Order{}) << text;
  }
}

TEST(CompileSpecial, LeavesOutWhatAnOverrideCovers) {
  const ClientMap map =
      adopt(compile_special({in_country("10.1.0.0/16", "GB"), in_country("fd00::/8", "GB")}));
  EXPECT_EQ(order_in(map, address("10.1.2.3")), Order{});
  EXPECT_EQ(order_in(map, address("10.2.0.0")), Order{0});
  EXPECT_EQ(order_in(map, address("fd12::1")), Order{});
  EXPECT_EQ(order_in(map, address("fc00::1")), Order{0});
  EXPECT_EQ(map.block_of(address("10.1.2.3")), 16);
}

// What a table says of an address: the last stretch to begin at or before it.
std::uint32_t number_at(const std::vector<PlaceStretch>& stretches, AddressNumber at) {
  if (stretches.empty()) return 0;
  const auto behind = std::ranges::upper_bound(stretches, at, {}, &PlaceStretch::first);
  return std::prev(behind)->place;
}

const Override* override_of(const Atlas& atlas, const IpAddress& client) {
  const Override* narrowest = nullptr;
  for (const Override& one : atlas.overrides) {
    const bool is_narrower = narrowest == nullptr || one.network.length > narrowest->network.length;
    if (one.network.contains(client) && is_narrower) narrowest = &one;
  }
  return narrowest;
}

// Indices of the networks around a client, the narrowest first.
std::vector<std::uint32_t> around(const std::vector<IpPrefix>& networks, const IpAddress& client) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < networks.size(); ++i) {
    if (networks[i].contains(client)) found.push_back(i);
  }
  std::ranges::sort(found, std::greater(), [&](std::uint32_t i) { return networks[i].length; });
  return found;
}

// The order by looking everything up for one client.
class Oracle {
 public:
  Oracle(const Rule& rule, const Atlas& atlas, const Databases& databases)
      : atlas_(atlas), databases_(databases), order_(make_order(rule, atlas)) {}

  [[nodiscard]] Order order_of(const IpAddress& written) const {
    const auto embedded = written.is_v4() ? std::nullopt : embedded_ipv4(number_of(written));
    const IpAddress client = embedded ? ipv4_of(embedded->address) : written;
    const GeoPlace place = place_of(client);
    if (const auto* const area = std::get_if<AreaOrder>(&order_)) return area->of(place);
    if (const auto* const near = std::get_if<ProximityOrder>(&order_)) return near->of(place);
    if (const auto* const fast = std::get_if<LatencyOrder>(&order_)) {
      return fast->of(place, around(fast->networks(), client));
    }
    const auto& cidr = std::get<CidrOrder>(order_);
    return cidr.of(around(cidr.networks(), client));
  }

 private:
  [[nodiscard]] GeoPlace place_of(const IpAddress& client) const {
    const auto& [places, asns] = databases_;
    const AddressNumber at = number_of(client);
    const std::uint32_t place = number_at(client.is_v4() ? places.v4 : places.v6, at);
    const std::uint32_t asn = number_at(client.is_v4() ? asns.v4 : asns.v6, at);
    return client_place(places.places[place], asns.places[asn].asn, override_of(atlas_, client));
  }

  const Atlas& atlas_;
  const Databases& databases_;
  RuleOrder order_;
};

void add_around(std::vector<IpAddress>& clients, AddressNumber at, bool is_v4) {
  for (const AddressNumber number : {previous(at), at, next(at)}) {
    clients.push_back(is_v4 ? ipv4_of(static_cast<std::uint32_t>(number.low)) : ipv6_of(number));
  }
}

// Where anything begins or ends, and beside it.
std::vector<IpAddress> edges(const Atlas& atlas, const Databases& databases) {
  std::vector<IpAddress> clients;
  for (const PlaceTable* table : {&databases.places, &databases.asns}) {
    for (const PlaceStretch& stretch : table->v4) add_around(clients, stretch.first, true);
    for (const PlaceStretch& stretch : table->v6) add_around(clients, stretch.first, false);
  }
  std::vector<IpPrefix> networks;
  for (const Override& one : atlas.overrides) networks.push_back(one.network);
  for (const Latency& one : atlas.latencies) networks.push_back(one.network);
  for (const auto& [name, collection] : atlas.collections) {
    for (const auto& [location, of_it] : collection.locations) {
      networks.insert(networks.end(), of_it.begin(), of_it.end());
    }
  }
  for (const IpPrefix& network : networks) {
    add_around(clients, first_of(network), network.address.is_v4());
    add_around(clients, last_of(network), network.address.is_v4());
  }
  return clients;
}

IpPrefix random_network(std::mt19937& random) {
  for (;;) {
    const IpAddress address = random_address(random);
    const auto length = static_cast<std::uint8_t>(4 + random() % (address.is_v4() ? 28U : 60U));
    const Result<IpPrefix> network = looked_up_as(IpPrefix::of(address, length));
    if (network.ok()) return network.value();
  }
}

// Something of everything that a rule can ask for.
Atlas random_atlas(std::mt19937& random) {
  Atlas atlas;
  std::vector<IpPrefix> networks;
  while (networks.size() < 40) {
    const IpPrefix network = random_network(random);
    if (std::ranges::find(networks, network) == networks.end()) networks.push_back(network);
  }
  for (std::size_t i = 0; i < 12; ++i) {
    Override override;
    override.network = networks[i];
    override.has_place = i % 3 != 0;
    if (i % 3 == 1) override.place.country = Code("FR");
    if (i % 3 == 2) override.place.coordinates = {48.86, 2.35};
    if (i % 2 == 0) override.place.asn = 64'513;
    atlas.overrides.push_back(override);
  }
  for (std::size_t i = 0; i < networks.size(); ++i) {
    Latency latency;
    latency.source = static_cast<Latency::Source>(i % 4);
    latency.network = networks[i];
    latency.asn = static_cast<std::uint32_t>(64'513 + i % 5);
    latency.code = Code(i % 4 == 2 ? "GB" : "EU");
    latency.region = i % 7 < 3 ? "eu-west-1" : "us-east-1";
    latency.milliseconds = static_cast<double>(random() % 100);
    atlas.latencies.push_back(latency);
    auto& locations = atlas.collections["offices"].locations;
    locations[std::to_string(i % 3)].push_back(networks[i]);
  }
  return atlas;
}

std::vector<Rule> rules_of_all_kinds() {
  std::vector<Rule> rules = {countries({"GB", "FR", "US"}), {}, {}, {}};
  rules[0].locations.emplace_back(Area{.asn = 64'513});
  rules[0].locations.emplace_back(Area{.continent = Code("EU"), .asn = 64'514});
  for (const char* region : {"eu-west-1", "us-east-1", "ap-south-1", "sa-east-1", "af-south-1"}) {
    rules[1].locations.emplace_back(Proximity{.region = region});
    rules[2].locations.emplace_back(LatencyRegion{region});
  }
  for (const char* name : {"*", "0", "1", "2"}) {
    rules[3].locations.emplace_back(CidrLocation{"offices", name});
  }
  return rules;
}

Databases generated(std::uint32_t seed, const TableSize& size) {
  Databases databases;
  databases.places = generate_table(seed, size);
  fill_places(seed, databases.places.places);
  databases.asns = generate_table(
      seed + 1, {.v4 = size.v4 / 4, .v6 = size.v6 / 4, .places = 20, .places_around = 3});
  fill_asns(databases.asns.places);
  return databases;
}

TEST(CompileMaps, AgreesWithLookingUpEachClientAtEveryEdge) {
  std::mt19937 random(21);
  for (std::uint32_t round = 0; round < kAtlases; ++round) {
    const Atlas atlas = random_atlas(random);
    const Databases databases =
        generated(round, {.v4 = 200, .v6 = 200, .places = 50, .places_around = 10});
    const auto clients = edges(atlas, databases);
    const std::vector<Rule> rules = rules_of_all_kinds();
    auto maps = compile_maps(rules, atlas, databases);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const ClientMap map = adopt(std::move(maps[i]));
      const Oracle oracle(rules[i], atlas, databases);
      for (const IpAddress& client : clients) {
        ASSERT_EQ(order_in(map, client), oracle.order_of(client))
            << "rule " << i << ", " << to_string(client);
      }
    }
  }
}

struct LargeTable {
  Databases databases;
  std::vector<Order> orders;  // of each place
  ClientMap map;
};

LargeTable make_large_table() {
  Databases databases;
  databases.places = generate_table(
      31, {.v4 = kNetworks / 4 * 3, .v6 = kNetworks / 4, .places = 5000, .places_around = 40});
  fill_places(32, databases.places.places);
  const Rule rule = countries({"GB", "FR", "DE", "US"});
  std::vector<Order> orders;
  for (const GeoPlace& place : databases.places.places) {
    orders.push_back(AreaOrder(rule).of(client_place(place, 0, nullptr)));
  }
  ClientMap map = compiled(rule, {}, databases);
  return {std::move(databases), std::move(orders), std::move(map)};
}

TEST(LargeTable, IsAsCompiledAtEveryEdge) {
  const LargeTable large = make_large_table();
  const PlaceTable& table = large.databases.places;
  ASSERT_GT(table.v4.size() + table.v6.size(), kNetworks * 9 / 10);
  for (const bool is_v4 : {true, false}) {
    const auto& stretches = is_v4 ? table.v4 : table.v6;
    std::vector<IpAddress> clients;
    for (const PlaceStretch& stretch : stretches) {
      clients.clear();
      add_around(clients, stretch.first, is_v4);
      for (const IpAddress& client : clients) {
        const auto embedded = is_v4 ? std::nullopt : embedded_ipv4(number_of(client));
        const std::uint32_t place = embedded ? number_at(table.v4, {0, embedded->address})
                                             : number_at(stretches, number_of(client));
        ASSERT_TRUE(std::ranges::equal(large.map.order_of(client), large.orders[place]))
            << to_string(client);
      }
    }
  }
}

// How often the order changed up to each stretch.
std::vector<std::uint32_t> count_changes(const std::vector<PlaceStretch>& stretches,
                                         const std::vector<Order>& orders) {
  std::vector<std::uint32_t> changes(stretches.size());
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    const bool is_change = orders[stretches[i].place] != orders[stretches[i - 1].place];
    changes[i] = changes[i - 1] + (is_change ? 1 : 0);
  }
  return changes;
}

TEST(LargeTable, HasTheWidestBlocksOfOneOrder) {
  const LargeTable large = make_large_table();
  for (const bool is_v4 : {true, false}) {
    const auto& stretches = is_v4 ? large.databases.places.v4 : large.databases.places.v6;
    const auto changes = count_changes(stretches, large.orders);
    const auto changes_at = [&](AddressNumber at) {
      const auto behind = std::ranges::upper_bound(stretches, at, {}, &PlaceStretch::first);
      return changes[static_cast<std::size_t>(behind - stretches.begin()) - 1];
    };
    const auto has_one_order = [&](const IpPrefix& block) {
      const bool has_ipv4 = std::ranges::any_of(kIpv4Embeddings, [&](const Ipv4Embedding& one) {
        return !is_v4 && block.contains(ipv6_of(one.prefix));
      });
      return !has_ipv4 && changes_at(first_of(block)) == changes_at(last_of(block));
    };
    for (std::size_t i = 0; i < stretches.size(); i += 7) {
      const AddressNumber first = stretches[i].first;
      if (!is_v4 && embedded_ipv4(first)) continue;
      const IpAddress client =
          is_v4 ? ipv4_of(static_cast<std::uint32_t>(first.low)) : ipv6_of(first);
      const std::uint8_t length = large.map.block_of(client);
      ASSERT_TRUE(has_one_order(IpPrefix::of(client, length))) << to_string(client);
      ASSERT_GT(length, 0) << to_string(client);
      const auto wider = static_cast<std::uint8_t>(length - 1);
      ASSERT_FALSE(has_one_order(IpPrefix::of(client, wider))) << to_string(client);
    }
  }
}

}  // namespace
}  // namespace rhumb::geo_test
