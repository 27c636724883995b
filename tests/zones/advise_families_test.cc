// Advice on A and AAAA of one name that do not choose alike.
#include "zones/advise_families.h"

#include "tests/zones/advice.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The sets of www A, and these of AAAA.
std::vector<std::string> advice_of_families(const std::string& v6) {
  return advice_of(kRouted + v6);
}

std::string v6_set(std::string_view identifier, std::string_view fields,
                   std::string_view value = "\"2001:db8::10\"") {
  return set_of(identifier, fields, value, "AAAA");
}

TEST(AdviseOnFamilies, TakesFamiliesThatAreAlike) {
  EXPECT_THAT(advice_of_families(
                  v6_set("frankfurt", "failover: SECONDARY, healthCheckId: frankfurt, ttl: 10s") +
                  v6_set("london", "failover: PRIMARY, healthCheckId: london")),
              IsEmpty());
}

TEST(AdviseOnFamilies, TellsOfFamiliesOfDifferentPolicies) {
  EXPECT_THAT(advice_of_families(v6_set("london", "weight: 1")),
              ElementsAre("z.yaml:12:3: warning: www.example.com. has failover routing for A and "
                          "weighted routing for AAAA: the two families of one client may go to "
                          "different sites; write type: [A, AAAA] in records and routing"));
}

TEST(AdviseOnFamilies, TellsOfFamiliesWithDifferentSets) {
  EXPECT_THAT(
      advice_of_families(v6_set("london", "failover: PRIMARY, healthCheckId: london")),
      ElementsAre("z.yaml:11:3: warning: www.example.com. A \"frankfurt\" has no namesake in "
                  "AAAA: the two families of one client may go to different sites; write "
                  "record sets of type: [A, AAAA]"));
  EXPECT_THAT(
      advice_of_families(v6_set("london", "failover: PRIMARY, healthCheckId: london") +
                         v6_set("frankfurt", "failover: SECONDARY, healthCheckId: frankfurt") +
                         v6_set("paris", "failover: SECONDARY, healthCheckId: frankfurt")),
      ElementsAre("z.yaml:14:3: warning: www.example.com. AAAA \"paris\" has no namesake in "
                  "A: the two families of one client may go to different sites; write record "
                  "sets of type: [A, AAAA]"));
}

TEST(AdviseOnFamilies, TellsOfFamiliesWithDifferentChecks) {
  EXPECT_THAT(
      advice_of_families(v6_set("london", "failover: PRIMARY, healthCheckId: frankfurt") +
                         v6_set("frankfurt", "failover: SECONDARY")),
      ElementsAre("z.yaml:13:3: warning: www.example.com. \"frankfurt\" has the health check "
                  "\"frankfurt\" for A and no health check for AAAA: the two families of one "
                  "client may go to different sites; write record sets of type: [A, AAAA]"));
}

TEST(AdviseOnFamilies, TellsOfFamiliesInDifferentOrder) {
  EXPECT_THAT(
      advice_of_families(v6_set("london", "failover: SECONDARY, healthCheckId: london") +
                         v6_set("frankfurt", "failover: PRIMARY, healthCheckId: frankfurt")),
      ElementsAre("z.yaml:13:3: warning: www.example.com. \"frankfurt\" has SECONDARY for A "
                  "and PRIMARY for AAAA: the two families of one client may go to different "
                  "sites; write record sets of type: [A, AAAA]"));
}

TEST(AdviseOnFamilies, TellsOfFamiliesWithDifferentWeights) {
  const auto weighted = [](const std::string& type, const std::string& a, const std::string& b) {
    const std::string value = type == "A" ? "192.0.2.10" : "\"2001:db8::10\"";
    return set_of("a", "weight: " + a, value, type) + set_of("b", "weight: " + b, value, type);
  };
  EXPECT_THAT(advice_of(weighted("A", "90", "10") + weighted("AAAA", "10", "90")),
              ElementsAre("z.yaml:12:3: warning: www.example.com. \"a\" has weight 90 for A and "
                          "weight 10 for AAAA: the two families of one client may go to different "
                          "sites; write record sets of type: [A, AAAA]"));
  EXPECT_THAT(advice_of(weighted("A", "90", "10") + weighted("AAAA", "90", "10")), IsEmpty());
}

TEST(AdviseOnFamilies, TellsOfFamiliesWithDifferentLocations) {
  EXPECT_THAT(advice_of(set_of("a", "region: eu-west-1") + set_of("b", "region: eu-west-2") +
                        v6_set("a", "region: eu-west-2") + v6_set("b", "region: eu-west-1")),
              ElementsAre("z.yaml:12:3: warning: www.example.com. \"a\" has region eu-west-1 for A "
                          "and region eu-west-2 for AAAA: the two families of one client may go to "
                          "different sites; write record sets of type: [A, AAAA]"));
}

TEST(AdviseOnFamilies, TellsOfFamiliesWithDifferentOptions) {
  const std::string pair = set_of("a", "weight: 1", "192.0.2.10, \"2001:db8::10\"", "[A, AAAA]") +
                           set_of("b", "weight: 1", "192.0.2.11, \"2001:db8::11\"", "[A, AAAA]");
  EXPECT_THAT(advice_of(pair), IsEmpty());
  const auto with = [&](const std::string& option) {
    return advice_of(pair + "routing: [{name: www, type: A, " + option + "}]\n");
  };
  EXPECT_THAT(
      with("maxAnswers: 2"),
      ElementsAre("z.yaml:10:3: warning: www.example.com. has maxAnswers 2 for A and "
                  "maxAnswers 1 for AAAA: the two families of one client may go to different "
                  "sites; write type: [A, AAAA] in records and routing"));
  EXPECT_THAT(
      with("minHealthy: 2"),
      ElementsAre("z.yaml:10:3: warning: www.example.com. has minHealthy 2 for A and "
                  "minHealthy 1 for AAAA: the two families of one client may go to different "
                  "sites; write type: [A, AAAA] in records and routing"));
  EXPECT_THAT(
      with("onAllUnhealthy: noData"),
      ElementsAre("z.yaml:10:3: warning: www.example.com. has onAllUnhealthy: noData for A "
                  "and onAllUnhealthy: ignoreHealth for AAAA: the two families of one client "
                  "may go to different sites; write type: [A, AAAA] in records and routing"));
  EXPECT_THAT(
      with("sticky: client"),
      ElementsAre("z.yaml:10:3: warning: www.example.com. has sticky: client for A and no "
                  "sticky for AAAA: the two families of one client may go to different sites; "
                  "write type: [A, AAAA] in records and routing"));
}

TEST(AdviseOnFamilies, TellsOfAliasesThatLeadApart) {
  const auto alias = [](const std::string& type, const std::string& target) {
    return "- {name: apex, type: " + type + ", aliasTarget: {name: " + target + "}}\n";
  };
  const std::string pools = kRouted + v6_set("london", "failover: PRIMARY, healthCheckId: london") +
                            v6_set("frankfurt", "failover: SECONDARY, healthCheckId: frankfurt") +
                            "- {name: other, type: AAAA, values: \"2001:db8::1\"}\n";
  EXPECT_THAT(advice_of(pools + alias("A", "www") + alias("AAAA", "WWW")), IsEmpty());
  EXPECT_THAT(
      advice_of(pools + alias("A", "www") + alias("AAAA", "other")),
      ElementsAre("z.yaml:16:3: warning: apex.example.com. has an alias of www.example.com. "
                  "for A and an alias of other.example.com. for AAAA: the two families of one "
                  "client may go to different sites; write record sets of type: [A, AAAA]"));
}

TEST(AdviseOnFamilies, TellsOfAFamilyThatIsNotRouted) {
  const std::string v6 = "- {name: www, type: AAAA, values: \"2001:db8::10\"}\n";
  EXPECT_THAT(
      advice_of(kRouted + v6),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A is routed and AAAA is not: "
                  "clients that use AAAA are sent to the same addresses always, be they dead; "
                  "write record sets of type: [A, AAAA]"));
  EXPECT_THAT(advice_of(v6 + "- {name: www, type: A, healthCheckId: london, values: 192.0.2.10}\n"),
              IsEmpty());
}

TEST(AdviseOnFamilies, TakesAPairOfWhichOneSetLacksAFamily) {
  EXPECT_THAT(advice_of(set_of("a", "failover: PRIMARY, healthCheckId: london",
                               "192.0.2.10, \"2001:db8::10\"", "[A, AAAA]") +
                        set_of("b", "failover: SECONDARY, healthCheckId: frankfurt", kFrankfurt,
                               "[A, AAAA]")),
              IsEmpty());
}

}  // namespace
}  // namespace rhumb
