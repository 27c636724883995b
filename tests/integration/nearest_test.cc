// Clients and sites on a generated database, asked of gdnsd and of rhumb: the same site is nearest.
// docs/differences.md tells where the two differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/dns_client.h"
#include "tests/support/mmdb.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

constexpr int kPlaceSeed = 20261120;
constexpr int kNetworks = 20'000;
constexpr int kClients = test::kSanitized ? 3'000 : 10'000;

constexpr char kGdnsdPlugins[] =
    "service_types => {}\n"
    "plugins => { geoip => {\n"
    "  maps => { world => {\n"
    "    geoip2_db => %DB%\n"
    "    datacenters => [ virginia, frankfurt, singapore ]\n"
    "    auto_dc_coords => { virginia => [ 38.95, -77.45 ], frankfurt => [ 50.11, 8.68 ],\n"
    "                        singapore => [ 1.35, 103.82 ] }\n"
    "  } }\n"
    "  resources => { www => { map => world, service_types => up, dcmap => {\n"
    "    virginia => 192.0.2.1, frankfurt => 192.0.2.2, singapore => 192.0.2.3 } } }\n"
    "} }\n";

constexpr char kGdnsdZone[] =
    "@ SOA ns1 hostmaster 1 7200 30m 3d 60\n@ NS ns1\nns1 A 127.0.0.1\nwww 5 DYNA geoip!www\n";

constexpr char kRecords[] =
    "- {name: www, type: A, setIdentifier: virginia, geoProximity: {latitude: 38.95, longitude: "
    "-77.45}, values: [192.0.2.1]}\n"
    "- {name: www, type: A, setIdentifier: frankfurt, geoProximity: {latitude: 50.11, longitude: "
    "8.68}, values: [192.0.2.2]}\n"
    "- {name: www, type: A, setIdentifier: singapore, geoProximity: {latitude: 1.35, longitude: "
    "103.82}, values: [192.0.2.3]}\n";

using Random = std::mt19937;

// Public IPv4 and 2000::/4 beside what stands for IPv4 in IPv6, whole octets of them.
IpAddress random_address(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  if (random() % 2 == 0) {
    bytes[0] = static_cast<std::uint8_t>(20 + random() % 70);
    return IpAddress::v4(std::span(bytes).first<4>());
  }
  bytes[0] = 0x24;
  return IpAddress::v6(bytes);
}

// Networks at random places; some lack the coordinates.
std::string random_database(Random& random) {
  test::MmdbWriter writer({.record_size = 28, .ip_version = 6, .type = "GeoIP2-City"});
  std::uniform_real_distribution<double> latitude(-80, 80);
  std::uniform_real_distribution<double> longitude(-179, 179);
  for (int i = 0; i < kNetworks; ++i) {
    const IpAddress address = random_address(random);
    const auto length = static_cast<std::uint8_t>(address.is_v4() ? 8 + random() % 17  //
                                                                  : 16 + random() % 33);
    GeoPlace place;
    place.country = Code("DE");
    if (random() % 20 != 0) place.coordinates = {latitude(random), longitude(random)};
    writer.add(IpPrefix::of(address, length), test::mmdb_city(place));
  }
  return writer.bytes();
}

IpPrefix random_client(Random& random) {
  const IpAddress address = random_address(random);
  return IpPrefix::of(address, address.is_v4() ? 32 : 64);
}

class Nearest : public ::testing::Test {
 protected:
  Nearest() : random_(kPlaceSeed) {
    database_ = folder_.write("city.mmdb", random_database(random_));
    folder_.write("zones/geo.yaml", test::yaml_zone("geo.test", "", kRecords));
  }
  [[nodiscard]] std::unique_ptr<test::Process> start_gdnsd(const Endpoint& endpoint) const {
    std::string config = kGdnsdPlugins;
    config.replace(config.find("%DB%"), 4, database_);
    const std::string zone = folder_.write("geo.zone", kGdnsdZone);
    return test::start_gdnsd(folder_, endpoint, config, {{"geo.test.", zone}});
  }

  Random random_;
  test::TempDir folder_;
  std::string database_;
};

TEST_F(Nearest, IsTheSameSiteAsForGdnsd) {
  const std::string address = test::own_address(1);
  const Endpoint peer{*IpAddress::parse(address), test::free_port(address)};
  const auto gdnsd = start_gdnsd(peer);
  ASSERT_NE(gdnsd, nullptr) << "install gdnsd, as scripts/test does";
  test::Rhumb rhumb(folder_, "zones: [\"zones/*\"]\ngeo: {database: city.mmdb}\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  int located = 0;
  for (int i = 0; i < kClients; ++i) {
    const IpPrefix client = random_client(random_);
    const test::Ask ask{.name = "www.geo.test", .subnet = client};
    const auto ours = rhumb.ask(ask);
    const auto theirs = test::ask(peer, ask);
    ASSERT_TRUE(ours && theirs) << to_string(client);
    ASSERT_EQ(ours->answer, theirs->answer) << to_string(client) << " seed " << kPlaceSeed;
    if (ours->answer != std::vector<std::string>{"www.geo.test. 5 A 192.0.2.1"}) ++located;
  }
  // Who is nowhere goes to the first; that would agree, too.
  EXPECT_GT(located, kClients / 4);
}

}  // namespace
}  // namespace rhumb
