// Advice on what a policy makes of its sets together.
#include "zones/advise_group.h"

#include "tests/zones/advice.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AdviseOnGroup, TellsOfASecondaryWithoutPrimary) {
  EXPECT_THAT(
      advice_of(kSecondary),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A has a SECONDARY and no PRIMARY: "
                  "the SECONDARY is answered always, as if it were one; write failover: "
                  "PRIMARY in the record set that is to be answered as long as it is alive"));
}

TEST(AdviseOnGroup, TellsOfAGeolocationWithoutDefault) {
  EXPECT_THAT(
      advice_of(set_of("gb", "geoLocation: {country: GB}")),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A has no default: one client "
                  "elsewhere gets NODATA, which blanks the name for everyone behind the same "
                  "public resolver; write a record set with geoLocation: {default: true}, or "
                  "onNoMatch: noData under routing: if that is meant"));
}

TEST(AdviseOnGroup, TakesADefaultOrItsMeantLack) {
  const std::string gb = set_of("gb", "geoLocation: {country: GB}, healthCheckId: london");
  EXPECT_THAT(advice_of(gb + set_of("other", "geoLocation: {default: true}", kFrankfurt)),
              IsEmpty());
  EXPECT_THAT(advice_of(gb + "routing: [{name: www, type: A, onNoMatch: noData}]\n"), IsEmpty());
}

TEST(AdviseOnGroup, TellsOfACidrRoutingWithoutDefault) {
  const std::string berlin = set_of("berlin", "cidr: {collection: offices, location: berlin}");
  EXPECT_THAT(
      advice_of(berlin),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A has no default: one client "
                  "elsewhere gets NODATA, which blanks the name for everyone behind the same "
                  "public resolver; write a record set with cidr: {collection: offices, "
                  "location: \"*\"}, or onNoMatch: noData under routing: if that is meant"));
  EXPECT_THAT(advice_of(berlin + set_of("others", "cidr: {collection: offices, location: \"*\"}",
                                        kFrankfurt)),
              IsEmpty());
  EXPECT_THAT(advice_of(berlin + "routing: [{name: www, type: A, onNoMatch: noData}]\n"),
              IsEmpty());
}

TEST(AdviseOnGroup, TellsOfWeightsOfZeroAlone) {
  const auto weights = [](const std::string& a, const std::string& b) {
    return set_of("a", "weight: " + a + ", healthCheckId: london") +
           set_of("b", "weight: " + b + ", healthCheckId: frankfurt", kFrankfurt);
  };
  EXPECT_THAT(
      advice_of(weights("0", "0")),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A has no weight but 0: its sets are "
                  "chosen with even odds; write weight: 1 for that, or the weights that are "
                  "meant"));
  EXPECT_THAT(advice_of(weights("1", "0")), IsEmpty());
  EXPECT_THAT(advice_of(weights("1", "1")), IsEmpty());
}

TEST(AdviseOnGroup, TellsOfAWeightOfZeroThatIsAlone) {
  EXPECT_THAT(
      advice_of(set_of("a", "weight: 0")),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A \"a\" has the weight 0 and is "
                  "alone: it is chosen all the same; write weight: 1, or remove the record set"));
  EXPECT_THAT(
      advice_of(kPrimary + set_of("frankfurt", "failover: SECONDARY, weight: 0", kFrankfurt)),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A \"frankfurt\" has the weight 0 "
                  "and is alone in SECONDARY: it is chosen all the same; write weight: 1, or "
                  "remove the record set"));
  EXPECT_THAT(
      advice_of(set_of("a", "priority: 1, healthCheckId: london") +
                set_of("b", "priority: 2, weight: 0", kFrankfurt) +
                set_of("c", "priority: 2, weight: 0", "203.0.113.1")),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A has no weight but 0 in priority "
                  "2: its sets are chosen with even odds; write weight: 1 for that, or the "
                  "weights that are meant"));
}

Atlas atlas_with(const Override& entry) {
  Atlas atlas;
  atlas.overrides.push_back(entry);
  return atlas;
}

Override at_coordinates() {
  Override entry;
  entry.place.coordinates = Coordinates{51.5, -0.1};
  return entry;
}

Override in_country(std::string_view country) {
  Override entry;
  entry.place.country = Code(country);
  return entry;
}

const std::string kTwoRegions =
    set_of("a", "region: eu-west-2") + set_of("b", "region: eu-west-1", kFrankfurt);

TEST(AdviseOnGroup, TellsOfLatencyWithoutAWayToKnowPlaces) {
  EXPECT_THAT(
      advice_of(kTwoRegions, {}),
      ElementsAre("z.yaml:10:50: warning: www.example.com. A is chosen by latency, but no "
                  "client's coordinates are known: all get the order of the file; write geo: "
                  "{database: FILE} with a City database, or latency: FILE, in rhumb.yaml"));
  EXPECT_THAT(advice_of(set_of("a", "region: eu-west-2"), {}), IsEmpty());
}

TEST(AdviseOnGroup, TellsOfLatencyWithADatabaseOfCountries) {
  const std::vector<std::string> zone = {std::string(kAdvisedHead) + kTwoRegions};
  EXPECT_THAT(
      advice_of_zones(zone, atlas_with_databases(), {}, "GeoLite2-Country"),
      ElementsAre("z.yaml:10:50: warning: www.example.com. A is chosen by latency, but no "
                  "client's coordinates are known: all get the order of the file; write geo: "
                  "{database: FILE} with a City database, or latency: FILE, in rhumb.yaml"));
  EXPECT_THAT(advice_of_zones(zone, atlas_with_databases(), {}, "GeoLite2-City"), IsEmpty());
}

TEST(AdviseOnGroup, TakesAnyWayToKnowAPlace) {
  EXPECT_THAT(advice_of(kTwoRegions, atlas_with(at_coordinates())), IsEmpty());
  EXPECT_THAT(advice_of(kTwoRegions, atlas_with(in_country("GB"))), SizeIs(1));
  Atlas atlas;
  atlas.latencies.emplace_back().source = Latency::Source::kNetwork;
  EXPECT_THAT(advice_of(kTwoRegions, atlas), IsEmpty());
  atlas.latencies.front().source = Latency::Source::kAsn;
  EXPECT_THAT(advice_of(kTwoRegions, atlas), SizeIs(1));
  atlas.asn_database = "asn.mmdb";
  EXPECT_THAT(advice_of(kTwoRegions, atlas), IsEmpty());
}

TEST(AdviseOnGroup, TellsOfDistancesWithoutAWayToKnowPlaces) {
  const std::string sites = set_of("a", "geoProximity: {region: eu-west-2}") +
                            set_of("b", "geoProximity: {region: eu-west-1}", kFrankfurt);
  EXPECT_THAT(
      advice_of(sites, {}),
      ElementsAre("z.yaml:10:56: warning: www.example.com. A is chosen by distance, but no "
                  "client's coordinates are known: all get the order of the file; write geo: "
                  "{database: FILE} with a City database in rhumb.yaml"));
  EXPECT_THAT(advice_of(sites), IsEmpty());
}

TEST(AdviseOnGroup, TellsOfAreasWithoutAWayToKnowPlaces) {
  const std::string other = set_of("other", "geoLocation: {default: true}", kFrankfurt);
  EXPECT_THAT(
      advice_of(set_of("gb", "geoLocation: {country: GB}") + other, {}),
      ElementsAre("z.yaml:10:56: warning: www.example.com. A \"gb\" is for country GB, but no "
                  "client's country is known: it is never chosen; write geo: {database: FILE} "
                  "in rhumb.yaml"));
  EXPECT_THAT(
      advice_of(set_of("gb", "geoLocation: {country: GB}") + other, atlas_with(in_country("FR"))),
      IsEmpty());
  EXPECT_THAT(
      advice_of(set_of("as", "geoLocation: {asn: 64500}") + other, atlas_with(in_country("FR"))),
      ElementsAre("z.yaml:10:56: warning: www.example.com. A \"as\" is for AS64500, but no "
                  "client's AS number is known: it is never chosen; write geo: {asnDatabase: "
                  "FILE} in rhumb.yaml"));
  EXPECT_THAT(advice_of(other, {}), IsEmpty());
}

}  // namespace
}  // namespace rhumb
