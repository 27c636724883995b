// Routing fields, aliases and the options of groups in YAML zones.
#include "zones/routing_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/zones/reading.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A set of w with this routing field.
std::string set_with(const std::string& field, const std::string& type = "A",
                     const std::string& value = "192.0.2.1") {
  return "- {name: w, type: " + type + ", setIdentifier: " + std::to_string(field.size()) + ", " +
         field + ", values: " + value + "}\n";
}

const GroupInfo::Set& only_set(const Reading& reading) {
  return reading.zone->info().groups.front().sets.front();
}

// The policy and the location that a set with this field has.
std::string read_field(const std::string& field) {
  const Reading reading = read_records(set_with(field));
  EXPECT_THAT(reading.problems, IsEmpty());
  if (reading.zone == nullptr) return {};
  const GroupInfo& group = reading.zone->info().groups.front();
  EXPECT_EQ(reading.zone->groups().front().policy, group.policy);
  std::string text(to_string(group.policy));
  if (const auto& location = group.sets.front().location) text += ": " + to_string(*location);
  return text;
}

TEST(RoutingYaml, ReadsEachLocationPolicy) {
  EXPECT_EQ(read_field("region: eu-west-2"), "latency: region eu-west-2");
  EXPECT_EQ(read_field("geoLocation: {country: gb}"), "geolocation: country GB");
  EXPECT_EQ(read_field("geoLocation: {subdivision: US-CA}"), "geolocation: subdivision US-CA");
  EXPECT_EQ(read_field("geoLocation: {continent: EU, asn: 64500}"),
            "geolocation: continent EU AS64500");
  EXPECT_EQ(read_field("geoLocation: {default: true}"), "geolocation: default");
  EXPECT_EQ(read_field("geoProximity: {region: eu-west-2, bias: -20}"),
            "geoproximity: region eu-west-2 bias -20");
  EXPECT_EQ(read_field("geoProximity: {latitude: 49.5, longitude: 8.4}"), "geoproximity: 49.5,8.4");
  EXPECT_EQ(read_field("cidr: {collection: offices, location: berlin}"), "CIDR: offices/berlin");
  EXPECT_EQ(read_field("cidr: {collection: offices, location: \"*\"}"), "CIDR: offices/*");
  EXPECT_EQ(read_field("multiValueAnswer: true"), "multivalue");
}

TEST(RoutingYaml, KeepsWhereALocationStands) {
  const Reading region = read_records(set_with("region: x"));
  EXPECT_EQ(to_string(only_set(region).location_place), "z.yaml:5:48");
  const Reading cidr = read_records(set_with("cidr: {collection: offices, location: x}"));
  EXPECT_EQ(to_string(only_set(cidr).location_place), "z.yaml:5:47");
}

TEST(RoutingYaml, KeepsWhatACheckerAsks) {
  const Reading reading = read_records(
      "- {name: w, type: A, setIdentifier: x, priority: 3, weight: 7, ttl: 9, labels: {site: a}, "
      "values: [192.0.2.1, 192.0.2.2]}\n");
  ASSERT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.zone->info().groups.front().policy, Policy::kPriority);
  const GroupInfo::Set& set = only_set(reading);
  EXPECT_EQ(set.tier, 3);
  EXPECT_EQ(set.weight, 7);
  EXPECT_EQ(set.ttl_s, 9U);
  EXPECT_EQ(set.values, 2U);
  EXPECT_THAT(set.labels, ElementsAre(testing::Pair("site", "a")));
  EXPECT_EQ(to_string(set.place), "z.yaml:5:3");
}

TEST(RoutingYaml, MakesARuleOfTheLocationsInTheOrderOfTheFile) {
  const Reading reading = read_records(
      "- {name: w, type: A, setIdentifier: a, geoLocation: {default: true}, values: 192.0.2.1}\n"
      "- {name: w, type: A, setIdentifier: b, geoLocation: {country: NL}, values: 192.0.2.2}\n"
      "- {name: w, type: A, setIdentifier: c, geoLocation: {default: true}, values: 192.0.2.3}\n"
      "- {name: v, type: A, setIdentifier: d, geoLocation: {default: true}, values: 192.0.2.4}\n"
      "- {name: v, type: A, setIdentifier: e, geoLocation: {country: nl}, values: 192.0.2.5}\n");
  ASSERT_THAT(reading.problems, IsEmpty());
  const Zone& zone = *reading.zone;
  ASSERT_THAT(zone.info().rules, SizeIs(1));
  EXPECT_THAT(zone.info().rules[0].locations,
              ElementsAre(Location(Area{}), Location(Area{.country = Code("NL")})));
  const Group& group = zone.groups()[0];
  EXPECT_EQ(group.rule, 0U);
  EXPECT_EQ(zone.groups()[1].rule, 0U);
  ASSERT_EQ(group.rank_count, 2);
  EXPECT_EQ(zone.rank(group, 0)[0], 0b101U);
  EXPECT_EQ(zone.rank(group, 1)[0], 0b010U);
}

TEST(RoutingYaml, TakesEightAnswersOfAMultivalueGroupUnlessToldOtherwise) {
  const std::string set = set_with("multiValueAnswer: true");
  EXPECT_EQ(read_records(set).zone->groups()[0].max_answers, 8);
  EXPECT_EQ(read_records(set + "routing: [{name: w, type: A, maxAnswers: 3}]\n")
                .zone->groups()[0]
                .max_answers,
            3);
  EXPECT_EQ(read_records(set + "routing: [{name: w, type: A, minHealthy: 1}]\n")
                .zone->groups()[0]
                .max_answers,
            8);
  EXPECT_EQ(read_records(set_with("weight: 1")).zone->groups()[0].max_answers, 1);
}

TEST(RoutingYaml, RefusesTwoRoutingFieldsInOneSet) {
  const auto problems = [](const std::string& fields) { return problems_of(set_with(fields)); };
  EXPECT_THAT(problems("failover: PRIMARY, priority: 1"),
              ElementsAre(HasSubstr("error: a record set takes failover or priority, not both")));
  EXPECT_THAT(problems("cidr: {collection: a, location: b}, region: x"),
              ElementsAre(HasSubstr("error: a record set takes region or cidr, not both")));
  EXPECT_THAT(problems("multiValueAnswer: true, weight: 3"),
              ElementsAre(HasSubstr("a record set takes multiValueAnswer or weight, not both")));
  EXPECT_THAT(problems("priority: 1, geoLocation: {country: NL}, weight: 3"),
              ElementsAre(HasSubstr("a record set takes priority or geoLocation, not both")));
  EXPECT_THAT(
      problems("weight: 3, region: x"),
      ElementsAre("z.yaml:5:41: error: a record set takes region or weight, not both; to share out "
                  "what comes from there, write an alias of a weighted group"));
}

TEST(RoutingYaml, NamesEveryFieldThatIsTooMuch) {
  EXPECT_THAT(problems_of(set_with("geoLocation: {country: NL}, region: x, multiValueAnswer: true, "
                                   "geoProximity: {region: x}")),
              ElementsAre(HasSubstr("takes region or geoLocation, not both"),
                          HasSubstr("takes region or geoProximity, not both"),
                          HasSubstr("takes region or multiValueAnswer, not both")));
}

TEST(RoutingYaml, RefusesWrongLocations) {
  EXPECT_THAT(problems_of(set_with("region: \"\"")), ElementsAre(HasSubstr("\"\" is no region")));
  EXPECT_THAT(problems_of(set_with("region: [a]")), ElementsAre(HasSubstr("\"region\" is a list")));
  EXPECT_THAT(problems_of(set_with("geoLocation: NL")),
              ElementsAre(HasSubstr("\"geoLocation\" is text; write a map")));
  EXPECT_THAT(problems_of(set_with("geoLocation: {country: XX}")), SizeIs(1));
  EXPECT_THAT(problems_of(set_with("geoProximity: {latitude: 1}")), SizeIs(1));
  EXPECT_THAT(problems_of(set_with("cidr: {collection: a}")), SizeIs(1));
  EXPECT_THAT(problems_of(set_with("multiValueAnswer: false")),
              ElementsAre(HasSubstr("\"multiValueAnswer\" can only be true; leave it out")));
}

TEST(RoutingYaml, WantsAnIdentifierForEachPolicy) {
  EXPECT_THAT(problems_of("- {name: w, type: A, region: x, values: 192.0.2.1}\n"
                          "- {name: v, type: A, multiValueAnswer: true, values: 192.0.2.1}\n"),
              ElementsAre("z.yaml:5:3: error: a record set with latency routing needs a name of "
                          "its own; write setIdentifier: london",
                          "z.yaml:6:3: error: a record set with multivalue routing needs a name of "
                          "its own; write setIdentifier: london"));
}

TEST(RoutingYaml, RefusesMixedLocationPolicies) {
  EXPECT_THAT(problems_of(set_with("region: x") + set_with("geoLocation: {default: true}")),
              ElementsAre("z.yaml:6:3: error: w.blog.example.com. A has geolocation routing here "
                          "but latency routing at z.yaml:5:3; all record sets of one name and type "
                          "use one policy"));
}

TEST(RoutingYaml, RefusesMultivalueCnames) {
  EXPECT_THAT(problems_of(set_with("multiValueAnswer: true", "CNAME", "x.example.net.")),
              ElementsAre("z.yaml:5:3: error: w.blog.example.com. CNAME has multivalue routing, "
                          "but a CNAME can have only one answer; write a weight instead"));
  EXPECT_THAT(problems_of(set_with("region: x", "CNAME", "x.example.net.") +
                          "routing: [{name: w, type: CNAME, maxAnswers: 2}]\n"),
              ElementsAre(HasSubstr("has maxAnswers 2; a CNAME can have only one answer")));
}

TEST(RoutingYaml, ReadsStickyForWhatIsDrawnByWeight) {
  for (const char* field : {"weight: 1", "failover: PRIMARY", "priority: 1"}) {
    const Reading reading =
        read_records(set_with(field) + "routing: [{name: w, type: A, sticky: client}]\n");
    ASSERT_THAT(reading.problems, IsEmpty());
    EXPECT_TRUE(reading.zone->groups()[0].sticky);
  }
  EXPECT_FALSE(read_records(set_with("weight: 1")).zone->groups()[0].sticky);
}

TEST(RoutingYaml, RefusesStickyWhereNothingIsDrawn) {
  EXPECT_THAT(
      problems_of(set_with("region: x") + "routing: [{name: w, type: A, sticky: client}]\n"),
      ElementsAre("z.yaml:6:30: error: w.blog.example.com. A has latency routing, in which nothing "
                  "is drawn by weight; sticky is for weighted, failover and priority routing"));
  EXPECT_THAT(problems_of(set_with("multiValueAnswer: true") +
                          "routing: [{name: w, type: A, sticky: client}]\n"),
              ElementsAre(HasSubstr("has multivalue routing, in which nothing is drawn")));
  EXPECT_THAT(problems_of(set_with("weight: 1") + "routing: [{name: w, type: A, sticky: yes}]\n"),
              ElementsAre(HasSubstr("\"yes\" is not known here; write one of client")));
}

TEST(RoutingYaml, ReadsOnNoMatchForWhatMayMatchNone) {
  for (const char* field : {"geoLocation: {country: NL}", "cidr: {collection: a, location: b}"}) {
    const Reading reading =
        read_records(set_with(field) + "routing: [{name: w, type: A, onNoMatch: noData}]\n");
    ASSERT_THAT(reading.problems, IsEmpty());
    EXPECT_TRUE(reading.zone->info().groups[0].no_match_meant);
  }
  EXPECT_FALSE(read_records(set_with("cidr: {collection: a, location: b}"))
                   .zone->info()
                   .groups[0]
                   .no_match_meant);
}

TEST(RoutingYaml, RefusesOnNoMatchWhereSomethingAlwaysMatches) {
  EXPECT_THAT(
      problems_of(set_with("weight: 1") + "routing: [{name: w, type: A, onNoMatch: noData}]\n"),
      ElementsAre("z.yaml:6:30: error: w.blog.example.com. A has weighted routing, in which some "
                  "set suits every client; onNoMatch is for geolocation and CIDR routing"));
  EXPECT_THAT(problems_of(set_with("geoLocation: {country: NL}") +
                          "routing: [{name: w, type: A, onNoMatch: servfail}]\n"),
              ElementsAre(HasSubstr("\"servfail\" is not known here; write one of noData")));
}

// The alias of the first group of a zone.
AliasInfo alias_in(const Reading& reading) {
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.zone == nullptr ? AliasInfo() : reading.zone->info().links.at(0);
}

TEST(AliasYaml, StandsAloneAsASimpleGroup) {
  const Reading reading = read_records("- {name: w, type: A, aliasTarget: {name: pool}}\n");
  const AliasInfo alias = alias_in(reading);
  EXPECT_EQ(to_string(alias.target), "pool.blog.example.com.");
  EXPECT_EQ(alias.type, Type::kA);
  EXPECT_TRUE(alias.evaluate_health);
  EXPECT_FALSE(alias.of_pair);
  EXPECT_EQ(to_string(alias.place), "z.yaml:5:42");
  const Group& group = reading.zone->groups()[0];
  EXPECT_EQ(group.policy, Policy::kSimple);
  const RoutedSet& set = reading.zone->sets_of(group)[0];
  EXPECT_EQ(set.kind, RoutedSet::Kind::kAlias);
  EXPECT_EQ(set.target, 0U);
  EXPECT_EQ(set.ttl_s, 30U);
}

TEST(AliasYaml, ReadsEvaluateTargetHealth) {
  EXPECT_FALSE(alias_in(read_records("- {name: w, type: A, aliasTarget: {name: pool, "
                                     "evaluateTargetHealth: false}}\n"))
                   .evaluate_health);
}

TEST(AliasYaml, IsOfBothFamiliesInAPair) {
  const Reading reading =
      read_records("- {name: w, type: [A, AAAA], aliasTarget: {name: pool.example.net.}}\n");
  ASSERT_THAT(reading.problems, IsEmpty());
  const auto& links = reading.zone->info().links;
  ASSERT_THAT(links, SizeIs(2));
  EXPECT_TRUE(links[0].of_pair);
  EXPECT_TRUE(links[1].of_pair);
  EXPECT_NE(links[0].type, links[1].type);
  EXPECT_EQ(to_string(links[0].target), "pool.example.net.");
}

TEST(AliasYaml, StandsAtTheApexAndAtAWildcard) {
  EXPECT_THAT(problems_of("- {name: \"@\", type: [A, AAAA], aliasTarget: {name: pool}}\n"
                          "- {name: \"*\", type: TXT, aliasTarget: {name: \"@\"}}\n"),
              IsEmpty());
}

TEST(AliasYaml, IsOneOfTheSetsOfAGroup) {
  const Reading reading = read_records(
      "- {name: w, type: [A, AAAA], setIdentifier: a, weight: 1, ttl: 5, aliasTarget: {name: "
      "pool}}\n"
      "- {name: w, type: [A, AAAA], setIdentifier: b, weight: 1, values: 192.0.2.1}\n");
  ASSERT_THAT(reading.problems, IsEmpty());
  for (const Group& group : reading.zone->groups()) {
    const auto sets = reading.zone->sets_of(group);
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(sets[0].kind, RoutedSet::Kind::kAlias);
    EXPECT_EQ(sets[0].ttl_s, 5U);
  }
}

TEST(AliasYaml, TakesACheckByItsId) {
  const Reading reading =
      read_records("- {name: w, type: A, healthCheckId: x, aliasTarget: {name: pool}}\n");
  ASSERT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(only_set(reading).check_id, "x");
  EXPECT_EQ(only_set(reading).link, 0U);
}

TEST(AliasYaml, WantsAnAddressForAnInlineCheck) {
  EXPECT_THAT(problems_of("- {name: w, type: A, healthCheck: {type: TCP, port: 80}, "
                          "aliasTarget: {name: pool}}\n"),
              ElementsAre("z.yaml:5:35: error: \"address\" is missing, and the record set has no "
                          "single address to take; write address: 192.0.2.10"));
  EXPECT_THAT(problems_of("- {name: w, type: A, healthCheck: {type: TCP, port: 80, address: "
                          "192.0.2.9}, aliasTarget: {name: pool}}\n"),
              IsEmpty());
}

TEST(AliasYaml, RefusesValuesBesideIt) {
  EXPECT_THAT(
      problems_of("- {name: w, type: A, aliasTarget: {name: pool}, values: 192.0.2.1}\n"),
      ElementsAre("z.yaml:5:22: error: a record set takes values or aliasTarget, not both"));
}

TEST(AliasYaml, AnswersRoute53sKeysWithOurs) {
  EXPECT_THAT(
      problems_of("- {name: w, type: A, aliasTarget: {HostedZoneId: Z1, DNSName: pool, "
                  "EvaluateTargetHealth: true}}\n"),
      ElementsAre("z.yaml:5:36: error: \"HostedZoneId\" is not needed here, where the name alone "
                  "says where an alias leads; leave it out",
                  "z.yaml:5:54: error: unknown key \"DNSName\"; write \"name\"",
                  "z.yaml:5:69: error: unknown key \"EvaluateTargetHealth\"; write "
                  "\"evaluateTargetHealth\""));
}

TEST(AliasYaml, RefusesWrongTargets) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, aliasTarget: pool}\n"
                  "- {name: b, type: A, aliasTarget: {evaluateTargetHealth: true}}\n"
                  "- {name: c, type: A, aliasTarget: {name: a..b}}\n"
                  "- {name: d, type: A, aliasTarget: {name: x.blog.example.com}}\n"),
      ElementsAre("z.yaml:5:35: error: \"aliasTarget\" is text; write a map",
                  "z.yaml:6:35: error: \"name\" is missing; write name: www",
                  HasSubstr("z.yaml:7:42: error: \"a..b\" is no name"),
                  HasSubstr("z.yaml:8:42: error: a relative name that ends in the zone's own")));
}

TEST(AliasYaml, AsksForAFinalDot) {
  EXPECT_THAT(problems_of("- {name: a, type: A, aliasTarget: {name: www.example.net}}\n"),
              ElementsAre("z.yaml:5:42: warning: this stands for "
                          "www.example.net.blog.example.com., which the zone does not hold; write "
                          "a final dot?"));
}

TEST(AliasYaml, IsOfATypeThatCanBeRouted) {
  EXPECT_THAT(
      problems_of("- {name: a, type: DNAME, aliasTarget: {name: w}}\n"),
      ElementsAre("z.yaml:5:3: error: a.blog.example.com. DNAME cannot be an alias; what it "
                  "says must be the same for all"));
  EXPECT_THAT(problems_of("- {name: \"@\", type: SOA, aliasTarget: {name: w}}\n"),
              ElementsAre("z.yaml:5:21: error: the SOA record is not written here; write soa: "
                          "beside zone:"));
}

TEST(AliasYaml, StandsAloneWhenItIsACname) {
  EXPECT_THAT(problems_of("- {name: b, type: CNAME, aliasTarget: {name: w}}\n"
                          "- {name: b, type: TXT, values: x}\n"),
              ElementsAre("z.yaml:5:3: error: b.blog.example.com. has a CNAME beside other data; "
                          "TXT is at z.yaml:6:32"));
}

TEST(AliasYaml, IsNotTheAddressOfANameServer) {
  EXPECT_THAT(problems_of("- {name: a, type: NS, values: ns}\n"
                          "- {name: ns, type: A, aliasTarget: {name: w}}\n"),
              ElementsAre("z.yaml:6:3: error: ns.blog.example.com. A cannot be an alias: an NS "
                          "record of this zone names it"));
}

TEST(AliasYaml, LeavesNoRoomForASecondSimpleSet) {
  EXPECT_THAT(problems_of("- {name: a, type: A, aliasTarget: {name: w}}\n"
                          "- {name: a, type: A, values: 192.0.2.1}\n"),
              ElementsAre(HasSubstr("z.yaml:6:3: error: a.blog.example.com. A has a record set "
                                    "already, at z.yaml:5:3")));
}

}  // namespace
}  // namespace rhumb
