#include "geo/order.h"

#include <gtest/gtest.h>

namespace rhumb {
namespace {

template <typename Kind>
Rule rule_of(std::initializer_list<Kind> locations) {
  Rule rule;
  for (const Kind& location : locations) rule.locations.push_back(location);
  return rule;
}

Area continent(std::string_view code, std::uint32_t asn = 0) {
  return {.continent = Code(code), .asn = asn};
}
Area country(std::string_view code, std::uint32_t asn = 0) {
  return {.country = Code(code), .asn = asn};
}
Area subdivision(std::string_view of, std::string_view code, std::uint32_t asn = 0) {
  return {.country = Code(of), .subdivision = Code(code), .asn = asn};
}

// In Oxfordshire, England.
GeoPlace oxford(std::uint32_t asn = 0) {
  GeoPlace place;
  place.continent = Code("EU");
  place.country = Code("GB");
  place.subdivisions = {Code("ENG"), Code("OXF")};
  place.coordinates = {51.75, -1.26};
  place.asn = asn;
  return place;
}

Order by_area(const GeoPlace& client, std::initializer_list<Area> areas) {
  return AreaOrder(rule_of(areas)).of(client);
}

TEST(AreaOrder, PrefersWhatSaysMoreOfThePlace) {
  EXPECT_EQ(by_area(oxford(), {Area{}, continent("EU"), country("GB"), subdivision("GB", "ENG"),
                               subdivision("GB", "OXF")}),
            (Order{4, 3, 2, 1, 0}));
}

TEST(AreaOrder, PrefersAnAsNumberToAnyPlaceAndThenWhatSaysMoreOfThePlace) {
  EXPECT_EQ(by_area(oxford(64500),
                    {Area{}, subdivision("GB", "OXF"), Area{.asn = 64500}, continent("EU", 64500),
                     country("GB", 64500), subdivision("GB", "ENG", 64500)}),
            (Order{5, 4, 3, 2, 1, 0}));
}

TEST(AreaOrder, LeavesOutWhatTheClientIsNotIn) {
  EXPECT_EQ(by_area(oxford(64500), {continent("NA"), country("FR"), subdivision("US", "ENG"),
                                    subdivision("GB", "WLS"), Area{.asn = 64501},
                                    country("GB", 64501), country("FR", 64500)}),
            Order{});
}

TEST(AreaOrder, HasOnlyTheDefaultForAClientOfUnknownPlace) {
  EXPECT_EQ(by_area({}, {continent("EU"), country("GB"), Area{}}), Order{2});
  EXPECT_EQ(by_area({}, {continent("EU"), country("GB")}), Order{});
}

TEST(AreaOrder, KnowsTheAsNumbersThatItsAreasName) {
  const AreaOrder order(rule_of({country("GB"), Area{}, country("GB", 64500)}));
  EXPECT_TRUE(order.knows_asn(64500));
  EXPECT_FALSE(order.knows_asn(64501));
}

// Five sites east of Oxford, one degree of longitude apart, the farthest first.
Rule sites_to_the_east() {
  Rule rule;
  for (int i = 5; i > 0; --i) {
    rule.locations.emplace_back(Proximity{.coordinates = {51.75, -1.26 + i}});
  }
  return rule;
}

TEST(ProximityOrder, HasTheFourNearest) {
  EXPECT_EQ(ProximityOrder(sites_to_the_east(), {}).of(oxford()), (Order{4, 3, 2, 1}));
}

TEST(ProximityOrder, GoesByTheBiasedDistance) {
  Rule rule = sites_to_the_east();
  std::get<Proximity>(rule.locations[0]).bias = 90;   // seems half a degree away
  std::get<Proximity>(rule.locations[4]).bias = -70;  // seems 3.3 degrees away
  EXPECT_EQ(ProximityOrder(rule, {}).of(oxford()), (Order{0, 3, 2, 4}));
}

TEST(ProximityOrder, HasTheFirstFirstOfTwoAtOnePlace) {
  const Proximity here{.coordinates = {48.86, 2.35}};
  const Proximity there{.region = "paris"};
  Atlas atlas;
  atlas.regions["paris"] = {48.86, 2.35};
  EXPECT_EQ(ProximityOrder(rule_of({here, there}), atlas).of(oxford()), (Order{0, 1}));
  EXPECT_EQ(ProximityOrder(rule_of({there, here}), atlas).of(oxford()), (Order{0, 1}));
}

TEST(ProximityOrder, KnowsTheBuiltInRegions) {
  const Rule rule = rule_of({Proximity{.region = "eu-central-1"}, Proximity{.region = "uksouth"}});
  EXPECT_EQ(ProximityOrder(rule, {}).of(oxford()), (Order{1, 0}));
}

TEST(ProximityOrder, IsEmptyForAClientOfUnknownCoordinates) {
  GeoPlace client = oxford();
  client.coordinates.reset();
  EXPECT_EQ(ProximityOrder(sites_to_the_east(), {}).of(client), Order{});
}

Rule regions(std::initializer_list<std::string> names) {
  Rule rule;
  for (const std::string& name : names) rule.locations.emplace_back(LatencyRegion{name});
  return rule;
}

Latency measured(const std::string& region, double milliseconds) {
  Latency latency;
  latency.region = region;
  latency.milliseconds = milliseconds;
  return latency;
}
Latency from_network(std::string_view network, const std::string& region, double milliseconds) {
  Latency latency = measured(region, milliseconds);
  latency.network = *IpPrefix::parse(network);
  return latency;
}
Latency from_asn(std::uint32_t asn, const std::string& region, double milliseconds) {
  Latency latency = measured(region, milliseconds);
  latency.source = Latency::Source::kAsn;
  latency.asn = asn;
  return latency;
}
Latency from_code(Latency::Source source, std::string_view code, const std::string& region,
                  double milliseconds) {
  Latency latency = measured(region, milliseconds);
  latency.source = source;
  latency.code = Code(code);
  return latency;
}
Latency from_country(std::string_view code, const std::string& region, double milliseconds) {
  return from_code(Latency::Source::kCountry, code, region, milliseconds);
}
Latency from_continent(std::string_view code, const std::string& region, double milliseconds) {
  return from_code(Latency::Source::kContinent, code, region, milliseconds);
}

TEST(LatencyOrder, IsEstimatedByDistanceWithoutATable) {
  EXPECT_EQ(LatencyOrder(regions({"us-east-1", "eu-central-1", "eu-west-2"}), {}).of(oxford(), {}),
            (Order{2, 1, 0}));
}

TEST(LatencyOrder, TakesTheMeasuredOfTheCountryBeforeTheEstimate) {
  Atlas atlas;
  atlas.latencies = {from_country("GB", "us-east-1", 1)};
  EXPECT_EQ(LatencyOrder(regions({"us-east-1", "eu-west-2"}), atlas).of(oxford(), {}),
            (Order{0, 1}));
}

// The estimate is 5 ms and 79.5 km / 50, so between 6 and 7.
TEST(LatencyOrder, ComparesMeasuredWithEstimated) {
  Atlas atlas;
  atlas.latencies = {from_country("GB", "us-east-1", 6.5)};
  EXPECT_EQ(LatencyOrder(regions({"us-east-1", "eu-west-2"}), atlas).of(oxford(), {}),
            (Order{0, 1}));
  atlas.latencies = {from_country("GB", "us-east-1", 6.7)};
  EXPECT_EQ(LatencyOrder(regions({"us-east-1", "eu-west-2"}), atlas).of(oxford(), {}),
            (Order{1, 0}));
}

TEST(LatencyOrder, PrefersTheNetworksRowThenTheAsNumbersThenTheCountrysThenTheContinents) {
  const Rule rule = regions({"a", "b"});
  Atlas atlas;
  const auto order = [&](Surroundings around) {
    return LatencyOrder(rule, atlas).of(oxford(64500), around);
  };
  const std::uint32_t inside[] = {0};
  atlas.latencies = {from_continent("EU", "a", 10), from_continent("EU", "b", 20)};
  EXPECT_EQ(order({}), (Order{0, 1}));
  atlas.latencies.push_back(from_country("GB", "b", 5));
  EXPECT_EQ(order({}), (Order{1, 0}));
  atlas.latencies.push_back(from_asn(64500, "a", 4));
  EXPECT_EQ(order({}), (Order{0, 1}));
  atlas.latencies.push_back(from_network("192.0.2.0/24", "b", 3));
  EXPECT_EQ(order({}), (Order{0, 1}));
  EXPECT_EQ(order(inside), (Order{1, 0}));
}

TEST(LatencyOrder, TakesForEachRegionTheNarrowestNetworkThatHasARowForIt) {
  Atlas atlas;
  atlas.latencies = {from_network("192.0.2.0/24", "a", 10), from_network("192.0.0.0/16", "a", 50),
                     from_network("192.0.0.0/16", "b", 30)};
  const LatencyOrder order(regions({"a", "b"}), atlas);
  EXPECT_EQ(order.networks().size(), 2U);
  const std::uint32_t both[] = {0, 1};
  const std::uint32_t wide[] = {1};
  EXPECT_EQ(order.of({}, both), (Order{0, 1}));
  EXPECT_EQ(order.of({}, wide), (Order{1, 0}));
}

TEST(LatencyOrder, LeavesOutTheRegionsOfWhichNothingIsKnown) {
  Atlas atlas;
  atlas.regions["nearby"] = {51.51, -0.13};
  atlas.latencies = {from_country("GB", "b", 5)};
  GeoPlace client = oxford();
  client.coordinates.reset();
  EXPECT_EQ(LatencyOrder(regions({"nearby", "b"}), atlas).of(client, {}), Order{1});
}

TEST(LatencyOrder, IsEmptyForAClientOfWhomNothingIsKnown) {
  EXPECT_EQ(LatencyOrder(regions({"eu-west-1", "eu-west-2"}), {}).of({}, {}), Order{});
}

TEST(LatencyOrder, HasTheFourFastestAndTheFirstFirstOfEqualOnes) {
  Atlas atlas;
  for (const char* region : {"a", "b", "c", "d", "e"}) {
    atlas.latencies.push_back(from_country("GB", region, region[0] == 'e' ? 1 : 2));
  }
  EXPECT_EQ(LatencyOrder(regions({"a", "b", "c", "d", "e"}), atlas).of(oxford(), {}),
            (Order{4, 0, 1, 2}));
}

TEST(LatencyOrder, HeedsOnlyTheRowsOfItsRegions) {
  Atlas atlas;
  atlas.latencies = {from_asn(64500, "c", 1), from_network("192.0.2.0/24", "c", 1)};
  const LatencyOrder order(regions({"a", "b"}), atlas);
  EXPECT_TRUE(order.networks().empty());
  EXPECT_FALSE(order.knows_asn(64500));
}

Atlas offices() {
  Atlas atlas;
  auto& locations = atlas.collections["offices"].locations;
  locations["london"] = {*IpPrefix::parse("192.0.2.0/24"), *IpPrefix::parse("192.0.2.64/26")};
  locations["berlin"] = {*IpPrefix::parse("192.0.0.0/16"), *IpPrefix::parse("192.0.2.64/26")};
  return atlas;
}

TEST(CidrOrder, HasTheNarrowestFirstEachLocationOnceAndEveryoneElsesLast) {
  const CidrOrder order(rule_of({CidrLocation{"offices", "*"}, CidrLocation{"offices", "berlin"},
                                 CidrLocation{"offices", "london"}}),
                        offices());
  ASSERT_EQ(order.networks(),
            (std::vector{*IpPrefix::parse("192.0.0.0/16"), *IpPrefix::parse("192.0.2.64/26"),
                         *IpPrefix::parse("192.0.2.0/24")}));
  const std::uint32_t in_wide[] = {0};
  const std::uint32_t in_middle[] = {2, 0};
  const std::uint32_t in_all[] = {1, 2, 0};
  EXPECT_EQ(order.of({}), Order{0});
  EXPECT_EQ(order.of(in_wide), (Order{1, 0}));
  EXPECT_EQ(order.of(in_middle), (Order{2, 1, 0}));
  EXPECT_EQ(order.of(in_all), (Order{1, 2, 0}));
}

TEST(CidrOrder, IsEmptyOutsideWithoutEveryoneElses) {
  const CidrOrder order(rule_of({CidrLocation{"offices", "london"}}), offices());
  EXPECT_EQ(order.of({}), Order{});
}

TEST(CidrOrder, LooksUpNetworksOfIpv4InIpv6AsIpv4) {
  Atlas atlas;
  atlas.collections["c"].locations["l"] = {*IpPrefix::parse("2002:c000:200::/40"),
                                           *IpPrefix::parse("192.0.2.0/24")};
  const CidrOrder order(rule_of({CidrLocation{"c", "l"}}), atlas);
  EXPECT_EQ(order.networks(), std::vector{*IpPrefix::parse("192.0.2.0/24")});
}

}  // namespace
}  // namespace rhumb
