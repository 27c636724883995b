#include "geo/maxmind.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <random>

#include "geo/address_number.h"
#include "geo/ipv4_in_ipv6.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using test::MmdbWriter;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

GeoPlace place(std::string_view continent, std::string_view country, std::string_view larger = "",
               std::string_view smaller = "") {
  GeoPlace made;
  made.continent = Code(continent);
  made.country = Code(country);
  made.subdivisions = {Code(larger), Code(smaller)};
  return made;
}

GeoPlace at(GeoPlace made, double latitude, double longitude) {
  made.coordinates = Coordinates{latitude, longitude};
  return made;
}

GeoPlace asn(std::uint32_t number) {
  GeoPlace made;
  made.asn = number;
  return made;
}

// "FIRST COUNTRY" for every stretch.
std::vector<std::string> stretches(const PlaceTable& table, Family family) {
  std::vector<std::string> lines;
  const bool is_v4 = family == Family::kV4;
  for (const PlaceStretch& stretch : is_v4 ? table.v4 : table.v6) {
    const IpAddress first =
        is_v4 ? ipv4_of(static_cast<std::uint32_t>(stretch.first.low)) : ipv6_of(stretch.first);
    const std::string_view country = table.places[stretch.place].country.text();
    lines.push_back(to_string(first) + " " + (country.empty() ? "-" : std::string(country)));
  }
  return lines;
}

const GeoPlace& place_of(const PlaceTable& table, const IpAddress& client) {
  const auto& all = client.is_v4() ? table.v4 : table.v6;
  const auto above = std::upper_bound(
      all.begin(), all.end(), number_of(client),
      [](AddressNumber wanted, const PlaceStretch& stretch) { return wanted < stretch.first; });
  return table.places[above == all.begin() ? 0 : std::prev(above)->place];
}

class Maxmind : public ::testing::Test {
 protected:
  std::string write(const MmdbWriter& writer) { return folder_.write("x.mmdb", writer.bytes()); }
  ReadDatabase places(const MmdbWriter& writer) {
    auto read = read_places(write(writer));
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error());
    return read.ok() ? std::move(read).value() : ReadDatabase{};
  }
  std::string error_of(const MmdbWriter& writer) {
    const auto read = read_places(write(writer));
    return read.ok() ? "" : read.error();
  }

  test::TempDir folder_;
};

TEST_F(Maxmind, ReadsWhatACityDatabaseSays) {
  MmdbWriter writer;
  const GeoPlace boxford = at(place("EU", "GB", "ENG", "WBK"), 51.75, -1.25);
  writer.add("2.125.160.216/29", test::mmdb_city(boxford));
  const ReadDatabase read = places(writer);
  EXPECT_EQ(place_of(read.table, *IpAddress::parse("2.125.160.223")), boxford);
  EXPECT_EQ(place_of(read.table, *IpAddress::parse("2.125.160.224")), GeoPlace{});
  EXPECT_EQ(read.info, (DatabaseInfo{"Test-City", 1'700'000'000, 1}));
}

TEST_F(Maxmind, ReadsWhatAnAsnDatabaseSays) {
  MmdbWriter writer({.type = "Test-ASN"});
  writer.add("192.0.2.0/24", test::mmdb_asn(64'500));
  writer.add("2001:db8::/32", test::mmdb_asn(4'294'967'295));
  const auto read = read_asns(write(writer));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(place_of(read.value().table, *IpAddress::parse("192.0.2.1")), asn(64'500));
  EXPECT_EQ(place_of(read.value().table, *IpAddress::parse("2001:db8::1")), asn(4'294'967'295));
}

TEST_F(Maxmind, StretchesRiseAndEqualNeighboursAreOne) {
  MmdbWriter writer;
  writer.add("10.0.0.0/8", test::mmdb_city(place("", "AA")));
  writer.add("11.0.0.0/8", test::mmdb_city(place("", "AA")));
  writer.add("11.1.2.128/25", test::mmdb_city(place("", "BB")));
  writer.add("255.0.0.0/8", test::mmdb_city(place("", "CC")));
  EXPECT_EQ(stretches(places(writer).table, Family::kV4),
            (std::vector<std::string>{"0.0.0.0 -", "10.0.0.0 AA", "11.1.2.128 BB", "11.1.3.0 AA",
                                      "12.0.0.0 -", "255.0.0.0 CC"}));
}

TEST_F(Maxmind, ReadsRecordsOfEverySize) {
  for (const int size : {24, 28, 32}) {
    MmdbWriter writer({.record_size = size});
    writer.add("192.0.2.0/24", test::mmdb_city(place("", "AA")));
    writer.add("2001:db8::/32", test::mmdb_city(place("", "BB")));
    const ReadDatabase read = places(writer);
    EXPECT_EQ(stretches(read.table, Family::kV4),
              (std::vector<std::string>{"0.0.0.0 -", "192.0.2.0 AA", "192.0.3.0 -"}));
    EXPECT_EQ(stretches(read.table, Family::kV6),
              (std::vector<std::string>{":: -", "2001:db8:: BB", "2001:db9:: -"}));
  }
}

TEST_F(Maxmind, ADatabaseOfIpv4SaysNothingOfIpv6) {
  MmdbWriter writer({.record_size = 24, .ip_version = 4});
  writer.add("192.0.2.0/24", test::mmdb_city(place("", "AA")));
  const ReadDatabase read = places(writer);
  EXPECT_EQ(stretches(read.table, Family::kV4),
            (std::vector<std::string>{"0.0.0.0 -", "192.0.2.0 AA", "192.0.3.0 -"}));
  EXPECT_THAT(read.table.v6, IsEmpty());
}

TEST_F(Maxmind, AnIpv6NetworkAboveIpv4CoversItWhole) {
  MmdbWriter writer;
  writer.add("::/64", test::mmdb_city(place("", "AA")));
  const ReadDatabase read = places(writer);
  EXPECT_EQ(stretches(read.table, Family::kV4), (std::vector<std::string>{"0.0.0.0 AA"}));
  EXPECT_EQ(stretches(read.table, Family::kV6),
            (std::vector<std::string>{":: -", "::1:0:0 AA", "::ffff:0.0.0.0 -", "::1:0:0:0 AA",
                                      "0:0:0:1:: -"}));
}

TEST_F(Maxmind, LeavesOutOfIpv6WhatStandsForIpv4) {
  MmdbWriter writer;
  writer.add("192.0.2.0/24", test::mmdb_city(place("", "AA")));
  writer.add("2000::/3", test::mmdb_city(place("", "BB")));
  writer.add_aliases();
  EXPECT_EQ(stretches(places(writer).table, Family::kV6),
            (std::vector<std::string>{":: -", "2000:: BB", "2001:: -", "2001:1:: BB", "2002:: -",
                                      "2003:: BB", "4000:: -"}));
}

TEST_F(Maxmind, LeavesOutEmbeddedIpv4ThatIsNoAlias) {
  MmdbWriter writer;
  writer.add("2002:c000:200::/40", test::mmdb_city(place("", "AA")));
  writer.add("64:ff9b::c000:200/120", test::mmdb_city(place("", "BB")));
  writer.add("64::/16", test::mmdb_city(place("", "CC")));
  writer.add("2001:db8::/32", test::mmdb_city(place("", "DD")));
  EXPECT_EQ(stretches(places(writer).table, Family::kV6),
            (std::vector<std::string>{":: -", "64:: CC", "64:ff9b:: -", "64:ff9b::1:0:0 CC",
                                      "65:: -", "2001:db8:: DD", "2001:db9:: -"}));
}

TEST_F(Maxmind, NeverHeedsTheRegisteredCountry) {
  MmdbWriter writer;
  writer.add("192.0.2.0/24", test::mmdb_city(place("EU", "")));
  writer.add("198.51.100.0/24", test::mmdb_city(place("", "")));
  const ReadDatabase read = places(writer);
  EXPECT_EQ(place_of(read.table, *IpAddress::parse("192.0.2.1")), place("EU", ""));
  EXPECT_EQ(read.info.networks, 1U);
}

// A record with these values at their paths, whatever they are.
std::string odd_record(const std::string& continent, const std::string& latitude,
                       const std::string& longitude, const std::string& subdivisions) {
  return test::mmdb_map(
      {{"continent", test::mmdb_map({{"code", continent}})},
       {"country", test::mmdb_map({{"iso_code", test::mmdb_text("no")}})},
       {"location", test::mmdb_map({{"latitude", latitude}, {"longitude", longitude}})},
       {"subdivisions", subdivisions}});
}

TEST_F(Maxmind, PassesOverValuesThatCannotBe) {
  using test::mmdb_double;
  using test::mmdb_text;
  const std::string none = test::mmdb_array({});
  const std::string text = mmdb_text("EU");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const std::string& odd : {
           odd_record(mmdb_text("EURO"), mmdb_double(90.5), mmdb_double(0), none),
           odd_record(mmdb_text("E\n"), mmdb_double(0), mmdb_double(-180.5), none),
           odd_record(mmdb_text(""), mmdb_double(nan), mmdb_double(0), none),
           odd_record(test::mmdb_uint32(7), mmdb_double(0), mmdb_double(infinite), none),
           odd_record(mmdb_double(1), text, mmdb_double(0), text),
           odd_record(none, test::mmdb_uint32(1), test::mmdb_uint32(1), test::mmdb_array({text})),
       }) {
    MmdbWriter writer;
    writer.add("192.0.2.0/24", odd);
    EXPECT_EQ(place_of(places(writer).table, *IpAddress::parse("192.0.2.1")), place("", "NO"));
  }
}

TEST_F(Maxmind, ADatabaseOfTheOtherKindIsAnErrorThatSaysWhereItBelongs) {
  MmdbWriter asns({.type = "GeoLite2-ASN"});
  asns.add("192.0.2.0/24", test::mmdb_asn(64'500));
  EXPECT_EQ(error_of(asns),
            "is of type \"GeoLite2-ASN\" and tells no network's continent, country or coordinates; "
            "write a City or Country database here (one of AS numbers goes into \"asnDatabase\")");
  MmdbWriter cities({.type = "GeoLite2-City"});
  cities.add("192.0.2.0/24", test::mmdb_city(place("EU", "GB")));
  const auto read = read_asns(write(cities));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(),
            "is of type \"GeoLite2-City\" and tells no network's AS number; write an ASN database "
            "here (one of places goes into \"database\")");
}

TEST_F(Maxmind, SaysWhyAFileCannotBeRead) {
  const auto missing = read_places(folder_.path() + "/none.mmdb");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error(), "cannot be read: No such file or directory");
  for (const char* content : {"", "x", "\xab\xcd\xefMaxMind.com"}) {
    const auto read = read_places(folder_.write("bad.mmdb", content));
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error(), HasSubstr("is no MaxMind DB, or is damaged: "));
  }
}

// A tree of 24-bit records as these, for IPv4, and one record of data.
std::string tree_of(const std::vector<std::array<std::uint32_t, 2>>& nodes) {
  std::string tree;
  for (const auto& node : nodes) {
    for (const std::uint32_t value : node) {
      for (const unsigned shift : {16U, 8U, 0U}) tree += static_cast<char>(value >> shift);
    }
  }
  MmdbWriter writer({.record_size = 24, .ip_version = 4});
  writer.add("0.0.0.0/1", test::mmdb_city(place("", "AA")));
  const std::string good = writer.bytes();  // of one node
  std::string text = tree + good.substr(6);
  const std::size_t count = text.find("node_count") + 10;
  text[count + 1] = static_cast<char>(nodes.size());
  return text;
}

TEST_F(Maxmind, ATreeThatIsACircleIsAnError) {
  const auto read = read_places(folder_.write("x.mmdb", tree_of({{1, 2}, {1, 2}})));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), "is damaged: its search tree is deeper than an address");
}

TEST_F(Maxmind, ATreeThatFansOutIsAnErrorAfterABound) {
  std::vector<std::array<std::uint32_t, 2>> nodes;
  for (std::uint32_t i = 1; i <= 32; ++i) nodes.push_back({i, i});  // 2^32 paths to the last
  const auto read = read_places(folder_.write("x.mmdb", tree_of(nodes)));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(), "is damaged: its search tree does not end after 1024 branches");
}

TEST_F(Maxmind, ATreeThatLeadsOutOfTheFileIsAnError) {
  const auto read = read_places(folder_.write("x.mmdb", tree_of({{1 + 16 + 60'000, 1}})));
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error(), HasSubstr("is damaged: "));
}

// Asks libmaxminddb itself.
class Oracle {
 public:
  explicit Oracle(const std::string& path) {
    if (MMDB_open(path.c_str(), MMDB_MODE_MMAP, &mmdb_) != MMDB_SUCCESS) {
      throw std::runtime_error(path + " cannot be opened");
    }
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  ~Oracle() { MMDB_close(&mmdb_); }

  GeoPlace operator()(const IpAddress& client) const {
    MMDB_lookup_result_s found = look_up(client);
    GeoPlace answer;
    if (!found.found_entry) return answer;
    answer.continent = Code(text(found, "continent", "code"));
    answer.country = Code(text(found, "country", "iso_code"));
    answer.subdivisions = {Code(text(found, "subdivisions", "0", "iso_code")),
                           Code(text(found, "subdivisions", "1", "iso_code"))};
    MMDB_entry_data_s latitude{};
    MMDB_entry_data_s longitude{};
    MMDB_get_value(&found.entry, &latitude, "location", "latitude", nullptr);
    MMDB_get_value(&found.entry, &longitude, "location", "longitude", nullptr);
    if (latitude.has_data && longitude.has_data) {
      answer.coordinates = Coordinates{latitude.double_value, longitude.double_value};
    }
    MMDB_entry_data_s number{};
    MMDB_get_value(&found.entry, &number, "autonomous_system_number", nullptr);
    if (number.has_data) answer.asn = number.uint32;
    return answer;
  }

  // First and last address of each network, as its tree has them, by asking for the next address.
  [[nodiscard]] std::vector<IpPrefix> networks(Family family) const {
    std::vector<IpPrefix> all;
    const bool is_v4 = family == Family::kV4;
    IpAddress client = is_v4 ? ipv4_of(0) : ipv6_of({});
    while (true) {
      const int above = is_v4 && mmdb_.metadata.ip_version == 6 ? 96 : 0;
      const int length = std::max(0, look_up(client).netmask - above);
      all.push_back(IpPrefix::of(client, static_cast<std::uint8_t>(length)));
      const AddressNumber behind = next(last_of(all.back()));
      if (behind == AddressNumber{} || (is_v4 && behind.low > 0xFFFFFFFF)) return all;
      client = is_v4 ? ipv4_of(static_cast<std::uint32_t>(behind.low)) : ipv6_of(behind);
    }
  }
  [[nodiscard]] bool has_ipv6() const { return mmdb_.metadata.ip_version == 6; }

 private:
  [[nodiscard]] MMDB_lookup_result_s look_up(const IpAddress& client) const {
    sockaddr_storage storage{};
    if (client.is_v4()) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      v4->sin_family = AF_INET;
      std::ranges::copy(client.bytes(), reinterpret_cast<std::uint8_t*>(&v4->sin_addr));
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      v6->sin6_family = AF_INET6;
      std::ranges::copy(client.bytes(), reinterpret_cast<std::uint8_t*>(&v6->sin6_addr));
    }
    int status = MMDB_SUCCESS;
    const auto found = MMDB_lookup_sockaddr(&mmdb_, reinterpret_cast<sockaddr*>(&storage), &status);
    EXPECT_EQ(status, MMDB_SUCCESS) << to_string(client);
    return found;
  }
  template <typename... Path>
  static std::string_view text(MMDB_lookup_result_s& found, Path... path) {
    MMDB_entry_data_s data{};
    MMDB_get_value(&found.entry, &data, path..., nullptr);
    if (!data.has_data) return {};
    return {data.utf8_string, data.data_size};
  }

  MMDB_s mmdb_{};
};

bool is_ipv4_in_ipv6(const IpAddress& client) {
  if (client.is_v4()) return false;
  const AddressNumber number = number_of(client);
  return embedded_ipv4(number).has_value() || (number.high == 0 && number.low >> 32U == 0);
}

// At the first and the last address of every network, and at their neighbours.
std::size_t expect_as_looked_up(const PlaceTable& table, const Oracle& oracle) {
  std::size_t compared = 0;
  const auto compare = [&](const IpAddress& client) {
    const GeoPlace expected = is_ipv4_in_ipv6(client) ? GeoPlace{} : oracle(client);
    EXPECT_EQ(place_of(table, client), expected) << to_string(client);
    ++compared;
  };
  for (const Family family : {Family::kV4, Family::kV6}) {
    if (family == Family::kV6 && !oracle.has_ipv6()) continue;
    for (const IpPrefix& network : oracle.networks(family)) {
      for (const AddressNumber edge : {first_of(network), last_of(network)}) {
        for (const AddressNumber number : {previous(edge), edge, next(edge)}) {
          compare(family == Family::kV4 ? ipv4_of(static_cast<std::uint32_t>(number.low))
                                        : ipv6_of(number));
        }
      }
    }
  }
  return compared;
}

TEST_F(Maxmind, AgreesWithLookUpsInMaxmindsOwnTestDatabases) {
  const std::filesystem::path folder = RHUMB_SOURCE_DIR "/../shared/geoip";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "MaxMind's test databases are not at " << folder;
  }
  const auto compare = [&](const char* name, auto read_database) {
    const std::string path = folder / name;
    const Result<ReadDatabase> read = read_database(path);
    ASSERT_TRUE(read.ok()) << name << " " << read.error();
    const std::size_t compared = expect_as_looked_up(read.value().table, Oracle(path));
    std::cout << name << ": " << read.value().info.networks << " networks, " << compared
              << " addresses compared\n";
  };
  for (const char* name : {"GeoIP2-City-Test.mmdb", "GeoIP2-Country-Test.mmdb",
                           "GeoLite2-City-Test.mmdb", "GeoLite2-Country-Test.mmdb"}) {
    compare(name, read_places);
  }
  compare("GeoLite2-ASN-Test.mmdb", read_asns);
}

TEST_F(Maxmind, AgreesWithLookUpsInRandomDatabases) {
  std::mt19937 random(20'261'120);  // NOLINT: the same each time
  const auto below = [&](std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random);
  };
  for (int round = 0; round < 12; ++round) {
    const int ip_version = round % 4 == 0 ? 4 : 6;
    MmdbWriter writer({.record_size = 24 + 4 * (round % 3), .ip_version = ip_version});
    writer.add("192.0.2.0/24", test::mmdb_city(place("EU", "DE")));
    for (int i = 0; i < 500; ++i) {
      const bool is_v4 = ip_version == 4 || below(2) == 0;
      const AddressNumber number{std::uint64_t{0x2001 + below(3)} << 48U | below(0xFFFF'FFFF),
                                 below(0xFFFF'FFFF)};
      const IpAddress address = is_v4 ? ipv4_of(below(0xFFFF'FFFF)) : ipv6_of(number);
      const auto length = static_cast<std::uint8_t>(1 + below(is_v4 ? 32 : 128));
      const std::array<char, 2> country = {static_cast<char>('A' + below(8)), 'X'};
      writer.add(IpPrefix::of(address, length),
                 test::mmdb_city(at(place("EU", {country.data(), 2}), below(90), below(180))));
    }
    const std::string path = write(writer);
    const Result<ReadDatabase> read = read_places(path);
    ASSERT_TRUE(read.ok()) << read.error();
    EXPECT_GT(expect_as_looked_up(read.value().table, Oracle(path)), 1'000U);
  }
}

TEST_F(Maxmind, ReadsAMillionNetworks) {
  if (test::kSanitized) GTEST_SKIP() << test::kOnlyInRelease;
  MmdbWriter writer;
  const std::array<std::string, 3> records = {test::mmdb_city(place("EU", "DE")),
                                              test::mmdb_city(place("EU", "FR")),
                                              test::mmdb_city(place("NA", "US"))};
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    writer.add(IpPrefix{ipv4_of(i << 12U), 20}, records[i % 3]);
  }
  const ReadDatabase read = places(writer);
  EXPECT_EQ(read.info.networks, 1'000'000U);
  EXPECT_THAT(read.table.v4, SizeIs(1'000'001));
  EXPECT_EQ(place_of(read.table, ipv4_of(999'999U << 12U)), place("EU", "DE"));
}

}  // namespace
}  // namespace rhumb
