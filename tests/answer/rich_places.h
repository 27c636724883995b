// Groups of every location policy, sticky ones and trees of aliases, to go with rich_zones.h, and
// an Atlas in which a few networks have a place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "geo/atlas.h"
#include "tests/answer/maps.h"
#include "tests/answer/rich_zones.h"

namespace rhumb::testing {

inline constexpr Coordinates kLondon{51.51, -0.13};
inline constexpr Coordinates kFrankfurt{50.11, 8.68};
inline constexpr Coordinates kNewYork{40.71, -74.01};
inline constexpr Coordinates kTokyo{35.68, 139.69};

inline Override override_of(std::string_view network, std::string_view continent,
                            std::string_view country,
                            std::optional<Coordinates> coordinates = std::nullopt,
                            std::uint32_t asn = 0) {
  Override entry;
  entry.network = IpPrefix::parse(network).value();
  entry.place.continent = Code(continent);
  entry.place.country = Code(country);
  entry.place.coordinates = coordinates;
  entry.place.asn = asn;
  entry.has_place = true;
  return entry;
}

inline Atlas rich_atlas() {
  Atlas atlas;
  atlas.overrides = {override_of("81.0.0.0/8", "EU", "GB", kLondon, 64500),
                     override_of("91.0.0.0/8", "EU", "DE", kFrankfurt),
                     override_of("91.64.0.0/10", "EU", "FR", kFrankfurt),
                     override_of("52.0.0.0/8", "NA", "US", kNewYork),
                     override_of("203.0.113.0/24", "EU", "GB", kLondon),
                     override_of("2a01:100::/32", "EU", "GB", kLondon),
                     override_of("2a01:200::/32", "EU", "DE", kFrankfurt)};
  atlas.regions = {{"london", kLondon}, {"frankfurt", kFrankfurt}, {"tokyo", kTokyo}};
  atlas.latencies = {{.source = Latency::Source::kNetwork,
                      .network = IpPrefix::parse("81.2.0.0/16").value(),
                      .asn = 0,
                      .code = {},
                      .region = "frankfurt",
                      .milliseconds = 1}};
  atlas.collections["offices"].locations = {
      {"london", {IpPrefix::parse("81.2.3.0/24").value()}},
      {"berlin", {IpPrefix::parse("91.0.0.0/8").value(), IpPrefix::parse("81.2.0.0/16").value()}}};
  return atlas;
}

inline GroupSpec::Set located(std::string identifier, Location location, int last) {
  GroupSpec::Set set = set_of(std::move(identifier), 1, 1, {address(last)});
  set.location = std::move(location);
  return set;
}

inline GroupSpec::Set alias_of(std::string identifier, std::string_view target) {
  GroupSpec::Set set = set_of(std::move(identifier), 1, 1, {});
  set.alias = AliasSpec{.target = name_of(target), .place = {}};
  return set;
}

inline GroupSpec sticky(GroupSpec group) {
  group.sticky = true;
  return group;
}

inline std::vector<std::uint8_t> address6(int last) {
  std::vector<std::uint8_t> wire(16);
  wire[0] = 0x20;
  wire[1] = 0x01;
  wire[2] = 0x0D;
  wire[3] = 0xB8;
  wire[15] = static_cast<std::uint8_t>(last);
  return wire;
}

inline std::vector<GroupSpec> location_groups() {
  std::vector<GroupSpec> groups;
  groups.push_back(group_of(
      "geo.example.org.", Type::kA, Policy::kGeolocation,
      {located("gb", Area{.country = Code("GB")}, 1), located("de", Area{.country = Code("DE")}, 2),
       located("eu", Area{.continent = Code("EU")}, 3), located("default", Area{}, 4)}));
  groups.push_back(group_of("strict.example.org.", Type::kA, Policy::kGeolocation,
                            {located("gb", Area{.country = Code("GB")}, 1)}));
  groups.push_back(group_of("near.example.org.", Type::kA, Policy::kGeoproximity,
                            {located("london", Proximity{.coordinates = kLondon}, 1),
                             located("new-york", Proximity{.coordinates = kNewYork}, 2),
                             located("tokyo", Proximity{.region = "tokyo"}, 3)}));
  groups.push_back(group_of("fast.example.org.", Type::kA, Policy::kLatency,
                            {located("london", LatencyRegion{"london"}, 1),
                             located("frankfurt", LatencyRegion{"frankfurt"}, 2)}));
  groups.push_back(group_of("net.example.org.", Type::kA, Policy::kCidr,
                            {located("london", CidrLocation{"offices", "london"}, 1),
                             located("berlin", CidrLocation{"offices", "berlin"}, 2),
                             located("rest", CidrLocation{"offices", "*"}, 3)}));
  return groups;
}

inline std::vector<GroupSpec> sticky_groups() {
  std::vector<GroupSpec> groups;
  groups.push_back(group_of("multi.example.org.", Type::kA, Policy::kMultivalue,
                            {set_of("one", 1, 1, {address(1)}), set_of("two", 1, 1, {address(2)}),
                             set_of("three", 1, 1, {address(3)})}));
  groups.back().max_answers = 2;
  groups.push_back(
      sticky(group_of("sticky.example.org.", Type::kA, Policy::kWeighted,
                      {set_of("one", 1, 1, {address(1)}), set_of("two", 1, 2, {address(2)}),
                       set_of("three", 1, 3, {address(3)})})));
  groups.push_back(
      sticky(group_of("sticky.example.org.", Type::kAaaa, Policy::kWeighted,
                      {set_of("one", 1, 1, {address6(1)}), set_of("two", 1, 2, {address6(2)}),
                       set_of("three", 1, 3, {address6(3)})})));
  return groups;
}

inline std::vector<GroupSpec> alias_groups() {
  std::vector<GroupSpec> groups;
  groups.push_back(
      group_of("tree.example.org.", Type::kA, Policy::kWeighted,
               {alias_of("geo", "geo.example.org."), alias_of("sticky", "sticky.example.org.")}));
  groups.push_back(
      group_of("wide.example.org.", Type::kA, Policy::kWeighted,
               {alias_of("tree", "tree.example.org."), alias_of("many", "many.example.org."),
                alias_of("www", "www.example.org.")}));
  groups.back().max_answers = 3;
  groups.push_back(group_of("to-mx.example.org.", Type::kMx, Policy::kSimple,
                            {alias_of("mx", "mx.example.org.")}));
  for (const Type type : {Type::kA, Type::kAaaa}) {
    groups.push_back(group_of("to-child.example.org.", type, Policy::kSimple,
                              {alias_of("www", "www.child.example.org.")}));
    groups.back().sets[0].alias->of_pair = true;
  }
  groups.push_back(group_of("hops.example.org.", Type::kCname, Policy::kWeighted,
                            {set_of("geo", 1, 1, {wire_of("geo.example.org.")}),
                             set_of("none", 1, 1, {wire_of("nothing.example.org.")})}));
  return groups;
}

inline std::shared_ptr<const ZoneSet> rich_places() {
  std::vector<GroupSpec> groups = rich_groups();
  for (auto more : {location_groups(), sticky_groups(), alias_groups()}) {
    for (GroupSpec& group : more) groups.push_back(std::move(group));
  }
  return link({zone_of(kRichZone, std::move(groups)), zone_of(kRichChild)}, rich_atlas());
}

// A View over these, with their maps.
inline View rich_view() {
  View view = view_of(rich_places());
  view.maps = maps_of(*view.zones, rich_atlas());
  return view;
}

// It, made once.
inline const View& rich_world() {
  static const View kView = rich_view();
  return kView;
}

}  // namespace rhumb::testing
