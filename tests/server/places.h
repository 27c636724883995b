// Configurations that steer by place, for tests of how their maps are loaded.
#pragma once

#include <string>

#include "tests/support/mmdb.h"
#include "tests/support/process.h"

namespace rhumb::test {

inline std::string zone_with(const std::string& records) {
  return "zone: a.example\nsoa: {mname: ns1, rname: hostmaster}\nrecords:\n"
         "- {name: \"@\", type: NS, values: [ns1]}\n"
         "- {name: ns1, type: A, values: [192.0.2.53]}\n" +
         records;
}

// A group at `name` that has a set for a country, and one for everyone else.
inline std::string by_country(const std::string& name, const std::string& country) {
  return "- {name: " + name + ", type: A, setIdentifier: one, values: [192.0.2.1], " +
         "geoLocation: {country: " + country + "}}\n- {name: " + name +
         ", type: A, setIdentifier: two, values: [192.0.2.2], geoLocation: {default: true}}\n";
}

inline std::string by_office(const std::string& name) {
  return "- {name: " + name + ", type: A, setIdentifier: one, values: [192.0.2.1], " +
         "cidr: {collection: offices, location: berlin}}\n- {name: " + name +
         ", type: A, setIdentifier: two, values: [192.0.2.2], " +
         "cidr: {collection: offices, location: \"*\"}}\n";
}

inline constexpr char kOffices[] = "cidrCollections: {offices: {berlin: [198.51.100.0/24]}}\n";

// A database that puts 192.0.2.0/24 into `country`.
inline std::string city_database(const std::string& country) {
  MmdbWriter writer({.type = "Test-City"});
  GeoPlace place;
  place.country = Code(country);
  writer.add("192.0.2.0/24", mmdb_city(place));
  return writer.bytes();
}

}  // namespace rhumb::test
