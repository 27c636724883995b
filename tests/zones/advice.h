// What the tests of advice share: zones in a few lines of YAML, and what is said of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "tests/zones/reading.h"
#include "zones/advise.h"
#include "zones/zone_set.h"

namespace rhumb {

// Nine lines: two checks, either with a use. What a test adds goes on at the tenth.
inline constexpr std::string_view kAdvisedHead =
    "zone: example.com\n"
    "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
    "healthChecks:\n"
    "- {id: london, type: HTTP, address: 192.0.2.10}\n"
    "- {id: frankfurt, type: HTTP, address: 198.51.100.10}\n"
    "records:\n"
    "- {name: \"@\", type: NS, values: ns1.example.net.}\n"
    "- {name: u1, type: TXT, healthCheckId: london, values: x}\n"
    "- {name: u2, type: TXT, healthCheckId: frankfurt, values: x}\n";

// Of a server that knows where its clients are.
inline Atlas atlas_with_databases() {
  Atlas atlas;
  atlas.database = "city.mmdb";
  atlas.asn_database = "asn.mmdb";
  atlas.collections["offices"].locations["berlin"] = {*IpPrefix::parse("192.0.2.0/24")};
  return atlas;
}

inline std::vector<std::string> advice_of_zones(const std::vector<std::string>& texts,
                                                const Atlas& atlas = atlas_with_databases(),
                                                std::vector<CheckSpec> checks = {},
                                                std::string_view database_type = {}) {
  std::vector<std::shared_ptr<const Zone>> read;
  for (const std::string& text : texts) {
    const Reading reading = read_yaml_zone(text);
    EXPECT_THAT(reading.problems, testing::IsEmpty());
    read.push_back(reading.zone);
    if (reading.zone == nullptr) return {};
  }
  Diagnostics diagnostics;
  const auto zones = ZoneSet::link(std::move(read), std::move(checks), atlas, diagnostics);
  EXPECT_THAT(diagnostics.all(), testing::IsEmpty());
  if (zones == nullptr) return {};
  advise(*zones, atlas, database_type, diagnostics);
  diagnostics.sort_by_place();
  std::vector<std::string> found;
  for (const Diagnostic& one : diagnostics.all()) found.push_back(to_string(one));
  return found;
}

inline std::vector<std::string> advice_of(const std::string& records,
                                          const Atlas& atlas = atlas_with_databases()) {
  return advice_of_zones({std::string(kAdvisedHead) + records}, atlas);
}

inline constexpr std::string_view kLondon = "192.0.2.10";
inline constexpr std::string_view kFrankfurt = "198.51.100.10";

// A set of www, a line of its own.
inline std::string set_of(std::string_view identifier, std::string_view fields,
                          std::string_view values = kLondon, std::string_view type = "A") {
  return "- {name: www, type: " + std::string(type) +
         ", setIdentifier: " + std::string(identifier) + ", " + std::string(fields) +
         ", values: [" + std::string(values) + "]}\n";
}

inline std::string alias_of(std::string_view identifier, std::string_view fields) {
  return "- {name: www, type: A, setIdentifier: " + std::string(identifier) + ", " +
         std::string(fields) + "}\n";
}

// Of type A, at the name `pool`.
inline std::string pool_with(std::string_view fields) {
  return "- {name: pool, type: A, " + std::string(fields) + ", values: [192.0.2.10]}\n";
}

inline const std::string kPrimary = set_of("london", "failover: PRIMARY, healthCheckId: london");
inline const std::string kSecondary =
    set_of("frankfurt", "failover: SECONDARY, healthCheckId: frankfurt", kFrankfurt);
inline const std::string kRouted = kPrimary + kSecondary;

}  // namespace rhumb
