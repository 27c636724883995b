// Advice on health checks themselves.
#include "zones/advise_check.h"

#include "tests/zones/advice.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A zone in which www is answered by the check `used`; the checks begin at line 6.
std::vector<std::string> advice_of_checks(const std::string& checks) {
  return advice_of_zones(
      {"zone: example.com\n"
       "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
       "records:\n"
       "- {name: \"@\", type: NS, values: ns1.example.net.}\n"
       "healthChecks:\n" +
       checks + "routing: []\n"});
}

std::vector<std::string> advice_of_used(const std::string& checks) {
  return advice_of_zones(
      {"zone: example.com\n"
       "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
       "records:\n"
       "- {name: \"@\", type: NS, values: ns1.example.net.}\n"
       "- {name: www, type: TXT, healthCheckId: used, values: x}\n"
       "healthChecks:\n" +
       checks});
}

TEST(AdviseOnChecks, TakesChildrenForUsed) {
  EXPECT_THAT(advice_of_used("- {id: used, type: CALCULATED, children: [a, b]}\n"
                             "- {id: a, type: HTTP, address: 192.0.2.1}\n"
                             "- {id: b, type: CALCULATED, children: [c]}\n"
                             "- {id: c, type: PUSH, expiresAfter: 1m}\n"),
              IsEmpty());
}

// As docs/two-servers.md has it: what this server probes is read by its peers, and by itself.
TEST(AdviseOnChecks, TakesForUsedWhatPeersAskFor) {
  EXPECT_THAT(advice_of_used("- {id: used, type: CALCULATED, children: [by-ns1, by-ns2]}\n"
                             "- {id: by-ns1, type: HTTPS, address: ns1.example.net, "
                             "path: /api/v1/health-checks/site/probed}\n"
                             "- {id: by-ns2, type: HTTP, address: ns2.example.net, "
                             "path: /api/v1/health-checks/site/probed}\n"
                             "- {id: site, type: HTTP, address: 192.0.2.1}\n"),
              IsEmpty());
}

TEST(AdviseOnChecks, TakesNothingElseForAsking) {
  for (const std::string path : {"/api/v1/health-checks/site", "/api/v1/health-checks/probed",
                                 "/health-checks/site/probed", "/api/v1/health-checks/a/probed"}) {
    EXPECT_THAT(advice_of_used("- {id: used, type: HTTP, address: 192.0.2.2, path: " + path +
                               "}\n- {id: site, type: HTTP, address: 192.0.2.1}\n"),
                ElementsAre(HasSubstr("\"site\" is used by no record set")))
        << path;
  }
}

TEST(AdviseOnChecks, TellsOfADisabledOneThatPeersAskFor) {
  EXPECT_THAT(advice_of_used("- {id: used, type: HTTP, address: ns1.example.net, "
                             "path: /api/v1/health-checks/site/probed}\n"
                             "- {id: site, type: HTTP, address: 192.0.2.1, disabled: true}\n"),
              ElementsAre(HasSubstr("\"site\" is disabled and counts as healthy always, also for "
                                    "those who ask for it: the health check \"used\" hears nothing "
                                    "of its site")));
}

TEST(AdviseOnChecks, TellsOfTheTopAloneWhenNobodyUsesIt) {
  EXPECT_THAT(advice_of_checks("- {id: top, type: CALCULATED, children: [a]}\n"
                               "- {id: a, type: HTTP, address: 192.0.2.1}\n"),
              ElementsAre("z.yaml:6:3: warning: the health check \"top\" is used by no record set, "
                          "so that it changes no answer; write healthCheckId: top in a record set, "
                          "or remove it"));
}

TEST(AdviseOnChecks, TellsOfADisabledChild) {
  EXPECT_THAT(
      advice_of_used("- {id: used, type: CALCULATED, children: [a, b]}\n"
                     "- {id: a, type: HTTP, address: 192.0.2.1}\n"
                     "- {id: b, type: HTTP, address: 192.0.2.1, disabled: true}\n"),
      ElementsAre("z.yaml:9:3: warning: the health check \"b\" is disabled and counts as healthy "
                  "always, whatever it is a child of: the health check \"used\" hears nothing of "
                  "its site; remove disabled: true"));
}

TEST(AdviseOnChecks, TellsOfACalculatedCheckThatCannotTurnUnhealthy) {
  EXPECT_THAT(
      advice_of_used("- {id: used, type: CALCULATED, children: [a, b], healthThreshold: 1}\n"
                     "- {id: a, type: HTTP, address: 192.0.2.1}\n"
                     "- {id: b, type: HTTP, address: 192.0.2.1, disabled: true}\n"),
      ElementsAre("z.yaml:7:3: warning: the health check \"used\" counts as healthy always: "
                  "children of it that are disabled are enough; remove disabled: true from them",
                  HasSubstr("z.yaml:9:3: warning: the health check \"b\" is disabled")));
}

TEST(AdviseOnChecks, TellsOfASwitchThatIsNotNeeded) {
  const auto advice = [](const std::string& threshold) {
    return advice_of_used("- {id: used, type: CALCULATED, children: [a, open]" + threshold +
                          "}\n"
                          "- {id: a, type: HTTP, address: 192.0.2.1}\n"
                          "- {id: open, type: SWITCH}\n");
  };
  EXPECT_THAT(
      advice(", healthThreshold: 1"),
      ElementsAre("z.yaml:7:3: warning: the health check \"used\" has the switch \"open\" "
                  "among children of which not all are needed: switching it off need not take "
                  "anything out; put these children into a check of their own, and write "
                  "it beside the switch without a healthThreshold"));
  EXPECT_THAT(advice(""), IsEmpty());
  EXPECT_THAT(advice(", healthThreshold: 2"), IsEmpty());
}

TEST(AdviseOnChecks, TellsOfDaysThatARenewalLeaves) {
  const auto advice = [](const std::string& days) {
    return advice_of_used("- {id: used, type: TLS, address: 192.0.2.1, minDaysLeft: " + days +
                          "}\n");
  };
  EXPECT_THAT(
      advice("30"),
      ElementsAre(
          "z.yaml:7:3: warning: the health check \"used\" wants a certificate that is valid "
          "for 30 days more: one of 90 days is commonly renewed when 30 are left, and its "
          "site is taken out before; write minDaysLeft: 14"));
  EXPECT_THAT(advice("29"), IsEmpty());
}

}  // namespace
}  // namespace rhumb
