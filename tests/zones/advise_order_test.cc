// Advice on who stands in whose way within a group.
#include "zones/advise_order.h"

#include "tests/zones/advice.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AdviseOnOrder, TellsOfAPrimaryWithoutACheck) {
  EXPECT_THAT(
      advice_of(set_of("london", "failover: PRIMARY") + kSecondary),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A \"london\" is PRIMARY without a "
                  "health check: it counts as alive always, so that \"frankfurt\" is never "
                  "chosen; write healthCheckId in \"london\""));
}

TEST(AdviseOnOrder, SaysNothingOfAPrimaryAlone) {
  EXPECT_THAT(advice_of(set_of("london", "failover: PRIMARY")), IsEmpty());
}

TEST(AdviseOnOrder, TellsOfATierBehindOneThatCannotDie) {
  const std::string second = set_of("b", "priority: 2, healthCheckId: frankfurt", kFrankfurt);
  const std::string third = set_of("c", "priority: 3", "203.0.113.1");
  EXPECT_THAT(advice_of(set_of("a", "priority: 1") + second),
              ElementsAre("z.yaml:11:3: warning: www.example.com. A \"b\" is never chosen: \"a\" "
                          "comes before it and cannot die, since it has no health check; write "
                          "healthCheckId in \"a\""));
  EXPECT_THAT(advice_of(set_of("a", "priority: 1, healthCheckId: london") + second + third),
              IsEmpty());
}

TEST(AdviseOnOrder, TellsOfATierBehindOneSetThatCannotDie) {
  EXPECT_THAT(
      advice_of(set_of("a", "priority: 1, healthCheckId: london") +
                set_of("b", "priority: 1", kFrankfurt) + set_of("c", "priority: 2", "203.0.113.1")),
      ElementsAre("z.yaml:12:3: warning: www.example.com. A \"c\" is never chosen: \"b\" "
                  "comes before it and cannot die, since it has no health check; write "
                  "healthCheckId in \"b\""));
}

TEST(AdviseOnOrder, TellsOfAStandbyBesideAWeightThatCannotDie) {
  const std::string standby = set_of("b", "weight: 0, healthCheckId: frankfurt", kFrankfurt);
  EXPECT_THAT(advice_of(set_of("a", "weight: 1") + standby),
              ElementsAre("z.yaml:11:3: warning: www.example.com. A \"b\" is never chosen: \"a\" "
                          "comes before it and cannot die, since it has no health check; write "
                          "healthCheckId in \"a\""));
  EXPECT_THAT(advice_of(set_of("a", "weight: 1, healthCheckId: london") + standby), IsEmpty());
}

TEST(AdviseOnOrder, TellsOfAnotherSetOfALocation) {
  const std::string again = set_of("b", "region: eu-west-2", kFrankfurt);
  const std::string elsewhere = set_of("c", "region: eu-west-1", "203.0.113.1");
  EXPECT_THAT(advice_of(set_of("a", "region: eu-west-2") + again + elsewhere),
              ElementsAre("z.yaml:11:3: warning: www.example.com. A \"b\" is never chosen: \"a\" "
                          "comes before it and cannot die, since it has no health check; write "
                          "healthCheckId in \"a\""));
  EXPECT_THAT(
      advice_of(set_of("a", "region: eu-west-2, healthCheckId: london") + again + elsewhere),
      IsEmpty());
}

TEST(AdviseOnOrder, CountsHowManyOfALocationAreAnswered) {
  const std::string two =
      set_of("a", "region: eu-west-2") + set_of("b", "region: eu-west-2", kFrankfurt);
  const std::string three = two + set_of("c", "region: eu-west-2", "203.0.113.1");
  const std::string options = "routing: [{name: www, type: A, maxAnswers: 2}]\n";
  EXPECT_THAT(advice_of(two + options), IsEmpty());
  EXPECT_THAT(advice_of(three + options),
              ElementsAre("z.yaml:12:3: warning: www.example.com. A \"c\" is never chosen: \"a\" "
                          "comes before it and cannot die, since it has no health check; write "
                          "healthCheckId in \"a\""));
}

TEST(AdviseOnOrder, TellsOfATierWithTheSameCheck) {
  EXPECT_THAT(
      advice_of(kPrimary +
                set_of("frankfurt", "failover: SECONDARY, healthCheckId: london", kLondon)),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A \"frankfurt\" is never chosen: "
                  "\"london\" comes before it and has the same health check, so that both die "
                  "at once; give \"frankfurt\" a check of its own"));
}

TEST(AdviseOnOrder, TellsOfATierBehindAnAliasOfWhatCannotDie) {
  const std::string zone =
      alias_of("pool", "failover: PRIMARY, aliasTarget: {name: pool}") + kSecondary;
  EXPECT_THAT(
      advice_of(zone + pool_with("ttl: 30s")),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A \"frankfurt\" is never chosen: "
                  "\"pool\" comes before it and cannot die, since pool.example.com. cannot; "
                  "give the record sets of pool.example.com. health checks"));
  EXPECT_THAT(advice_of(zone + pool_with("healthCheckId: london")), IsEmpty());
}

TEST(AdviseOnOrder, TellsOfATierBehindACalculatedCheckThatCannotDie) {
  const std::vector<std::string> advice = advice_of_zones(
      {"zone: example.com\n"
       "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
       "records:\n"
       "- {name: \"@\", type: NS, values: ns1.example.net.}\n" +
       set_of("a", "failover: PRIMARY, healthCheckId: site", "203.0.113.1") + kSecondary +
       "healthChecks:\n"
       "- {id: london, type: HTTP, address: 192.0.2.10, disabled: true}\n"
       "- {id: frankfurt, type: HTTP, address: 198.51.100.10}\n"
       "- {id: site, type: CALCULATED, children: [london]}\n"});
  EXPECT_THAT(advice,
              testing::Contains("z.yaml:6:3: warning: www.example.com. A \"frankfurt\" is never "
                                "chosen: \"a\" comes before it and cannot die, since enough of the "
                                "children of its health check \"site\" are disabled; remove "
                                "disabled: true there"));
}

TEST(AdviseOnOrder, TellsOfATierBehindADisabledCheckAndOfTheCheck) {
  EXPECT_THAT(
      advice_of("- {name: www, type: A, setIdentifier: a, failover: PRIMARY, "
                "healthCheck: {type: HTTP, disabled: true}, values: 203.0.113.1}\n" +
                kSecondary),
      ElementsAre("z.yaml:10:74: warning: the health check \"www.example.com/A/a\" is "
                  "disabled and counts as healthy always: the record sets that use it, such "
                  "as www.example.com. A \"a\", are answered even when their site is dead; "
                  "remove disabled: true",
                  "z.yaml:11:3: warning: www.example.com. A \"frankfurt\" is never chosen: "
                  "\"a\" comes before it and cannot die, since its health check "
                  "\"www.example.com/A/a\" is disabled; remove disabled: true there"));
}

TEST(AdviseOnOrder, TellsOfAnAliasThatLeadsToTheDead) {
  const std::string eu = "aliasTarget: {name: pool, evaluateTargetHealth: false}";
  const std::string pool = pool_with("healthCheckId: london");
  EXPECT_THAT(
      advice_of(alias_of("eu", "failover: PRIMARY, " + eu) + kSecondary + pool),
      ElementsAre("z.yaml:10:82: warning: www.example.com. A \"eu\" has evaluateTargetHealth: "
                  "false: when all of pool.example.com. is dead, clients are still sent there "
                  "and not to the other sets; leave evaluateTargetHealth: false out"));
  EXPECT_THAT(
      advice_of(alias_of("eu", "failover: PRIMARY, aliasTarget: {name: pool}") + kSecondary + pool),
      IsEmpty());
}

TEST(AdviseOnOrder, TakesAnAliasThatIsTheLastResort) {
  const std::string pool = pool_with("healthCheckId: frankfurt, ttl: 30s");
  const std::string target = "aliasTarget: {name: pool, evaluateTargetHealth: false}";
  EXPECT_THAT(
      advice_of(kPrimary + alias_of("b", "failover: SECONDARY, " + target) +
                "- {name: pool, type: A, healthCheckId: frankfurt, values: 198.51.100.10}\n"),
      IsEmpty());
}

TEST(AdviseOnOrder, TakesAnAliasWithACheckOfItsOwn) {
  EXPECT_THAT(advice_of(alias_of("a",
                                 "weight: 1, healthCheckId: frankfurt, aliasTarget: "
                                 "{name: pool, evaluateTargetHealth: false}") +
                        set_of("b", "weight: 1") + pool_with("healthCheckId: london")),
              IsEmpty());
}

TEST(AdviseOnOrder, KnowsWhichAreasFollowAnAlias) {
  const auto beside = [](const std::string& area, const std::string& other) {
    return advice_of(alias_of("a", "geoLocation: " + area +
                                       ", aliasTarget: {name: pool, evaluateTargetHealth: false}") +
                     set_of("b", "geoLocation: " + other, kFrankfurt) +
                     pool_with("healthCheckId: london") +
                     "routing: [{name: www, type: A, onNoMatch: noData}]\n");
  };
  EXPECT_THAT(beside("{country: GB}", "{default: true}"), SizeIs(1));
  EXPECT_THAT(beside("{country: GB}", "{continent: EU}"), SizeIs(1));
  EXPECT_THAT(beside("{country: GB, asn: 64500}", "{asn: 64500}"), SizeIs(1));
  EXPECT_THAT(beside("{asn: 64500}", "{country: GB}"), SizeIs(1));
  EXPECT_THAT(beside("{subdivision: GB-ENG}", "{country: GB}"), SizeIs(1));
  EXPECT_THAT(beside("{country: GB}", "{country: FR}"), IsEmpty());
  EXPECT_THAT(beside("{country: GB}", "{continent: AF}"), IsEmpty());
  EXPECT_THAT(beside("{country: GB}", "{subdivision: GB-ENG}"), IsEmpty());
  EXPECT_THAT(beside("{default: true}", "{country: GB}"), IsEmpty());
}

TEST(AdviseOnOrder, KnowsWhichCollectionsFollowAnAlias) {
  const auto beside = [](const std::string& location, const std::string& other) {
    return advice_of(
        alias_of("a", "cidr: {collection: offices, location: " + location +
                          "}, aliasTarget: {name: pool, evaluateTargetHealth: false}") +
        set_of("b", "cidr: {collection: offices, location: " + other + "}", kFrankfurt) +
        pool_with("healthCheckId: london"));
  };
  EXPECT_THAT(beside("berlin", "\"*\""), SizeIs(1));
  EXPECT_THAT(beside("\"*\"", "berlin"), IsEmpty());
}

TEST(AdviseOnOrder, FollowsAliasesIntoOtherZones) {
  const auto pool_zone = [](const std::string& fields) {
    return "zone: example.net\nsoa: {mname: ns1, rname: hostmaster}\n"
           "records:\n- {name: \"@\", type: NS, values: ns1.example.org.}\n"
           "- {name: pool, type: A, " +
           fields + "}\n";
  };
  const std::string www =
      std::string(kAdvisedHead) +
      alias_of("pool", "failover: PRIMARY, aliasTarget: {name: pool.example.net.}") + kSecondary;
  EXPECT_THAT(
      advice_of_zones({www, pool_zone("values: 192.0.2.10")}),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A \"frankfurt\" is never chosen: "
                  "\"pool\" comes before it and cannot die, since pool.example.net. cannot; "
                  "give the record sets of pool.example.net. health checks"));
  EXPECT_THAT(advice_of_zones({www, pool_zone("healthCheckId: london, values: 192.0.2.10")}),
              IsEmpty());
}

TEST(AdviseOnOrder, TakesAMortalSetBehindHalfOfAGroupThatMayDie) {
  const std::string pool =
      "- {name: pool, type: A, setIdentifier: a, weight: 1, values: 192.0.2.10}\n"
      "- {name: pool, type: A, setIdentifier: b, weight: 1, healthCheckId: london, values: "
      "192.0.2.10}\n";
  const std::string www =
      alias_of("pool", "failover: PRIMARY, aliasTarget: {name: pool}") + kSecondary + pool;
  EXPECT_THAT(advice_of(www + "routing: [{name: pool, type: A, minHealthy: 2}]\n"), IsEmpty());
  EXPECT_THAT(advice_of(www), SizeIs(1));
}

}  // namespace
}  // namespace rhumb
