#include "zones/zone_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/zones/reading.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The same zone as a master file, whose parts stand behind the apex's records.
std::uint64_t digest_of_master(std::string_view records, std::string_view soa_ttls = "30") {
  const Reading reading = read_master(
      "$ORIGIN blog.example.com.\n$TTL 30\n"
      "@ 3600 SOA ns1 hostmaster 1 7200 900 1209600 " +
      std::string(soa_ttls) + "\n@ 3600 NS ns1.example.net.\n" + std::string(records));
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.zone ? reading.zone->info().digest : 0;
}

std::uint64_t digest_of(const Reading& reading) {
  EXPECT_THAT(reading.problems, IsEmpty());
  return reading.zone ? reading.zone->info().digest : 1;
}

const GroupInfo* find_group(const Zone& zone, Type type) {
  for (const GroupInfo& group : zone.info().groups) {
    if (group.type == type) return &group;
  }
  return nullptr;
}

TEST(ZoneYaml, ReadsTheExampleOfTheReference) {
  const Reading reading = read_yaml_zone(
      "zone: blog.example.com\n"
      "soa: {mname: ns1, rname: hostmaster}       # refresh, retry, expire, minimum, serial may be "
      "given\n"
      "healthCheckDefaults: {type: HTTP, port: 80, path: /healthz, host: blog.example.com}\n"
      "healthChecks:\n"
      "- {id: london,    address: 192.0.2.10,    labels: {site: london}}\n"
      "- {id: frankfurt, address: 198.51.100.10, labels: {site: frankfurt}}\n"
      "records:\n"
      "- {name: \"@\", type: NS, values: [ns1, ns2]}\n"
      "- {name: ns1, type: A, values: [192.0.2.53]}\n"
      "- {name: ns2, type: A, values: [198.51.100.53]}\n"
      "- {name: \"@\", type: [A, AAAA], setIdentifier: london,    failover: PRIMARY,   "
      "healthCheckId: "
      "london,    values: [192.0.2.10, \"2001:db8:a::10\"]}\n"
      "- {name: \"@\", type: [A, AAAA], setIdentifier: frankfurt, failover: SECONDARY, "
      "healthCheckId: "
      "frankfurt, values: [198.51.100.10, \"2001:db8:b::10\"]}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  const ZoneInfo& info = reading.zone->info();
  EXPECT_EQ(to_string(info.apex), "blog.example.com.");
  ASSERT_THAT(info.checks, SizeIs(2));
  EXPECT_EQ(info.checks[0].path, "/healthz");
  EXPECT_EQ(info.checks[0].origin.place, (Place{"z.yaml", 5, 3}));
  ASSERT_THAT(info.groups, SizeIs(2));
  ASSERT_THAT(info.groups[0].sets, SizeIs(2));
  EXPECT_EQ(info.groups[0].sets[0].identifier, "london");
  EXPECT_EQ(info.groups[0].sets[1].check_id, "frankfurt");
  EXPECT_EQ(info.groups[0].sets[1].check_place, (Place{"z.yaml", 12, 94}));
  EXPECT_EQ(reading.zone->groups()[0].policy, Policy::kFailover);
}

TEST(ZoneYaml, ReadsStaticRecordsLikeAMasterFile) {
  const Reading reading = read_records(
      "- {name: www, type: A, values: [192.0.2.1, 192.0.2.2]}\n"
      "- {name: www, type: AAAA, ttl: 5m, values: \"2001:db8::1\"}\n"
      "- {name: both, type: [AAAA, A], values: [\"2001:db8::1\", 192.0.2.1]}\n"
      "- {name: \"@\", type: MX, values: [10 mail, 20 mail.example.net.]}\n"
      "- {name: mail.blog.example.com., type: A, values: 192.0.2.3}\n"
      "- {name: \"*.w\", type: CNAME, values: \"@\"}\n"
      "- {name: t, type: TYPE65280, values: '\\# 2 0102'}\n");
  EXPECT_EQ(digest_of(reading), digest_of_master("www A 192.0.2.1\nwww A 192.0.2.2\n"
                                                 "www 300 AAAA 2001:db8::1\n"
                                                 "both A 192.0.2.1\nboth AAAA 2001:db8::1\n"
                                                 "@ MX 10 mail\n@ MX 20 mail.example.net.\n"
                                                 "mail A 192.0.2.3\n*.w CNAME @\n"
                                                 "t TYPE65280 \\# 2 0102\n"));
}

TEST(ZoneYaml, TakesTextsAsTheyStand) {
  const std::string long_text(300, 'x');
  const Reading reading = read_records(
      "- {name: a, type: TXT, values: \"v=DKIM1; k=rsa\"}\n"
      "- {name: b, type: TXT, values: ['\"a b\" c', \"d\\\\e\"]}\n"
      "- {name: c, type: TXT, values: " +
      long_text +
      "}\n"
      "- {name: d, type: TXT, values: \"\"}\n");
  EXPECT_EQ(digest_of(reading),
            digest_of_master(
                "a TXT \"v=DKIM1; k=rsa\"\nb TXT \"a b\" c\nb TXT \"d\\\\e\"\nc TXT \"" +
                std::string(255, 'x') + "\" \"" + std::string(45, 'x') + "\"\nd TXT \"\"\n"));
}

TEST(ZoneYaml, GivesNsTtlToNsAndToWhatTheyName) {
  const Reading reading = read_yaml_zone(
      "zone: blog.example.com\n"
      "ttl: 60\n"
      "nsTtl: 2h\n"
      "soa: {mname: ns1, rname: hostmaster, serial: 1}\n"
      "records:\n"
      "- {name: ns1, type: [A, AAAA], values: [192.0.2.1, \"2001:db8::1\"]}\n"
      "- {name: ns1, type: TXT, values: a}\n"
      "- {name: ns2, type: A, ttl: 10, values: 192.0.2.2}\n"
      "- {name: \"@\", type: NS, values: [ns1, NS2]}\n");
  const Reading master = read_master(
      "$ORIGIN blog.example.com.\n"
      "@ 7200 SOA ns1 hostmaster 1 7200 900 1209600 60\n"
      "@ 7200 NS ns1\n@ 7200 NS NS2\n"
      "ns1 7200 A 192.0.2.1\nns1 7200 AAAA 2001:db8::1\nns1 60 TXT a\n"
      "ns2 10 A 192.0.2.2\n");
  EXPECT_EQ(digest_of(reading), digest_of(master));
}

TEST(ZoneYaml, TakesTheSoaAsItIsGiven) {
  const Reading reading = read_yaml_zone(
      "zone: blog.example.com.\n"
      "soa: {mname: a.example.net., rname: b.example.net., serial: 7, refresh: 1h, retry: 2m, "
      "expire: 3d, "
      "minimum: 4}\n"
      "records: [{name: \"@\", type: NS, values: a.example.net.}]\n");
  const Reading master = read_master(
      "$ORIGIN blog.example.com.\n"
      "@ 3600 SOA a.example.net. b.example.net. 7 3600 120 259200 4\n"
      "@ 3600 NS a.example.net.\n");
  EXPECT_EQ(digest_of(reading), digest_of(master));
  EXPECT_EQ(reading.zone->info().serial, 7U);
}

TEST(ZoneYaml, TakesTheSerialFromItsKeyOrTheNewestFile) {
  const std::string rest =
      "soa: {mname: ns1, rname: hostmaster}\n"
      "records: [{name: \"@\", type: NS, values: a.example.net.}]\n";
  const Reading given = read_yaml_zone("zone: a.example\nserial: 4294967295\n" + rest);
  ASSERT_NE(given.zone, nullptr);
  EXPECT_EQ(given.zone->info().serial, 4294967295U);

  ZoneBuilder builder;
  Diagnostics diagnostics;
  SourceFile file{.path = "z.yaml", .stamp = {}};
  file.stamp.mtime_ns = 1'700'000'000'999'999'999;
  read_zone_yaml_text("zone: a.example\n" + rest, file, {}, builder, diagnostics);
  const Reading derived = to_reading(builder, diagnostics);
  ASSERT_NE(derived.zone, nullptr);
  EXPECT_EQ(derived.zone->info().serial, 1'700'000'000U);
}

TEST(ZoneYaml, SplitsAPairIntoAGroupForEachFamily) {
  const Reading reading = read_records(
      "- {name: w, type: [A, AAAA], setIdentifier: x, weight: 1, values: [192.0.2.1, "
      "\"2001:db8::1\", "
      "\"2001:db8::2\"]}\n"
      "- {name: w, type: [A, AAAA], setIdentifier: y, weight: 0, values: 192.0.2.2}\n"
      "- {name: v, type: [A, AAAA], setIdentifier: z, weight: 1, values: 192.0.2.3}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_THAT(reading.zone->info().groups, SizeIs(3));
  const GroupInfo* aaaa = find_group(*reading.zone, Type::kAaaa);
  ASSERT_NE(aaaa, nullptr);
  ASSERT_THAT(aaaa->sets, SizeIs(2));
  EXPECT_EQ(aaaa->sets[1].identifier, "y");
  const auto number = static_cast<std::size_t>(aaaa - reading.zone->info().groups.data());
  const Group& group = reading.zone->groups()[number];
  EXPECT_EQ(group.policy, Policy::kWeighted);
  const auto sets = reading.zone->sets_of(group);
  EXPECT_EQ(sets[0].kind, RoutedSet::Kind::kImage);
  EXPECT_EQ(sets[1].kind, RoutedSet::Kind::kEmpty);
  EXPECT_EQ(sets[1].weight, 0);
}

TEST(ZoneYaml, ReadsTiersAndWeights) {
  const Reading reading = read_records(
      "- {name: w, type: A, setIdentifier: x, priority: 1000, weight: 255, values: 192.0.2.1}\n"
      "- {name: w, type: A, setIdentifier: y, priority: 1, values: 192.0.2.2}\n"
      "- {name: f, type: A, setIdentifier: y, failover: secondary, weight: 2, values: "
      "192.0.2.2}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_THAT(reading.zone->groups(), SizeIs(2));
  const Group& priority = reading.zone->groups()[0];
  EXPECT_EQ(priority.policy, Policy::kPriority);
  EXPECT_EQ(reading.zone->info().groups[0].sets[0].suits, "priority 1");
  EXPECT_EQ(reading.zone->sets_of(priority)[0].weight, 1);
  EXPECT_EQ(reading.zone->info().groups[0].sets[1].suits, "priority 1000, weight 255");
  EXPECT_EQ(reading.zone->sets_of(priority)[1].weight, 255);
  EXPECT_EQ(reading.zone->groups()[1].policy, Policy::kFailover);
}

TEST(ZoneYaml, MakesAGroupOfASimpleSetWithACheck) {
  const Reading reading =
      read_records("- {name: w, type: A, healthCheckId: london, values: [192.0.2.1, 192.0.2.2]}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_THAT(reading.zone->groups(), SizeIs(1));
  EXPECT_EQ(reading.zone->groups()[0].policy, Policy::kSimple);
  EXPECT_EQ(reading.zone->info().groups[0].sets[0].check_id, "london");
}

TEST(ZoneYaml, SetsTheOptionsOfGroups) {
  const Reading reading = read_records(
      "- {name: w, type: [A, AAAA], setIdentifier: x, weight: 1, values: [192.0.2.1, "
      "\"2001:db8::1\"]}\n"
      "- {name: w, type: [A, AAAA], setIdentifier: y, weight: 1, values: [192.0.2.2, "
      "\"2001:db8::2\"]}\n"
      "- {name: v, type: A, setIdentifier: y, weight: 1, values: 192.0.2.2}\n"
      "routing:\n"
      "- {name: w, type: [A, AAAA], maxAnswers: 2, minHealthy: 2, onAllUnhealthy: SERVFAIL}\n"
      "- {name: v, type: A, onAllUnhealthy: noData}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  ASSERT_THAT(reading.zone->groups(), SizeIs(3));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(reading.zone->groups()[i].max_answers, 2);
    EXPECT_EQ(reading.zone->info().groups[i].min_healthy, 2U);
    EXPECT_EQ(reading.zone->groups()[i].on_all_unhealthy, OnAllUnhealthy::kServFail);
  }
  EXPECT_EQ(reading.zone->groups()[2].max_answers, 1);
  EXPECT_EQ(reading.zone->groups()[2].on_all_unhealthy, OnAllUnhealthy::kNoData);
}

TEST(ZoneYaml, NamesInlineChecksAfterTheirSets) {
  const Reading reading = read_records(
      "- {name: \"@\", type: [A, AAAA], setIdentifier: a, weight: 1, values: 192.0.2.1, "
      "healthCheck: {type: "
      "HTTP}}\n"
      "- {name: www, type: CNAME, values: host.example.net., healthCheck: {type: HTTPS, host: "
      "www.example.org}}\n"
      "- {name: many, type: A, values: [192.0.2.1, 192.0.2.2], healthCheck: {type: TCP, port: 1, "
      "address: "
      "192.0.2.9}}\n");
  EXPECT_THAT(reading.problems, IsEmpty());
  ASSERT_NE(reading.zone, nullptr);
  const std::vector<CheckSpec>& checks = reading.zone->info().checks;
  ASSERT_THAT(checks, SizeIs(3));
  EXPECT_EQ(checks[0].id, "blog.example.com/A/a");
  EXPECT_EQ(checks[0].address, "192.0.2.1");
  EXPECT_EQ(checks[0].host, "blog.example.com");
  EXPECT_EQ(checks[1].id, "www.blog.example.com/CNAME");
  EXPECT_EQ(checks[1].address, "host.example.net.");
  EXPECT_EQ(checks[1].host, "www.example.org");
  EXPECT_EQ(checks[2].id, "many.blog.example.com/A");
  EXPECT_EQ(checks[2].address, "192.0.2.9");
  EXPECT_EQ(reading.zone->info().groups[0].sets[0].check_id, "blog.example.com/A/a");
}

TEST(ZoneYaml, PrefersTheHostOfDefaultsForInlineChecks) {
  CheckDefaults defaults;
  defaults.spec.host = "health.example.com";
  const Reading reading =
      read_yaml_zone(std::string(kZoneHead) +
                         "- {name: www, type: A, values: 192.0.2.1, healthCheck: {type: HTTP}}\n",
                     defaults);
  ASSERT_NE(reading.zone, nullptr);
  EXPECT_EQ(reading.zone->info().checks[0].host, "health.example.com");
}

TEST(ZoneYaml, RefusesInlineChecksWithoutOneAddress) {
  EXPECT_THAT(
      problems_of(
          "- {name: w, type: A, values: [192.0.2.1, 192.0.2.2], healthCheck: {type: HTTP}}\n"),
      ElementsAre("z.yaml:5:67: error: \"address\" is missing, and the record set has no single "
                  "address to take; write address: 192.0.2.10"));
  EXPECT_THAT(
      problems_of(
          "- {name: w, type: A, values: 192.0.2.1, healthCheckId: a, healthCheck: {type: HTTP}}\n"),
      ElementsAre("z.yaml:5:59: error: a record set takes healthCheckId or healthCheck, not both"));
}

TEST(ZoneYaml, RefusesUnknownKeysWithASuggestion) {
  EXPECT_THAT(problems_of("- {name: w, type: A, valuse: 192.0.2.1, values: 192.0.2.1}\n"
                          "- {Name: w, type: A, ResourceRecords: [192.0.2.1]}\n"),
              ElementsAre("z.yaml:5:22: error: unknown key \"valuse\"; did you mean \"values\"?",
                          "z.yaml:6:3: error: \"name\" is missing; write name: www",
                          "z.yaml:6:3: error: \"values\" is missing; write values: [192.0.2.1]",
                          "z.yaml:6:4: error: unknown key \"Name\"; write \"name\"",
                          "z.yaml:6:22: error: unknown key \"ResourceRecords\"; write \"values\""));
  EXPECT_THAT(read_yaml_zone(std::string(kZoneHead) + "recrods: []\norigin: a\n").problems,
              ElementsAre("z.yaml:5:1: error: unknown key \"recrods\"; did you mean \"records\"?",
                          "z.yaml:6:1: error: unknown key \"origin\"; write \"zone\""));
}

TEST(ZoneYaml, RefusesBadAddresses) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, values: [192.0.2.1, 192.0.2.256]}\n"
                  "- {name: b, type: [A, AAAA], values: [192.0.2, \"2001:db8::1\"]}\n"
                  "- {name: c, type: A, values: \"2001:db8::1\"}\n"),
      ElementsAre(
          "z.yaml:5:42: error: \"192.0.2.256\" is no IPv4 address; write one like 192.0.2.1",
          "z.yaml:6:39: error: \"192.0.2\" is no IP address; write one like 192.0.2.1 or "
          "\"2001:db8::1\"",
          "z.yaml:7:30: error: \"2001:db8::1\" is an IPv6 address; write it as AAAA"));
}

TEST(ZoneYaml, RefusesNumbersOutOfRange) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, ttl: 2147483648, values: 192.0.2.1}\n"
                  "- {name: b, type: A, setIdentifier: a, weight: 256, values: 192.0.2.1}\n"
                  "- {name: c, type: A, setIdentifier: a, priority: 0, values: 192.0.2.1}\n"
                  "- {name: d, type: A, setIdentifier: a, failover: THIRD, values: 192.0.2.1}\n"),
      ElementsAre(
          "z.yaml:5:27: error: \"2147483648\" is too long; write at most 2147483647 seconds",
          "z.yaml:6:48: error: 256 is out of range; write a whole number from 0 to 255",
          "z.yaml:7:50: error: 0 is out of range; write a whole number from 1 to 1000",
          "z.yaml:8:50: error: \"THIRD\" is not known here; write one of PRIMARY, SECONDARY"));
}

TEST(ZoneYaml, WantsAnIdentifierForARoutedSet) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, weight: 1, values: 192.0.2.1}\n"),
      ElementsAre("z.yaml:5:3: error: a record set with weighted routing needs a name of its own; "
                  "write setIdentifier: london"));
}

TEST(ZoneYaml, RefusesTwoRoutingFieldsInOneSet) {
  EXPECT_THAT(problems_of("- {name: a, type: A, setIdentifier: a, failover: PRIMARY, priority: 1, "
                          "values: 192.0.2.1}\n"),
              ElementsAre("z.yaml:5:59: error: a record set takes failover or priority, not both"));
}

TEST(ZoneYaml, RefusesMixedPolicies) {
  EXPECT_THAT(
      problems_of(
          "- {name: a, type: A, setIdentifier: a, weight: 1, values: 192.0.2.1}\n"
          "- {name: A, type: [A, AAAA], setIdentifier: b, failover: PRIMARY, values: 192.0.2.2}\n"
          "- {name: a, type: A, values: 192.0.2.3}\n"),
      ElementsAre("z.yaml:6:3: error: a.blog.example.com. A has failover routing here but weighted "
                  "routing at "
                  "z.yaml:5:3; all record sets of one name and type use one policy",
                  "z.yaml:7:3: error: a.blog.example.com. A has simple routing here but weighted "
                  "routing at "
                  "z.yaml:5:3; all record sets of one name and type use one policy"));
}

TEST(ZoneYaml, RefusesTwoSimpleSetsOfOneNameAndType) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, values: 192.0.2.1}\n"
                  "- {name: a, type: [A, AAAA], values: 192.0.2.2}\n"),
      ElementsAre(
          "z.yaml:6:3: error: a.blog.example.com. A has a record set already, at z.yaml:5:3; "
          "write all values in one, or give each a setIdentifier and a weight, failover or "
          "priority"));
}

TEST(ZoneYaml, RefusesADuplicateIdentifier) {
  EXPECT_THAT(
      problems_of("- {name: a, type: [A, AAAA], setIdentifier: x, weight: 1, values: 192.0.2.1}\n"
                  "- {name: a, type: [A, AAAA], setIdentifier: x, weight: 1, values: 192.0.2.2}\n"
                  "- {name: b, type: A, setIdentifier: x, weight: 1, values: 192.0.2.2}\n"),
      ElementsAre(
          "z.yaml:6:3: error: a.blog.example.com. A has the setIdentifier \"x\" already, at "
          "z.yaml:5:3; write another"));
}

TEST(ZoneYaml, RefusesOptionsWithoutAGroup) {
  EXPECT_THAT(
      problems_of("- {name: a, type: A, values: 192.0.2.1}\n"
                  "- {name: b, type: A, setIdentifier: x, weight: 1, values: 192.0.2.2}\n"
                  "routing:\n"
                  "- {name: c, type: A, maxAnswers: 2}\n"
                  "- {name: a, type: A, maxAnswers: 2}\n"
                  "- {name: b, type: A, maxAnswers: 257}\n"
                  "- {name: b, type: A, minHealthy: 1}\n"),
      ElementsAre(
          "z.yaml:8:3: error: c.blog.example.com. A has no record sets in `records`",
          "z.yaml:9:3: error: a.blog.example.com. A is not routed; its record set has neither a "
          "routing field, a health check nor an alias",
          "z.yaml:10:34: error: 257 is out of range; write a whole number from 1 to 256",
          "z.yaml:11:3: error: b.blog.example.com. A has its options already, at z.yaml:10:3"));
}

TEST(ZoneYaml, RefusesTypesThatAreNone) {
  EXPECT_THAT(
      problems_of("- {name: a, type: FOO, values: x}\n"
                  "- {name: a, type: ANY, values: x}\n"
                  "- {name: a, type: [A, TXT], values: x}\n"
                  "- {name: \"@\", type: SOA, values: x}\n"
                  "- {name: a, type: A, values: []}\n"),
      ElementsAre(
          "z.yaml:5:19: error: \"FOO\" is no record type",
          "z.yaml:6:19: error: \"ANY\" is asked for or sent along, never data of a zone",
          "z.yaml:7:19: error: write one type; the only pair that can share a record set is "
          "[A, AAAA]",
          "z.yaml:8:21: error: the SOA record is not written here; write soa: beside zone:",
          "z.yaml:9:30: error: the list of values is empty"));
}

TEST(ZoneYaml, RefusesRelativeNamesThatEndInTheZonesOwn) {
  EXPECT_THAT(
      problems_of("- {name: www.Blog.example.com, type: A, values: 192.0.2.1}\n"
                  "- {name: a, type: CNAME, values: blog.example.com}\n"),
      ElementsAre(
          "z.yaml:5:10: error: a relative name that ends in the zone's own stands for "
          "www.Blog.example.com.blog.example.com.; write a final dot or leave the zone's name "
          "away",
          "z.yaml:6:34: error: a relative name that ends in the zone's own stands for "
          "blog.example.com.blog.example.com.; write a final dot or leave the zone's name away"));
}

TEST(ZoneYaml, WarnsOfDottedTargetsThatTheZoneDoesNotHold) {
  const Reading reading = read_records(
      "- {name: a, type: CNAME, values: www.example.net}\n"
      "- {name: b, type: CNAME, values: x.held}\n"
      "- {name: c, type: MX, values: [10 x.wild, 20 x.cut, 30 plain, 40 x.y.]}\n"
      "- {name: x.held, type: A, values: 192.0.2.1}\n"
      "- {name: \"*.wild\", type: A, values: 192.0.2.1}\n"
      "- {name: cut, type: NS, values: ns.example.net.}\n");
  EXPECT_NE(reading.zone, nullptr);
  EXPECT_THAT(
      reading.problems,
      ElementsAre(
          "z.yaml:5:34: warning: this stands for www.example.net.blog.example.com., which the "
          "zone does not hold; write a final dot?"));
}

TEST(ZoneYaml, RefusesNamesThatAreNone) {
  EXPECT_THAT(problems_of("- {name: \"\", type: A, values: 192.0.2.1}\n"
                          "- {name: b\xC3\xBC"
                          "cher, type: A, values: 192.0.2.1}\n"
                          "- {name: a b, type: A, values: 192.0.2.1}\n"),
              ElementsAre(HasSubstr("z.yaml:5:10: error: \"\" is no name"), HasSubstr("xn--"),
                          HasSubstr("z.yaml:7:10: error: \"a b\" is no name")));
}

TEST(ZoneYaml, RefusesNamesOutOfTheZone) {
  EXPECT_THAT(problems_of("- {name: www.example.org., type: A, values: 192.0.2.1}\n"),
              ElementsAre(HasSubstr("z.yaml:5:45: error: www.example.org.")));
}

TEST(ZoneYaml, WantsAZoneAndAnSoa) {
  EXPECT_THAT(
      read_yaml_zone("records:\n- {name: \"@\", type: NS, values: ns1.example.net.}\n").problems,
      ElementsAre(
          "z.yaml:1:1: error: \"zone\" is missing; write zone: example.com",
          "z.yaml:1:1: error: \"soa\" is missing; write soa: {mname: ns1, rname: hostmaster}"));
}

TEST(ZoneYaml, SaysOfAMissingZoneNameThatAlone) {
  EXPECT_THAT(read_yaml_zone("soa: {mname: ns1, rname: a}\n"
                             "records: [{name: www, type: A, values: 192.0.2.1}]\n")
                  .problems,
              ElementsAre("z.yaml:1:1: error: \"zone\" is missing; write zone: example.com"));
}

TEST(ZoneYaml, RefusesAWrongSoa) {
  EXPECT_THAT(
      read_yaml_zone("zone: a.example\n"
                     "serial: 5\n"
                     "soa: {mname: a..b, rname: host@a.example, serial: 4294967296, refesh: 1}\n"
                     "records: [{name: \"@\", type: NS, values: ns1.example.net.}]\n")
          .problems,
      ElementsAre(
          HasSubstr("z.yaml:3:14: error: \"a..b\" is no name"),
          "z.yaml:3:27: error: write the mail address with a dot for its @, as in "
          "hostmaster.example.com.",
          HasSubstr("z.yaml:3:51: error: 4294967296 is out of range"),
          HasSubstr("z.yaml:3:63: error: unknown key \"refesh\"; did you mean \"refresh\"?")));
  EXPECT_THAT(
      read_yaml_zone("zone: a.example\n"
                     "serial: 5\n"
                     "soa: {mname: a, rname: b, serial: 4}\n"
                     "records: [{name: \"@\", type: NS, values: ns1.example.net.}]\n")
          .problems,
      ElementsAre("z.yaml:3:35: error: the serial is given twice; the other is at z.yaml:2:9"));
}

TEST(ZoneYaml, DoesNotMissAnNsThatItCouldNotRead) {
  EXPECT_THAT(read_yaml_zone("zone: a.example\n"
                             "soa: {mname: ns1, rname: host}\n"
                             "records: [{name: \"@\", type: NS, values: a..b}]\n")
                  .problems,
              ElementsAre(HasSubstr("z.yaml:3:41: error: \"a..b\" is no name")));
}

TEST(ZoneYaml, RefusesWrongLabelsOfASet) {
  EXPECT_THAT(problems_of("- {name: a, type: A, labels: {site: london}, values: 192.0.2.1}\n"
                          "- {name: b, type: A, labels: [london], values: 192.0.2.1}\n"),
              ElementsAre("z.yaml:6:30: error: \"labels\" is a list; write a map"));
}

TEST(ZoneYaml, LabelsOfASetHaveBounds) {
  std::string labels;
  for (std::size_t i = 0; i <= kMaxCheckLabels; ++i) labels += "n" + std::to_string(i) + ": v, ";
  EXPECT_THAT(problems_of("- {name: a, type: A, labels: {" + labels + "}, values: 192.0.2.1}\n"),
              ElementsAre("z.yaml:5:30: error: there are more than 64 labels"));
  EXPECT_THAT(problems_of("- {name: a, type: A, labels: {site: " +
                          std::string(kMaxCheckText + 1, 'x') + "}, values: 192.0.2.1}\n"),
              ElementsAre(HasSubstr("z.yaml:5:37: error: ")));
}

TEST(ZoneYaml, RefusesWhatIsNoMap) {
  EXPECT_THAT(read_yaml_zone("- a\n- b\n").problems,
              ElementsAre("z.yaml:1:1: error: a zone is a map; begin it with zone: example.com"));
}

TEST(ZoneYaml, ReadsJson) {
  const Reading reading = read_yaml_zone(
      R"({"zone": "a.example", "soa": {"mname": "ns1", "rname": "host", "serial": 1},)"
      R"( "records": [{"name": "@", "type": "NS", "values": ["ns1.example.net."]}]})");
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_NE(reading.zone, nullptr);
}

}  // namespace
}  // namespace rhumb
