// Advice on one record set and its health check.
#include "zones/advise_set.h"

#include "tests/zones/advice.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AdviseOnSet, TellsOfATtlThatOutlastsTheCheck) {
  const auto with_ttl = [](const std::string& ttl) {
    return set_of("london", "failover: PRIMARY, healthCheckId: london, ttl: " + ttl) + kSecondary;
  };
  EXPECT_THAT(
      advice_of(with_ttl("1h")),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A \"london\" has the TTL 3600s: "
                  "caches keep a dead site for so long, though its health check finds it dead "
                  "within 18s; write ttl: 72s or less"));
  EXPECT_THAT(advice_of(with_ttl("73s")), SizeIs(1));
  EXPECT_THAT(advice_of(with_ttl("72s")), IsEmpty());
}

TEST(AdviseOnSet, MeasuresATtlAgainstTheCheck) {
  const auto with_check = [](const std::string& check) {
    return "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, ttl: 61s, healthCheck: "
           "{type: HTTP, address: 203.0.113.1, " +
           check + "}, values: 203.0.113.1}\n" + kSecondary;
  };
  EXPECT_THAT(
      advice_of(with_check("interval: 1s, timeout: 1s, failureThreshold: 1")),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A \"a\" has the TTL 61s: caches "
                  "keep a dead site for so long, though its health check finds it dead within "
                  "2s; write ttl: 60s or less"));
  EXPECT_THAT(advice_of(with_check("interval: 30s")), IsEmpty());
}

TEST(AdviseOnSet, SaysNothingOfALongTtlWithoutChoice) {
  EXPECT_THAT(advice_of(pool_with("ttl: 1d, healthCheckId: london")), IsEmpty());
}

// A set of www whose site check is of the type that `fields` give.
std::string advised_site(const std::string& fields, const std::string& set) {
  return "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: site, " + set +
         "}\n" + kSecondary + "healthChecks:\n- {id: london, type: HTTP, address: 192.0.2.10}\n" +
         "- {id: frankfurt, type: HTTP, address: 198.51.100.10}\n- {id: site, " + fields + "}\n";
}

std::vector<std::string> advice_of_site(const std::string& fields, const std::string& set) {
  return advice_of_zones(
      {"zone: example.com\n"
       "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
       "records:\n"
       "- {name: \"@\", type: NS, values: ns1.example.net.}\n"
       "- {name: u1, type: TXT, healthCheckId: london, values: x}\n" +
       advised_site(fields, set)});
}

TEST(AdviseOnSet, SaysNothingOfAddressesBehindACheckOfTheSite) {
  const std::string set = "values: [203.0.113.1, 203.0.113.2]";
  EXPECT_THAT(advice_of_site("type: SWITCH", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: PUSH, expiresAfter: 1m", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: EXEC, command: [/bin/sh]", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: CALCULATED, children: [london]", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: PROMETHEUS, url: http://192.0.2.9, query: up, condition: "
                             "\"> 0\"",
                             set),
              IsEmpty());
  EXPECT_THAT(advice_of_site("type: TLS, address: 203.0.113.1", set), SizeIs(1));
  EXPECT_THAT(advice_of_site("type: TLS, address: 203.0.113.9", "values: 203.0.113.1"), SizeIs(1));
}

TEST(AdviseOnSet, MeasuresATtlAgainstWhatFindsTheDeath) {
  const std::string set = "ttl: 1h, values: 203.0.113.1";
  EXPECT_THAT(advice_of_site("type: SWITCH", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: PUSH, expiresAfter: 15m", set), IsEmpty());
  EXPECT_THAT(advice_of_site("type: PUSH, expiresAfter: 1m", set),
              ElementsAre(testing::HasSubstr("though its health check finds it dead within 60s; "
                                             "write ttl: 240s or less")));
  EXPECT_THAT(advice_of_site("type: CALCULATED, children: [london]", set),
              ElementsAre(testing::HasSubstr("finds it dead within 18s")));
}

TEST(AdviseOnSet, TellsOfSeveralAddressesBehindOneCheck) {
  const std::string two = "192.0.2.10, 192.0.2.11";
  EXPECT_THAT(advice_of(pool_with("healthCheckId: london")), IsEmpty());
  EXPECT_THAT(
      advice_of(set_of("london", "failover: PRIMARY, healthCheckId: london", two) + kSecondary),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A \"london\" has 2 addresses behind "
                  "one health check: all of them live and die by it, the dead with the "
                  "living; write a record set with multiValueAnswer: true and a check of its "
                  "own for each, at another name, and an aliasTarget of that name here"));
  EXPECT_THAT(
      advice_of("- {name: www, type: A, healthCheckId: london, values: [" + two + "]}\n"),
      ElementsAre("z.yaml:10:3: warning: www.example.com. A has 2 addresses behind one health "
                  "check: all of them live and die by it, the dead with the living; write a "
                  "record set with multiValueAnswer: true and a check of its own for each"));
}

TEST(AdviseOnSet, TakesOneAddressAFamilyBehindOneCheck) {
  EXPECT_THAT(advice_of("- {name: www, type: [A, AAAA], healthCheckId: london, values: "
                        "[192.0.2.10, \"2001:db8::10\"]}\n"),
              IsEmpty());
}

TEST(AdviseOnSet, TellsOfACheckThatAsksAnotherAddress) {
  EXPECT_THAT(
      advice_of(set_of("paris", "failover: PRIMARY, healthCheckId: london", "203.0.113.1") +
                kSecondary),
      ElementsAre("z.yaml:10:80: warning: the health check \"london\" asks 192.0.2.10, but "
                  "www.example.com. A \"paris\" answers 203.0.113.1: clients are sent where "
                  "nothing is probed; write an address that is answered as the check's "
                  "address, or the site's own check here"));
}

TEST(AdviseOnSet, TakesACheckOfTheOtherFamilyOrByName) {
  EXPECT_THAT(
      advice_of("- {name: www, type: AAAA, healthCheckId: london, values: \"2001:db8::10\"}\n"),
      IsEmpty());
  EXPECT_THAT(advice_of("- {name: www, type: A, healthCheck: {type: HTTP, address: "
                        "www.example.net}, values: 203.0.113.1}\n"),
              IsEmpty());
}

TEST(AdviseOnSet, TakesACheckOfTheSitesInnerSide) {
  const auto checked_at = [](const std::string& address, const std::string& value) {
    return "- {name: www, type: A, healthCheck: {type: HTTP, address: " + address +
           "}, values: " + value + "}\n";
  };
  EXPECT_THAT(advice_of(checked_at("10.0.0.5", "203.0.113.1")), IsEmpty());
  EXPECT_THAT(advice_of(checked_at("10.0.0.5", "10.0.0.6")), SizeIs(1));
}

}  // namespace
}  // namespace rhumb
