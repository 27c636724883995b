#include "zones/builder.h"

#include <algorithm>
#include <functional>
#include <random>

#include "tests/zones/zone_maker.h"
#include "text/scalar.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Wire kIp = {192, 0, 2, 1};

TEST(ZoneBuilder, TakesTheApexFromTheSoa) {
  const auto zone = ZoneMaker().basics().build_clean();
  ASSERT_NE(zone, nullptr);
  EXPECT_EQ(to_string(zone->info().apex), "example.org.");
  EXPECT_EQ(zone->info().serial, 7U);
  ASSERT_THAT(zone->info().sources, SizeIs(1));
  EXPECT_EQ(zone->info().sources[0].path, "z.zone");
}

TEST(ZoneBuilder, WantsAnSoa) {
  EXPECT_THAT(ZoneMaker().add("@", Type::kNs, wire_of("a.")).findings(),
              ElementsAre("z.zone:1: error: no SOA record, so that the zone's name is not known; "
                          "write one"));
}

TEST(ZoneBuilder, WantsAnSoaAndNsAtAnApexThatItWasGiven) {
  ZoneMaker maker;
  maker.builder().set_apex(name_of("example.org."), {.line = 8, .file = 0, .column = 7});
  EXPECT_THAT(
      maker.add("www", Type::kA, kIp).findings(),
      ElementsAre("z.zone:8:7: error: the zone example.org. has no SOA record",
                  "z.zone:8:7: error: the zone example.org. has no NS record at its own name; "
                  "write at least one"));
}

TEST(ZoneBuilder, MissesTheNsWhereTheSoaStands) {
  ZoneMaker maker;
  maker.add("www", Type::kA, kIp);
  maker.add("@", Type::kSoa, soa_of("x.", "y.", 1, 1));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:2: error: the zone example.org. has no NS record at its own "
                          "name; write at least one"));
}

TEST(ZoneBuilder, RefusesAWildcardAsAZone) {
  ZoneMaker maker;
  maker.add("*.foo", Type::kSoa, soa_of("x.", "y.", 1, 60)).add("*.foo", Type::kNs, wire_of("a."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:1: error: the zone *.foo.example.org. is named as a wildcard; "
                          "write the name above it"));
}

TEST(ZoneBuilder, WarnsOfAMailAddressInTheSoa) {
  ZoneMaker maker;
  maker.add("@", Type::kSoa, soa_of("x.", "host@ex.org.", 1, 60), 60);
  maker.add("@", Type::kNs, wire_of("a."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:1: warning: example.org. SOA has a mail address with an @; write "
                          "host.ex.org."));
}

TEST(ZoneBuilder, RefusesASecondSoa) {
  ZoneMaker maker;
  maker.basics().add("@", Type::kSoa, soa_of("x.", "y.", 1, 1));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:1: warning: example.org. SOA has records with different TTLs; "
                          "the smallest, 60, is used for all",
                          "z.zone:3: error: example.org. has a second SOA; the first is at "
                          "z.zone:1"));
}

TEST(ZoneBuilder, RefusesAnSoaElsewhere) {
  ZoneMaker maker;
  maker.basics()
      .add("sub", Type::kSoa, soa_of("x.", "y.", 1, 1))
      .add("example.net.", Type::kSoa, soa_of("x.", "y.", 1, 1));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:3: error: sub.example.org. has an SOA record, but a zone has one "
                          "alone, and that of example.org. stands at z.zone:1",
                          "z.zone:4: error: example.net. has an SOA record, but a zone has one "
                          "alone, and that of example.org. stands at z.zone:1"));
}

TEST(ZoneBuilder, RefusesNamesOutOfTheZone) {
  ZoneMaker maker;
  maker.basics()
      .add("www.example.net.", Type::kA, kIp)
      .add("www.example.net.", Type::kTxt, {0})
      .add("xexample.org.", Type::kA, kIp)
      .add("org.", Type::kA, kIp);
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:3: error: www.example.net. is not in the zone example.org.; only "
                          "names that end in the zone's can stand here",
                          "z.zone:4: error: www.example.net. is not in the zone example.org.; only "
                          "names that end in the zone's can stand here",
                          "z.zone:5: error: xexample.org. is not in the zone example.org.; only "
                          "names that end in the zone's can stand here",
                          "z.zone:6: error: org. is not in the zone example.org.; only names that "
                          "end in the zone's can stand here"));
}

TEST(ZoneBuilder, RefusesDataBesideACname) {
  ZoneMaker maker;
  maker.basics().add("www", Type::kTxt, {0}).add("www", Type::kCname, wire_of("a."));
  EXPECT_THAT(maker.findings(), ElementsAre("z.zone:4: error: www.example.org. has a CNAME beside "
                                            "other data; TXT is at z.zone:3"));
}

TEST(ZoneBuilder, RefusesTwoCnames) {
  ZoneMaker maker;
  maker.basics().add("www", Type::kCname, wire_of("a.")).add("www", Type::kCname, wire_of("b."));
  EXPECT_THAT(maker.findings(), ElementsAre("z.zone:4: error: www.example.org. has a second CNAME; "
                                            "the first is at z.zone:3"));
}

TEST(ZoneBuilder, RefusesTwoDnamesAndOneAtAWildcard) {
  ZoneMaker maker;
  maker.basics()
      .add("old", Type::kDname, wire_of("a."))
      .add("old", Type::kDname, wire_of("b."))
      .add("*.x", Type::kDname, wire_of("a."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:4: error: old.example.org. has a second DNAME; the first is at "
                          "z.zone:3",
                          "z.zone:5: error: *.x.example.org. has a DNAME; a wildcard cannot have "
                          "one (RFC 6672 §3.3)"));
}

TEST(ZoneBuilder, RefusesADelegatedWildcard) {
  EXPECT_THAT(ZoneMaker().basics().add("*.x", Type::kNs, wire_of("a.")).findings(),
              ElementsAre("z.zone:3: error: *.x.example.org. has an NS record; a wildcard cannot "
                          "be delegated (RFC 4592 §4.2)"));
}

TEST(ZoneBuilder, DropsDuplicatesSilently) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("x", Type::kA, kIp)
                        .add("y", Type::kMx, Wire{0, 1} + wire_of("MAIL.example."))
                        .add("x", Type::kA, kIp)
                        .add("y", Type::kMx, Wire{0, 1} + wire_of("mail.example."))
                        .add("x", Type::kTxt, {1, 'a'})
                        .add("x", Type::kTxt, {1, 'A'})
                        .build_clean();
  EXPECT_EQ(image_of(*zone, "x.example.org.", Type::kA).rr_count, 1);
  EXPECT_EQ(image_of(*zone, "x.example.org.", Type::kTxt).rr_count, 2);
  const Image& mx = image_of(*zone, "y.example.org.", Type::kMx);
  EXPECT_EQ(mx.rr_count, 1);
  EXPECT_EQ(hex(mx.wire()).substr(28, 10), "044d41494c");  // the first stays
}

TEST(ZoneBuilder, WarnsOfDifferentTtlsAndUsesTheSmallest) {
  ZoneMaker maker;
  maker.basics().add("x", Type::kA, ip("192.0.2.1"), 90).add("x", Type::kA, ip("192.0.2.2"), 80);
  const auto zone = maker.build();
  EXPECT_THAT(maker.texts(), ElementsAre("z.zone:3: warning: x.example.org. A has records with "
                                         "different TTLs; the smallest, 80, is used for all"));
  EXPECT_EQ(hex(image_of(*zone, "x.example.org.", Type::kA).wire()),
            "c00c00010001000000500004c0000201"
            "c00c00010001000000500004c0000202");
}

TEST(ZoneBuilder, RefusesTtlsAbove31Bits) {
  ZoneMaker maker;
  maker.basics().add("x", Type::kA, kIp, kMaxTtlS).add("y", Type::kA, kIp, kMaxTtlS + 1);
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:4: error: y.example.org. A has the TTL 2147483648; the largest "
                          "is 2147483647 (RFC 2181 §8)"));
}

TEST(ZoneBuilder, RefusesTooManyRecordsInASet) {
  ZoneMaker maker;
  maker.basics();
  for (std::uint32_t i = 0; i < 4097; ++i) maker.add("x", Type::kA, u32(i));
  EXPECT_THAT(maker.findings(), ElementsAre("z.zone:3: error: x.example.org. A has 4097 records; "
                                            "4096 are possible"));
}

TEST(ZoneBuilder, RefusesASetThatFitsNoReply) {
  ZoneMaker maker;
  maker.basics();
  for (std::uint8_t i = 0; i < 3; ++i) maker.add("x", Type{65280}, Wire(30'000, i));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:3: error: x.example.org. TYPE65280 takes 90036 octets; 65000 are "
                          "possible"));
}

TEST(ZoneBuilder, RefusesMoreTypesThanANodeCounts) {
  const auto with_types = [](std::uint16_t count) {
    ZoneMaker maker;
    maker.basics();
    for (std::uint16_t i = 0; i < count; ++i) {
      maker.add("x", Type{static_cast<std::uint16_t>(1000 + i)}, {0});
    }
    return maker.findings();
  };
  EXPECT_THAT(with_types(255), IsEmpty());
  EXPECT_THAT(with_types(256), ElementsAre("z.zone:3: error: x.example.org. has records of 256 "
                                           "types; 255 are possible"));
}

TEST(ZoneBuilder, RefusesSignedZonesOnce) {
  ZoneMaker maker;
  maker.basics()
      .add("@", Type::kDnskey, {0})
      .add("@", Type::kRrsig, {0})
      .add("a", Type::kNsec, {0});
  EXPECT_THAT(
      maker.findings(),
      ElementsAre("z.zone:4: error: the zone example.org. is signed (it has RRSIG records); "
                  "DNSSEC-signed zones are not served yet"));
}

TEST(ZoneBuilder, RefusesTypesOfQueries) {
  EXPECT_THAT(ZoneMaker().basics().add("x", Type::kAny, {0}).findings(),
              ElementsAre("z.zone:3: error: x.example.org. ANY: this type is for queries, not for "
                          "data (RFC 6895 §3.1)"));
}

TEST(ZoneBuilder, RefusesMalformedRdata) {
  EXPECT_THAT(ZoneMaker().basics().add("x", Type::kA, {1, 2, 3}).findings(),
              ElementsAre("z.zone:3: error: x.example.org. A has malformed data"));
}

TEST(ZoneBuilder, FindsAllErrors) {
  ZoneMaker maker;
  maker.basics()
      .add("a", Type::kA, {1})
      .add("b", Type::kCname, wire_of("a."))
      .add("b", Type::kTxt, {0})
      .add("example.net.", Type::kA, kIp)
      .add("c", Type::kA, kIp, kMaxTtlS + 1);
  EXPECT_THAT(maker.findings(), SizeIs(4));
  EXPECT_EQ(maker.diagnostics.error_count(), 4U);
}

TEST(ZoneBuilder, CountsErrorsThatNobodyWouldRead) {
  ZoneMaker maker;
  maker.basics();
  for (int i = 0; i < 1234; ++i) maker.add("example.net.", Type::kA, kIp);
  const auto texts = maker.findings();
  ASSERT_THAT(texts, SizeIs(1001));
  EXPECT_EQ(texts.back(), "z.zone: error: and 234 more records that are not in this zone");
}

TEST(ZoneBuilder, WarnsOfDataBelowACut) {
  ZoneMaker maker;
  maker.basics()
      .add("sub", Type::kNs, wire_of("ns.example.net."))
      .add("sub", Type::kTxt, {0})
      .add("www.sub", Type::kA, kIp)
      .add("www.sub", Type::kA, ip("192.0.2.2"))
      .add("deep.er.sub", Type::kNs, wire_of("x.deep.er.sub.example.org."));
  const auto zone = maker.build();
  EXPECT_THAT(maker.texts(),
              ElementsAre("z.zone:4: warning: sub.example.org. TXT stands at a delegation and is "
                          "never answered",
                          "z.zone:5: warning: www.sub.example.org. A is below a delegation or "
                          "DNAME and is never answered",
                          "z.zone:7: warning: deep.er.sub.example.org. NS is below a delegation or "
                          "DNAME and is never answered"));
  EXPECT_EQ(zone->info().records, 3U);
  EXPECT_EQ(find(*zone, "deep.er.sub.example.org.")->flags, Node::kHidden);
}

TEST(ZoneBuilder, WarnsOfDataBelowADname) {
  ZoneMaker maker;
  maker.basics()
      .add("old", Type::kDname, wire_of("new.example.org."))
      .add("a.b.old", Type::kA, kIp);
  EXPECT_THAT(maker.findings(), ElementsAre("z.zone:4: warning: a.b.old.example.org. A is below a "
                                            "delegation or DNAME and is never answered"));
}

TEST(ZoneBuilder, WarnsOfDataBelowADnameAtTheApex) {
  ZoneMaker maker;
  maker.basics().add("@", Type::kDname, wire_of("example.com.")).add("www", Type::kA, kIp);
  EXPECT_THAT(maker.findings(), SizeIs(1));
}

TEST(ZoneBuilder, WarnsOfANameServersAddressBelowADname) {
  ZoneMaker maker;
  maker.basics()
      .add("@", Type::kNs, wire_of("ns1.example.org."), 3600)
      .add("ns1", Type::kA, kIp)
      .add("@", Type::kDname, wire_of("example.com."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:4: warning: ns1.example.org. A is below a delegation or DNAME "
                          "and is never answered"));
}

TEST(ZoneBuilder, TakesNoGlueFromBelowADname) {
  ZoneMaker maker;
  maker.basics()
      .add("s", Type::kDname, wire_of("x.example.net."))
      .add("sub", Type::kNs, wire_of("ns.s.example.org."))
      .add("ns.s", Type::kA, kIp);
  const auto zone = maker.build();
  EXPECT_THAT(maker.texts(), ElementsAre("z.zone:5: warning: ns.s.example.org. A is below a "
                                         "delegation or DNAME and is never answered"));
  EXPECT_EQ(find_glue(*find(*zone, "sub.example.org.")), nullptr);
}

TEST(ZoneBuilder, KeepsGlueBelowACutThatHasADnameBesideIt) {
  ZoneMaker maker;
  maker.basics()
      .add("sub", Type::kNs, wire_of("ns.sub.example.org."))
      .add("sub", Type::kDname, wire_of("x.example.net."))
      .add("ns.sub", Type::kA, kIp);
  const auto zone = maker.build();
  EXPECT_THAT(maker.texts(), ElementsAre("z.zone:4: warning: sub.example.org. DNAME stands at a "
                                         "delegation and is never answered"));
  EXPECT_NE(find_glue(*find(*zone, "sub.example.org.")), nullptr);
}

TEST(ZoneBuilder, SaysOnceHowMuchMoreIsHidden) {
  ZoneMaker maker;
  maker.basics().add("sub", Type::kNs, wire_of("ns.example.net."));
  for (int i = 0; i < 15; ++i) maker.add("h" + std::to_string(i) + ".sub", Type::kA, kIp);
  const auto texts = maker.findings();
  ASSERT_THAT(texts, SizeIs(11));
  EXPECT_EQ(texts.back(),
            "z.zone: warning: and 5 more record sets that are hidden below a delegation or DNAME");
}

TEST(ZoneBuilder, TakesADnameBesideACutForHidden) {
  ZoneMaker maker;
  maker.basics()
      .add("sub", Type::kNs, wire_of("ns.example.net."))
      .add("sub", Type::kDname, wire_of("a."));
  const auto zone = maker.build();
  EXPECT_EQ(find(*zone, "sub.example.org.")->flags, Node::kCut);
  EXPECT_THAT(maker.texts(), SizeIs(1));
}

TEST(ZoneBuilder, WarnsOfNameServersWithoutAddress) {
  ZoneMaker maker;
  maker.basics()
      .add("@", Type::kNs, wire_of("ns1.example.org."), 3600)
      .add("sub", Type::kNs, wire_of("ns.sub.example.org."))
      .add("two", Type::kNs, wire_of("ns.sub.example.org."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:3: warning: the name server ns1.example.org. is in this zone but "
                          "has no address; write an A or AAAA record for it",
                          "z.zone:4: warning: the name server ns.sub.example.org. is in this zone "
                          "but has no address; write an A or AAAA record for it"));
}

TEST(ZoneBuilder, WarnsOfNameServersThatAreCnames) {
  ZoneMaker maker;
  maker.basics()
      .add("@", Type::kNs, wire_of("ns1.example.org."), 3600)
      .add("ns1", Type::kCname, wire_of("x.example.net."));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:3: warning: the name server ns1.example.org. is a CNAME, which "
                          "resolvers may refuse; name the server that it points to"));
}

TEST(ZoneBuilder, TakesAWildcardsAddressForANameServers) {
  ZoneMaker maker;
  maker.basics()
      .add("@", Type::kNs, wire_of("ns1.dns.example.org."), 3600)
      .add("*.dns", Type::kA, kIp);
  EXPECT_THAT(maker.findings(), IsEmpty());
}

// Groups.

TEST(ZoneBuilder, RefusesGroupsOfTypesThatMustBeTheSameForAll) {
  ZoneMaker maker;
  maker.basics();
  maker.add(maker.group("x", Type::kNs, {wire_of("a.")}));
  maker.add(maker.group("y", Type::kDname, {wire_of("a.")}));
  EXPECT_THAT(
      maker.findings(),
      ElementsAre("z.zone:3:3: error: x.example.org. NS cannot be routed; what it says must "
                  "be the same for all",
                  "z.zone:4:3: error: y.example.org. DNAME cannot be routed; what it says "
                  "must be the same for all"));
}

TEST(ZoneBuilder, RefusesRoutedAddressesOfNameServers) {
  ZoneMaker maker;
  maker.basics().add("@", Type::kNs, wire_of("ns1.example.org."), 3600);
  maker.add(maker.group("NS1", Type::kA, {kIp}));
  EXPECT_THAT(maker.findings(),
              testing::Contains("z.zone:4:3: error: NS1.example.org. A cannot be routed: an NS "
                                "record of this zone names it"));
}

TEST(ZoneBuilder, RefusesStaticRecordsBesideAGroupOfTheirType) {
  ZoneMaker maker;
  maker.basics().add("x", Type::kA, kIp).add("x", Type::kAaaa, ip("::1"));
  maker.add(maker.group("x", Type::kA, {kIp}));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:5:3: error: x.example.org. A has routed and static records; one "
                          "of these is at z.zone:3"));
}

TEST(ZoneBuilder, RefusesAGroupTwice) {
  ZoneMaker maker;
  maker.basics();
  maker.add(maker.group("x", Type::kA, {kIp}));
  maker.add(maker.group("x", Type::kA, {kIp}));
  EXPECT_THAT(maker.findings(), ElementsAre("z.zone:3:3: error: x.example.org. A is a group twice; "
                                            "the other is at z.zone:4:3"));
}

TEST(ZoneBuilder, RefusesARoutedCnameBesideOtherData) {
  ZoneMaker maker;
  maker.basics().add("x", Type::kTxt, {0});
  maker.add(maker.group("x", Type::kCname, {wire_of("a.")}));
  maker.add(maker.group("y", Type::kCname, {wire_of("a.")}));
  maker.add(maker.group("y", Type::kA, {kIp}));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:4:3: error: x.example.org. has a CNAME beside other data; TXT is "
                          "at z.zone:3",
                          "z.zone:5:3: error: y.example.org. has a CNAME beside other data; A is "
                          "at z.zone:6:3"));
}

TEST(ZoneBuilder, WarnsOfGroupsBelowACut) {
  ZoneMaker maker;
  maker.basics().add("sub", Type::kNs, wire_of("ns.example.net."));
  maker.add(maker.group("www.sub", Type::kA, {kIp}));
  maker.add(maker.group("sub", Type::kA, {kIp}));
  const auto zone = maker.build();
  EXPECT_THAT(maker.texts(),
              ElementsAre("z.zone:5:3: warning: sub.example.org. A stands at a delegation and is "
                          "never answered",
                          "z.zone:4:3: warning: www.sub.example.org. A is below a delegation or "
                          "DNAME and is never answered"));
  EXPECT_THAT(zone->groups(), IsEmpty());
  EXPECT_THAT(zone->info().groups, IsEmpty());
}

TEST(ZoneBuilder, SaysOfRoutedGlueOnlyThatItIsRouted) {
  ZoneMaker maker;
  maker.basics().add("sub", Type::kNs, wire_of("ns.sub.example.org."));
  maker.add(maker.group("ns.sub", Type::kA, {kIp}));
  EXPECT_THAT(maker.findings(),
              ElementsAre("z.zone:4:3: error: ns.sub.example.org. A cannot be routed: an NS record "
                          "of this zone names it"));
}

TEST(ZoneBuilder, NamesBothPlacesOfADuplicateSetIdentifier) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  group.sets[1].identifier = "s1";
  EXPECT_THAT(maker.add(group).findings(),
              ElementsAre("z.zone:4:3: error: x.example.org. A has the setIdentifier \"s1\" twice; "
                          "the first is at z.zone:3:3"));
}

TEST(ZoneBuilder, RefusesMoreSetsThanAGroupMayHave) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {kIp});
  for (int i = 1; i < 257; ++i) {
    group.sets.push_back(group.sets[0]);
    group.sets.back().identifier += std::to_string(i);
  }
  EXPECT_THAT(maker.add(group).findings(),
              ElementsAre("z.zone:3:3: error: x.example.org. A has 257 "
                          "record sets; 256 are possible"));
}

TEST(ZoneBuilder, RefusesOptionsThatNoGroupCanMeet) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  group.policy = Policy::kSimple;
  group.max_answers = 0;
  group.min_healthy = 3;
  group.sets[0].tier = 0;
  group.sets[0].weight = 256;
  group.sets[1].ttl_s = kMaxTtlS + 1;
  EXPECT_THAT(
      maker.add(group).findings(),
      ElementsAre("z.zone:4:3: error: x.example.org. A has several record sets but no routing "
                  "policy",
                  "z.zone:3:3: error: x.example.org. A has maxAnswers 0; write 1 or more",
                  "z.zone:3:3: error: x.example.org. A has minHealthy 3; write a number from 1 to "
                  "that of its record sets, 2",
                  "z.zone:3:3: error: x.example.org. A has the weight 256; the largest is 255",
                  "z.zone:3:3: error: x.example.org. A has the priority 0; write 1 to 1000",
                  "z.zone:4:3: error: x.example.org. A has the TTL 2147483648; the largest is "
                  "2147483647 (RFC 2181 §8)"));
}

TEST(ZoneBuilder, RefusesSeveralCnamesInOneAnswer) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kCname, {wire_of("a."), wire_of("b.")});
  group.max_answers = 2;
  group.sets[0].rdata.push_back(wire_of("c."));
  EXPECT_THAT(
      maker.add(group).findings(),
      ElementsAre("z.zone:3:3: error: x.example.org. CNAME has a CNAME with several values; "
                  "only one is possible",
                  "z.zone:3:3: error: x.example.org. CNAME has maxAnswers 2; a CNAME can "
                  "have only one answer"));
}

TEST(ZoneBuilder, RefusesSetsThatTogetherFitNoReply) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type{65280}, {Wire(30'000, 1), Wire(30'000, 2), Wire(30'000)});
  group.max_answers = 2;
  EXPECT_THAT(ZoneMaker().basics().add(group).findings(), IsEmpty());
  group.max_answers = 3;
  EXPECT_THAT(maker.add(group).findings(),
              ElementsAre("z.zone:3:3: error: x.example.org. TYPE65280 "
                          "takes 90036 octets; 65000 are possible"));
}

TEST(ZoneBuilder, DropsAValueThatASetHasTwice) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {kIp});
  group.sets[0].rdata = {ip("192.0.2.2"), kIp, ip("192.0.2.2")};
  const auto zone = maker.add(group).build_clean();
  const Image* const image = zone->image(zone->sets_of(zone->groups()[0])[0].target);
  EXPECT_EQ(hex(image->wire()),
            "c00c000100010000001e0004c0000202"
            "c00c000100010000001e0004c0000201");
}

// As written here once and for all: other servers, and those of tomorrow, must draw alike.
TEST(ZoneBuilder, KnowsASetByItsIdentifierTheSameEverywhere) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {kIp, ip("192.0.2.2")});
  group.sets[0].identifier = "london";
  group.sets[1].identifier = "eu-frankfurt-1";
  const auto zone = maker.add(group).build_clean();
  const auto sets = zone->sets_of(zone->groups()[0]);
  EXPECT_EQ(sets[0].identity, 0x78B5242BU);
  EXPECT_EQ(sets[1].identity, 0x42159A2DU);
}

// Digests and serials.

struct Row {
  std::string owner;
  Type type;
  Wire rdata;
  std::uint32_t ttl_s;
};

std::vector<Row> sample_rows() {
  return {{"a", Type::kA, ip("192.0.2.1"), 60},
          {"a", Type::kA, ip("192.0.2.2"), 60},
          {"b", Type::kMx, Wire{0, 10} + wire_of("mail.example.org."), 60},
          {"b", Type::kTxt, {1, 'x'}, 30},
          {"*.c", Type::kA, ip("192.0.2.3"), 60}};
}

std::uint64_t digest_of(const std::vector<Row>& rows) {
  ZoneMaker maker;
  maker.basics();
  for (const Row& row : rows) maker.add(row.owner, row.type, row.rdata, row.ttl_s);
  return maker.build_clean()->info().digest;
}

TEST(ZoneDigest, IsTheSameInAnyOrder) {
  std::vector<Row> rows = sample_rows();
  const std::uint64_t digest = digest_of(rows);
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(rows, random);
    EXPECT_EQ(digest_of(rows), digest);
  }
}

TEST(ZoneDigest, IgnoresTheCaseOfNamesAndDuplicates) {
  std::vector<Row> rows = sample_rows();
  rows[0].owner = "A.example.org.";
  rows[2].rdata = Wire{0, 10} + wire_of("MAIL.example.org.");
  rows.push_back(rows[1]);
  EXPECT_EQ(digest_of(rows), digest_of(sample_rows()));
}

TEST(ZoneDigest, DiffersOnAnyChange) {
  const std::uint64_t digest = digest_of(sample_rows());
  for (std::size_t i = 0; i < sample_rows().size(); ++i) {
    std::vector<Row> owner = sample_rows();
    owner[i].owner = "other";
    EXPECT_NE(digest_of(owner), digest);
    std::vector<Row> rdata = sample_rows();
    rdata[i].rdata[rdata[i].type == Type::kMx ? 1 : rdata[i].rdata.size() - 1] ^= 1U;
    EXPECT_NE(digest_of(rdata), digest);
    std::vector<Row> fewer = sample_rows();
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(digest_of(fewer), digest);
  }
  std::vector<Row> ttl = sample_rows();
  ttl[4].ttl_s = 61;
  EXPECT_NE(digest_of(ttl), digest);
}

std::uint64_t soa_digest(std::uint32_t serial, std::uint32_t minimum) {
  return ZoneMaker()
      .add("@", Type::kSoa, soa_of("a.", "b.", serial, minimum))
      .add("@", Type::kNs, wire_of("a."))
      .build_clean()
      ->info()
      .digest;
}

TEST(ZoneDigest, IgnoresTheSerialAlone) {
  EXPECT_EQ(soa_digest(1, 60), soa_digest(2, 60));
  EXPECT_NE(soa_digest(1, 60), soa_digest(1, 61));
}

std::uint64_t group_digest(const std::function<void(GroupSpec&)>& change) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("x", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  group.policy = Policy::kPriority;
  change(group);
  return maker.add(group).build_clean()->info().digest;
}

void locate(GroupSpec& group, const std::vector<Location>& locations) {
  group.policy = Policy::kGeoproximity;
  for (std::size_t i = 0; i < locations.size(); ++i) group.sets[i].location = locations[i];
}

void alias(GroupSpec& group, const AliasSpec& alias) {
  group.sets[0].rdata.clear();
  group.sets[0].alias = alias;
}

TEST(ZoneDigest, DiffersOnAnyChangeOfAGroup) {
  const std::vector<std::function<void(GroupSpec&)>> changes = {
      [](GroupSpec& group) { group.policy = Policy::kWeighted; },
      [](GroupSpec& group) { group.on_all_unhealthy = OnAllUnhealthy::kServFail; },
      [](GroupSpec& group) { group.max_answers = 2; },
      [](GroupSpec& group) { group.min_healthy = 2; },
      [](GroupSpec& group) { group.sets[0].identifier = "other"; },
      [](GroupSpec& group) { group.sets[0].check_id = "check"; },
      [](GroupSpec& group) { group.sets[0].tier = 2; },
      [](GroupSpec& group) { group.sets[1].tier = 2; },
      [](GroupSpec& group) { group.sets[0].weight = 2; },
      [](GroupSpec& group) { group.sets[0].ttl_s = 2; },
      [](GroupSpec& group) { group.sets[0].rdata.clear(); },
      [](GroupSpec& group) {
        group.sets[0].labels = {{"site", "london"}};
      },
      [](GroupSpec& group) {
        group.sets[0].labels = {{"site", "paris"}};
      },
      [](GroupSpec& group) { group.sticky = true; },
      [](GroupSpec& group) { group.no_match_meant = true; },
      [](GroupSpec& group) {
        locate(group, {Area{}, Area{.country = Code("NL")}});
      },
      [](GroupSpec& group) {
        locate(group, {Area{.country = Code("NL")}, Area{}});
      },
      [](GroupSpec& group) {
        locate(group, {Proximity{.bias = 1}, Proximity{}});
      },
      [](GroupSpec& group) {
        locate(group, {Proximity{.bias = 2}, Proximity{}});
      },
      [](GroupSpec& group) { alias(group, {.target = name_of("a.example.")}); },
      [](GroupSpec& group) { alias(group, {.target = name_of("b.example.")}); },
      [](GroupSpec& group) {
        alias(group, {.target = name_of("a.example."), .evaluate_health = false});
      },
      [](GroupSpec& group) { alias(group, {.target = name_of("a.example."), .of_pair = true}); },
      [](GroupSpec& group) { std::swap(group.sets[0], group.sets[1]); },
  };
  std::vector<std::uint64_t> digests = {group_digest([](GroupSpec& /*group*/) {})};
  for (const auto& change : changes) digests.push_back(group_digest(change));
  std::ranges::sort(digests);
  EXPECT_TRUE(std::ranges::adjacent_find(digests) == digests.end());
}

std::uint64_t check_digest(const std::function<void(CheckSpec&)>& change) {
  ZoneMaker maker;
  maker.basics();
  CheckSpec check;
  check.id = "check";
  change(check);
  return maker.add(check).build_clean()->info().digest;
}

TEST(ZoneDigest, DiffersOnAnyChangeOfACheckButItsPlace) {
  const std::vector<std::function<void(CheckSpec&)>> changes = {
      [](CheckSpec& check) { check.id = "other"; },
      [](CheckSpec& check) {
        check.labels = {{"a", "b"}};
      },
      [](CheckSpec& check) { check.disabled = true; },
      [](CheckSpec& check) { check.inverted = true; },
      [](CheckSpec& check) { check.type = CheckType::kTcp; },
      [](CheckSpec& check) { check.address = "192.0.2.1"; },
      [](CheckSpec& check) { check.port = 1; },
      [](CheckSpec& check) { check.family = CheckFamily::kV6; },
      [](CheckSpec& check) { check.host = "host"; },
      [](CheckSpec& check) { check.path = "/h"; },
      [](CheckSpec& check) { check.method = "HEAD"; },
      [](CheckSpec& check) {
        check.headers = {{"a", "b"}};
      },
      [](CheckSpec& check) {
        check.expected_status = {{200, 299}};
      },
      [](CheckSpec& check) { check.body_contains = "ok"; },
      [](CheckSpec& check) { check.verify_tls = false; },
      [](CheckSpec& check) { check.ca_file = "ca"; },
      [](CheckSpec& check) { check.interval_ms = 1; },
      [](CheckSpec& check) { check.timeout_ms = 1; },
      [](CheckSpec& check) { check.failure_threshold = 1; },
      [](CheckSpec& check) { check.success_threshold = 1; },
      [](CheckSpec& check) { check.recheck_interval_ms = 1; },
      [](CheckSpec& check) { check.hold_down_ms = 1; },
      [](CheckSpec& check) { check.recovery = Recovery::kManual; },
      [](CheckSpec& check) { check.initial_state = InitialState::kHealthy; },
  };
  const std::uint64_t plain = check_digest([](CheckSpec& /*check*/) {});
  EXPECT_EQ(check_digest([](CheckSpec& check) { check.origin.place.line = 9; }), plain);
  std::vector<std::uint64_t> digests = {plain};
  for (const auto& change : changes) digests.push_back(check_digest(change));
  std::ranges::sort(digests);
  EXPECT_TRUE(std::ranges::adjacent_find(digests) == digests.end());
}

// The serial derived for a zone whose files are of `newest`, after `before` was served; content of
// another digest when `changed`.
std::uint32_t derived(std::uint32_t newest, std::optional<std::uint32_t> before, bool changed) {
  const std::uint64_t digest = ZoneMaker().basics().build_clean()->info().digest;
  ZoneMaker maker;
  maker.basics().builder().derive_serial(newest);
  maker.served = [&](const Name& apex) -> std::optional<Served> {
    EXPECT_EQ(to_string(apex), "example.org.");
    if (!before) return std::nullopt;
    return Served{.serial = *before, .digest = changed ? digest + 1 : digest};
  };
  const auto zone = maker.build_clean();
  const auto soa = image_of(*zone, "example.org.", Type::kSoa).wire();
  const auto negative = zone->negative_soa().wire();
  EXPECT_EQ(hex(soa.last(20).first(4)), hex(u32(zone->info().serial)));
  EXPECT_EQ(hex(negative.last(20).first(4)), hex(u32(zone->info().serial)));
  return zone->info().serial;
}

TEST(ZoneSerial, IsThatOfTheSoaUnlessDerived) {
  EXPECT_EQ(ZoneMaker().basics().build_clean()->info().serial, 7U);
}

TEST(ZoneSerial, IsTheTimeOfTheNewestFile) {
  EXPECT_EQ(derived(1700000000, std::nullopt, false), 1700000000U);
  EXPECT_EQ(derived(1700000000, 1600000000, true), 1700000000U);
}

TEST(ZoneSerial, GoesUpByOneWhenContentChangedInAnOlderFile) {
  EXPECT_EQ(derived(1600000000, 1700000000, true), 1700000001U);
  EXPECT_EQ(derived(1700000000, 1700000000, true), 1700000001U);
}

TEST(ZoneSerial, StaysWhenNothingChanged) {
  EXPECT_EQ(derived(1600000000, 1700000000, false), 1700000000U);
  EXPECT_EQ(derived(1700000000, 1700000000, false), 1700000000U);
}

TEST(ZoneSerial, IsComparedOverTheWrap) {  // RFC 1982 §3.2
  EXPECT_EQ(derived(5, 0xFFFFFFF0, true), 5U);
  EXPECT_EQ(derived(0xFFFFFFF0, 5, true), 6U);
  EXPECT_EQ(derived(3, 0xFFFFFFFF, true), 3U);
  EXPECT_EQ(derived(0xFFFFFFFE, 0xFFFFFFFF, true), 0U);
}

// What is said when serial 7 is given after `before` was served.
std::vector<std::string> findings_after(std::uint32_t before, bool changed) {
  const std::uint64_t digest = ZoneMaker().basics().build_clean()->info().digest;
  ZoneMaker maker;
  maker.basics().served = [&](const Name& /*apex*/) {
    return Served{.serial = before, .digest = changed ? digest + 1 : digest};
  };
  EXPECT_EQ(maker.build()->info().serial, 7U);
  return maker.texts();
}

TEST(ZoneSerial, IsToGrowWithTheContent) {
  EXPECT_THAT(findings_after(6, true), IsEmpty());
  EXPECT_THAT(findings_after(7, false), IsEmpty());
  EXPECT_THAT(findings_after(8, false), IsEmpty());
  for (const std::uint32_t before : {7U, 8U}) {
    EXPECT_THAT(findings_after(before, true),
                ElementsAre("z.zone:1: warning: the content changed but the serial, 7, did not "
                            "grow; write a greater one (a YAML zone may leave it out)"));
  }
}

TEST(ZoneBuilder, ManyRecordsOfOneSetTakeNoQuadraticTime) {
  ZoneMaker maker;
  maker.basics();
  for (std::uint32_t i = 0; i < 200'000; ++i) maker.add("x", Type::kA, u32(i));
  EXPECT_THAT(maker.findings(), SizeIs(1));
}

}  // namespace
}  // namespace rhumb
