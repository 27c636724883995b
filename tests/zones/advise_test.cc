// What `rhumb check` says of zones that load, and of the checks of all: each warning with its text
// and place, and the nearest configuration of which it says nothing.
#include "zones/advise.h"

#include "tests/zones/advice.h"
#include "zones/advice_log.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Advise, SaysNothingOfASoundFailover) {
  EXPECT_THAT(advice_of(kPrimary + kSecondary), IsEmpty());
}

TEST(Advise, SaysNothingOfASecondaryWithoutACheck) {
  EXPECT_THAT(advice_of(kPrimary + set_of("frankfurt", "failover: SECONDARY", kFrankfurt)),
              IsEmpty());
}

TEST(Advise, SaysNothingOfSoundChoicesByPlace) {
  EXPECT_THAT(
      advice_of(set_of("london", "region: eu-west-2, healthCheckId: london") +
                set_of("frankfurt", "region: eu-central-1, healthCheckId: frankfurt", kFrankfurt) +
                "- {name: shop, type: A, setIdentifier: britain, geoLocation: {country: GB}, "
                "healthCheckId: london, values: 192.0.2.10}\n"
                "- {name: shop, type: A, setIdentifier: others, geoLocation: {default: true}, "
                "healthCheckId: frankfurt, values: 198.51.100.10}\n"),
      IsEmpty());
}

TEST(Advise, SaysNothingOfRoutedNamesElsewhere) {
  const auto cdn = [](const std::string& id, const std::string& role) {
    return "- {name: www, type: CNAME, setIdentifier: " + id + ", failover: " + role +
           ", healthCheck: {type: HTTPS, host: www.example.com}, values: www.cdn-" + id +
           ".example.net.}\n";
  };
  EXPECT_THAT(advice_of(cdn("a", "PRIMARY") + cdn("b", "SECONDARY")), IsEmpty());
}

TEST(Advise, TellsOfACheckNobodyUses) {
  const std::string zone =
      "zone: example.com\nsoa: {mname: ns1, rname: hostmaster}\n"
      "records:\n- {name: \"@\", type: NS, values: ns1.example.net.}\n"
      "healthChecks:\n- {id: old, type: HTTP, address: 192.0.2.1}\n";
  EXPECT_THAT(
      advice_of_zones({zone}),
      ElementsAre("z.yaml:6:3: warning: the health check \"old\" is used by no record set, so "
                  "that it changes no answer; write healthCheckId: old in a record set, or "
                  "remove it"));
}

TEST(Advise, TellsOfADisabledAndInvertedCheck) {
  EXPECT_THAT(
      advice_of(kPrimary + kSecondary +
                "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheck: "
                "{type: HTTP, disabled: true, inverted: true}, values: 203.0.113.1}\n"),
      ElementsAre("z.yaml:12:74: warning: the health check \"www.example.com/A/a\" is "
                  "disabled and inverted, and counts as unhealthy always: the record sets "
                  "that use it, such as www.example.com. A \"a\", are answered only when no "
                  "other is alive; remove disabled: true"));
}

TEST(Advise, TellsOfAPairOnce) {
  EXPECT_THAT(
      advice_of(set_of("a", "failover: PRIMARY", "192.0.2.10, \"2001:db8::10\"", "[A, AAAA]") +
                set_of("b", "failover: SECONDARY", "192.0.2.11, \"2001:db8::11\"", "[A, AAAA]")),
      SizeIs(1));
}

TEST(Advise, TellsTenOfAKindInAFileAndCountsTheRest) {
  std::string zone =
      "zone: example.com\nsoa: {mname: ns1, rname: hostmaster}\n"
      "records:\n- {name: \"@\", type: NS, values: ns1.example.net.}\n"
      "healthChecks:\n";
  for (int i = 0; i < 13; ++i) {
    zone += "- {id: c" + std::to_string(i) + ", type: HTTP, address: 192.0.2.1}\n";
  }
  const std::vector<std::string> advice = advice_of_zones({zone});
  ASSERT_THAT(advice, SizeIs(11));
  EXPECT_EQ(advice.back(), "z.yaml: warning: and 3 more health checks that no record set uses");
}

// A zone whose www is answered by whether `check` is healthy.
std::string zone_with(const std::string& apex, const std::string& check) {
  return "zone: " + apex +
         "\nsoa: {mname: ns1, rname: hostmaster}\n"
         "records:\n- {name: \"@\", type: NS, values: ns1.example.net.}\n"
         "- {name: www, type: TXT, healthCheckId: " +
         check + ", values: x}\n";
}

std::vector<CheckSpec> checks_of(const std::vector<std::string>& ids) {
  std::vector<CheckSpec> checks;
  for (const std::string& id : ids) {
    CheckSpec& check = checks.emplace_back();
    check.id = id;
    check.address = "192.0.2.1";
    check.origin.place = {
        .file = "rhumb.yaml", .line = static_cast<std::uint32_t>(checks.size()), .column = 5};
  }
  return checks;
}

TEST(Advise, KnowsTheUsesOfAllZones) {
  const std::vector<std::string> zones = {zone_with("a.example", "a"), zone_with("b.example", "b")};
  EXPECT_THAT(advice_of_zones(zones, {}, checks_of({"a", "b"})), IsEmpty());
  EXPECT_THAT(
      advice_of_zones(zones, {}, checks_of({"a", "b", "c"})),
      ElementsAre("rhumb.yaml:3:5: warning: the health check \"c\" is used by no record set, "
                  "so that it changes no answer; write healthCheckId: c in a record set, or "
                  "remove it"));
}

TEST(Advise, TellsOfADisabledCheckWithOneOfItsUses) {
  std::vector<CheckSpec> checks = checks_of({"a", "b"});
  checks[0].disabled = true;
  checks[1].disabled = true;
  EXPECT_THAT(
      advice_of_zones({zone_with("a.example", "a"), zone_with("b.example", "a")}, {}, checks),
      ElementsAre("rhumb.yaml:1:5: warning: the health check \"a\" is disabled and counts as "
                  "healthy always: the record sets that use it, such as www.a.example. TXT, "
                  "are answered even when their site is dead; remove disabled: true",
                  "rhumb.yaml:2:5: warning: the health check \"b\" is used by no record set, "
                  "so that it changes no answer; write healthCheckId: b in a record set, or "
                  "remove it"));
}

TEST(AdviceLog, TellsAKindOnceAPlace) {
  Diagnostics diagnostics;
  AdviceLog log(diagnostics);
  const Place place{"z.yaml", 1, 2};
  log.add(Advice::kHint, place, "first");
  log.add(Advice::kHint, place, "second");
  log.add(Advice::kLongTtl, place, "third");
  log.finish();
  ASSERT_THAT(diagnostics.all(), SizeIs(2));
  EXPECT_EQ(to_string(diagnostics.all()[0]), "z.yaml:1:2: warning: first");
  EXPECT_EQ(to_string(diagnostics.all()[1]), "z.yaml:1:2: warning: third");
}

}  // namespace
}  // namespace rhumb
