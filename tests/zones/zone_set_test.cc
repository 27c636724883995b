#include "zones/zone_set.h"

#include <random>

#include "tests/zones/zone_maker.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Zone> zone_of(std::string_view apex, const std::string& path = "z.zone") {
  return ZoneMaker(path)
      .origin(apex)
      .add("@", Type::kSoa, soa_of("ns.example.net.", "a.example.net.", 1, 1))
      .add("@", Type::kNs, wire_of("ns.example.net."))
      .build();
}

CheckSpec check_of(const std::string& id, const std::string& address, std::uint32_t line) {
  CheckSpec check;
  check.id = id;
  check.address = address;
  check.origin.place = {.file = "rhumb.yaml", .line = line, .column = 5};
  return check;
}

// A group of www with one set a check.
std::shared_ptr<const Zone> routed_zone(std::string_view owner,
                                        const std::vector<std::string>& check_ids,
                                        std::vector<CheckSpec> checks = {}) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group(owner, Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  for (std::size_t i = 0; i < check_ids.size(); ++i) group.sets[i].check_id = check_ids[i];
  for (CheckSpec& check : checks) maker.add(std::move(check));
  return maker.add(group).build();
}

class LinkedSet {
 public:
  explicit LinkedSet(std::vector<std::shared_ptr<const Zone>> zones,
                     std::vector<CheckSpec> checks = {})
      : set(ZoneSet::link(std::move(zones), std::move(checks), {}, diagnostics)) {}
  // The apex of the zone found, or "none".
  [[nodiscard]] std::string find(std::string_view name, Type type = Type::kA) const {
    const ZoneRef* const found = set->find(folded(name), type);
    return found == nullptr ? "none" : to_string(found->zone->info().apex);
  }
  [[nodiscard]] std::vector<std::string> texts() const { return texts_of(diagnostics); }

  Diagnostics diagnostics;
  std::shared_ptr<const ZoneSet> set;
};

TEST(ZoneSet, FindsTheDeepestApex) {
  const LinkedSet linked({zone_of("example.org."), zone_of("a.b.example.org."), zone_of("net.")});
  EXPECT_EQ(linked.find("www.example.org."), "example.org.");
  EXPECT_EQ(linked.find("EXAMPLE.org."), "example.org.");
  EXPECT_EQ(linked.find("b.example.org."), "example.org.");
  EXPECT_EQ(linked.find("a.b.example.org."), "a.b.example.org.");
  EXPECT_EQ(linked.find("x.y.A.b.example.org."), "a.b.example.org.");
  EXPECT_EQ(linked.find("x.net."), "net.");
  EXPECT_EQ(linked.find("org."), "none");
  EXPECT_EQ(linked.find("."), "none");
}

TEST(ZoneSet, SendsDsAtAnApexToTheZoneAbove) {
  const LinkedSet linked({zone_of("example.org."), zone_of("sub.example.org.")});
  EXPECT_EQ(linked.find("sub.example.org.", Type::kDs), "example.org.");
  EXPECT_EQ(linked.find("x.sub.example.org.", Type::kDs), "sub.example.org.");
  EXPECT_EQ(linked.find("sub.example.org.", Type::kNs), "sub.example.org.");
}

TEST(ZoneSet, KeepsDsAtAnApexWhoseParentIsElsewhere) {
  const LinkedSet linked({zone_of("example.org.")});
  EXPECT_EQ(linked.find("example.org.", Type::kDs), "example.org.");
}

TEST(ZoneSet, HoldsTheRoot) {
  const LinkedSet linked({zone_of("."), zone_of("org.")});
  EXPECT_EQ(linked.find("."), ".");
  EXPECT_EQ(linked.find(".", Type::kDs), ".");
  EXPECT_EQ(linked.find("org.", Type::kDs), ".");
  EXPECT_EQ(linked.find("net."), ".");
}

TEST(ZoneSet, FindsNothingWhenEmpty) {
  const LinkedSet linked({});
  EXPECT_EQ(linked.find("example.org."), "none");
  EXPECT_EQ(linked.set->gates().size(), 1U);
}

TEST(ZoneSet, FindsApexesOfEveryDepth) {
  std::vector<std::shared_ptr<const Zone>> zones;
  std::vector<std::string> names;
  std::string name = "org.";
  for (int depth = 1; depth <= 120; ++depth) {
    if (depth % 3 == 1) zones.push_back(zone_of(name));
    names.push_back(name);
    name = "a." + name;
  }
  const LinkedSet linked(std::move(zones));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(linked.find(names[i]), names[i - i % 3]);
  }
}

TEST(ZoneSet, FindsEachOfManyZones) {
  std::vector<std::shared_ptr<const Zone>> zones;
  for (int i = 0; i < 3000; ++i) zones.push_back(zone_of("zone" + std::to_string(i) + ".example."));
  const LinkedSet linked(std::move(zones));
  for (int i = 0; i < 3000; ++i) {
    const std::string apex = "zone" + std::to_string(i) + ".example.";
    ASSERT_EQ(linked.find("www." + apex), apex);
  }
  EXPECT_EQ(linked.find("zone3000.example."), "none");
}

TEST(ZoneSet, NumbersChecksOfTheConfigurationFirst) {
  const LinkedSet linked({routed_zone("www", {"z", "r"}, {check_of("z", "192.0.2.1", 1)})},
                         {check_of("r", "192.0.2.1", 2)});
  ASSERT_NE(linked.set, nullptr);
  ASSERT_EQ(linked.set->checks().size(), 2U);
  EXPECT_EQ(linked.set->checks()[0].id, "r");
  EXPECT_EQ(linked.set->checks()[1].id, "z");
}

TEST(ZoneSet, HangsSetsOnTheirChecksAndGroupsOnTheirSets) {
  const LinkedSet linked({zone_of("example.net."), routed_zone("www", {"b", ""})},
                         {check_of("a", "192.0.2.1", 1), check_of("b", "192.0.2.1", 2)});
  ASSERT_THAT(linked.texts(), IsEmpty());
  const ZoneRef& ref = linked.set->refs()[1];
  EXPECT_EQ(ref.gate_base, 3U);
  const Gates& gates = linked.set->gates();
  EXPECT_THAT(gates.inputs(ref.gate_base + 0), ElementsAre(2));
  EXPECT_THAT(gates.inputs(ref.gate_base + 1), ElementsAre(kAlwaysAlive));
  EXPECT_THAT(gates.inputs(ref.gate_base + 2), ElementsAre(3, 4));
  EXPECT_EQ(gates.size(), 6U);
  Gates dead = gates;
  dead.set(2, false);
  EXPECT_FALSE(dead.is_alive(3));
  EXPECT_TRUE(dead.is_alive(4));
  EXPECT_TRUE(dead.is_alive(5));
}

CheckSpec calculated_of(const std::string& id, const std::vector<std::string>& children,
                        std::uint32_t line, std::uint32_t threshold = 0) {
  CheckSpec check = check_of(id, "", line);
  check.type = CheckType::kCalculated;
  check.children = children;
  check.health_threshold = threshold;
  for (std::size_t i = 0; i < children.size(); ++i) {
    check.origin.children.push_back(
        {.file = "rhumb.yaml", .line = line, .column = static_cast<std::uint32_t>(20 + 10 * i)});
  }
  return check;
}

TEST(ZoneSet, HangsCalculatedChecksOnTheirChildren) {
  const LinkedSet linked(
      {routed_zone("www", {"two"}, {check_of("c", "192.0.2.3", 1)})},
      {check_of("a", "192.0.2.1", 1), calculated_of("two", {"a", "b", "c"}, 2, 2),
       check_of("b", "192.0.2.2", 3), calculated_of("all", {"two", "a"}, 4)});
  ASSERT_THAT(linked.texts(), IsEmpty());
  Gates gates = linked.set->gates();
  EXPECT_THAT(gates.inputs(2), ElementsAre(1, 3, 5));
  EXPECT_THAT(gates.inputs(4), ElementsAre(2, 1));
  EXPECT_THAT(gates.inputs(6), ElementsAre(2));
  gates.set(3, false);
  EXPECT_TRUE(gates.is_alive(2));
  EXPECT_THAT(gates.set(5, false), ElementsAre(5, 2, 4, 6));
}

TEST(ZoneSet, TurnsInvertedCalculatedChecksRound) {
  CheckSpec inverted = calculated_of("x", {"a"}, 2);
  inverted.inverted = true;
  const LinkedSet linked({}, {check_of("a", "192.0.2.1", 1), inverted});
  Gates gates = linked.set->gates();
  EXPECT_FALSE(gates.is_alive(2));
  gates.set(1, false);
  EXPECT_TRUE(gates.is_alive(2));
}

TEST(ZoneSet, TakesDisabledCalculatedChecksForHealthy) {
  CheckSpec disabled = calculated_of("x", {"a"}, 2);
  disabled.disabled = true;
  const LinkedSet linked({}, {check_of("a", "192.0.2.1", 1), disabled});
  Gates gates = linked.set->gates();
  EXPECT_THAT(gates.set(1, false), ElementsAre(1));
  EXPECT_TRUE(gates.is_alive(2));
}

TEST(ZoneSet, SuggestsAChildForAnUnknownOne) {
  const LinkedSet linked({}, {check_of("london", "192.0.2.1", 1),
                              calculated_of("all", {"london", "lodnon", "xyz"}, 2)});
  EXPECT_EQ(linked.set, nullptr);
  EXPECT_THAT(linked.texts(),
              ElementsAre("rhumb.yaml:2:30: error: there is no health check \"lodnon\"; did you "
                          "mean \"london\"?",
                          "rhumb.yaml:2:40: error: there is no health check \"xyz\""));
}

TEST(ZoneSet, CallsNoChildOfAPartUnknown) {
  Diagnostics diagnostics;
  const auto set = ZoneSet::link({}, {calculated_of("all", {"elsewhere"}, 2)}, {}, diagnostics,
                                 {.extent = kPart});
  EXPECT_THAT(texts_of(diagnostics), IsEmpty());
  ASSERT_NE(set, nullptr);
  EXPECT_TRUE(set->gates().is_alive(1));
}

TEST(ZoneSet, MissesAlsoTheChecksOfZonesThatCouldNotBeRead) {
  Diagnostics diagnostics;
  const std::vector<CheckUse> uses = {{"london", {"a.yaml", 1, 2}}, {"lodnon", {"a.yaml", 2, 2}}};
  ZoneSet::link({}, {check_of("london", "192.0.2.1", 1)}, {}, diagnostics,
                {.extent = {.zones = false}, .uses = uses});
  EXPECT_THAT(texts_of(diagnostics),
              ElementsAre("a.yaml:2:2: error: there is no health check \"lodnon\"; did you mean "
                          "\"london\"?"));
}

TEST(ZoneSet, RefusesChecksThatDependOnThemselves) {
  const LinkedSet self({}, {calculated_of("a", {"a"}, 1)});
  EXPECT_THAT(self.texts(),
              ElementsAre("rhumb.yaml:1:5: error: the health check \"a\" depends on itself, a → a; "
                          "take one of these out of the children of the one before it"));
  const LinkedSet linked({}, {calculated_of("top", {"b"}, 1), calculated_of("b", {"x", "c"}, 2),
                              calculated_of("c", {"d"}, 3), calculated_of("d", {"b"}, 4),
                              check_of("x", "192.0.2.1", 5), calculated_of("e", {"e", "c"}, 6)});
  EXPECT_EQ(linked.set, nullptr);
  EXPECT_THAT(linked.texts(),
              ElementsAre("rhumb.yaml:2:5: error: the health check \"b\" depends on itself, b → c "
                          "→ d → b; take one of these out of the children of the one before it",
                          "rhumb.yaml:6:5: error: the health check \"e\" depends on itself, e → e; "
                          "take one of these out of the children of the one before it"));
}

TEST(ZoneSet, NamesEightChecksOfALongLoop) {
  std::vector<CheckSpec> checks;
  for (int i = 0; i < 9; ++i) {
    checks.push_back(calculated_of("c" + std::to_string(i), {"c" + std::to_string((i + 1) % 9)},
                                   static_cast<std::uint32_t>(i + 1)));
  }
  EXPECT_THAT(LinkedSet({}, std::move(checks)).texts(),
              ElementsAre(testing::HasSubstr("c0 → c1 → c2 → c3 → c4 → c5 → c6 → c7 → … → c0;")));
}

// So deep that a recursive walk would run out of stack.
TEST(ZoneSet, FollowsChildrenAsDeepAsThereAreChecks) {
  std::vector<CheckSpec> checks;
  for (std::uint32_t i = 0; i + 1 < kMaxChecks; ++i) {
    checks.push_back(calculated_of(std::to_string(i), {std::to_string(i + 1)}, i + 1));
  }
  checks.push_back(check_of(std::to_string(kMaxChecks - 1), "192.0.2.1", 1));
  const LinkedSet linked({}, std::move(checks));
  ASSERT_THAT(linked.texts(), IsEmpty());
  Gates gates = linked.set->gates();
  EXPECT_EQ(gates.set(kMaxChecks, false).size(), kMaxChecks);
}

TEST(ZoneSet, NamesBothPlacesOfACheckDefinedTwice) {
  const LinkedSet linked({}, {check_of("a", "192.0.2.1", 1), check_of("a", "192.0.2.1", 9)});
  EXPECT_EQ(linked.set, nullptr);
  EXPECT_THAT(linked.texts(),
              ElementsAre("rhumb.yaml:9:5: error: the health check \"a\" is defined twice; the "
                          "first is at rhumb.yaml:1:5"));
}

TEST(ZoneSet, SuggestsACheckForAnUnknownOne) {
  const LinkedSet linked({routed_zone("www", {"lodnon", "xyz"})},
                         {check_of("london", "192.0.2.1", 1)});
  EXPECT_EQ(linked.set, nullptr);
  EXPECT_THAT(linked.texts(),
              ElementsAre("z.zone:3:20: error: there is no health check \"lodnon\"; did you mean "
                          "\"london\"?",
                          "z.zone:4:20: error: there is no health check \"xyz\""));
}

TEST(ZoneSet, TellsOfAnUnknownCheckOnceForBothFamiliesOfASet) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group = maker.group("www", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  group.sets[0].check_id = "xyz";
  maker.add(group);
  group.type = Type::kAaaa;
  for (GroupSpec::Set& set : group.sets) set.rdata = {std::vector<std::uint8_t>(16)};
  const LinkedSet linked({maker.add(group).build()});
  EXPECT_THAT(linked.texts(), ElementsAre("z.zone:3:20: error: there is no health check \"xyz\""));
}

TEST(ZoneSet, NamesBothFilesOfOneApex) {
  const LinkedSet linked({zone_of("example.org.", "a.zone"), zone_of("EXAMPLE.org.", "b.zone")});
  EXPECT_EQ(linked.set, nullptr);
  EXPECT_THAT(linked.texts(), ElementsAre("b.zone: error: the zone EXAMPLE.org. is also in a.zone; "
                                          "a zone has one file"));
}

TEST(ZoneSet, WarnsOfAZoneThatTheZoneAboveDoesNotDelegate) {
  const LinkedSet linked({zone_of("example.org.", "a.zone"), zone_of("b.example.org.", "b.zone")});
  EXPECT_NE(linked.set, nullptr);
  EXPECT_THAT(linked.texts(),
              ElementsAre("b.zone: warning: the zone b.example.org. lies in the zone example.org. "
                          "of a.zone, which has no NS record for it; write one there, or names in "
                          "example.org. that point into b.example.org. end there"));
}

TEST(ZoneSet, TakesZonesThatTheNearestZoneAboveDelegates) {
  ZoneMaker above;
  above.basics().add("b", Type::kNs, wire_of("ns.example.net."));
  const LinkedSet linked({above.build(), zone_of("b.example.org."), zone_of("a.c.b.example.com.")});
  EXPECT_THAT(linked.texts(), IsEmpty());
  ZoneMaker higher;
  higher.basics().add("b", Type::kNs, wire_of("ns.example.net."));
  const LinkedSet deep({higher.build(), zone_of("a.b.example.org.")});
  EXPECT_THAT(deep.texts(), IsEmpty());
}

TEST(ZoneSet, RefusesAddressesOfChecksThatAreRoutedHere) {
  const LinkedSet linked({routed_zone("www", {"a"})}, {check_of("a", "WWW.example.org", 1)});
  EXPECT_THAT(linked.texts(),
              ElementsAre("rhumb.yaml:1:5: error: the health check \"a\" has the address "
                          "WWW.example.org, which is routed here; write an address that does not "
                          "depend on health"));
}

TEST(ZoneSet, RefusesAddressesOfChecksThatARoutedWildcardServes) {
  const LinkedSet linked({routed_zone("*.cdn", {"a"})}, {check_of("a", "x.y.cdn.example.org", 1)});
  EXPECT_EQ(linked.diagnostics.error_count(), 1U);
}

// www.example.org is routed, x.example.org is the static name that `type` gives.
std::shared_ptr<const Zone> zone_that_leads(std::string_view owner, Type type,
                                            std::string_view target) {
  ZoneMaker maker;
  maker.basics().add(owner, type, wire_of(target));
  return maker.add(maker.group("www", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")})).build_clean();
}

TEST(ZoneSet, RefusesAddressesOfChecksThatLeadToARoutedName) {
  const auto refused = [](std::string_view owner, Type type, std::string_view target,
                          const std::string& address) {
    const LinkedSet linked({zone_that_leads(owner, type, target)}, {check_of("a", address, 1)});
    return linked.diagnostics.error_count();
  };
  EXPECT_EQ(refused("x", Type::kCname, "www.example.org.", "X.example.org"), 1U);
  EXPECT_EQ(refused("*.x", Type::kCname, "WWW.example.org.", "a.b.x.example.org"), 1U);
  EXPECT_EQ(refused("x", Type::kDname, "example.org.", "www.x.example.org"), 1U);
  EXPECT_EQ(refused("x", Type::kDname, "example.org.", "ftp.x.example.org"), 0U);
  EXPECT_EQ(refused("x", Type::kDname, "example.org.", "x.example.org"), 0U);
  EXPECT_EQ(refused("x", Type::kCname, "www.example.net.", "x.example.org"), 0U);
  EXPECT_EQ(refused("x", Type::kCname, "x.example.org.", "x.example.org"), 0U);
}

TEST(ZoneSet, RefusesAddressesOfChecksThatLeadToARoutedNameOfAnotherZone) {
  ZoneMaker net;
  net.origin("example.net.")
      .add("@", Type::kSoa, soa_of("ns.example.com.", "a.example.com.", 1, 1))
      .add("@", Type::kNs, wire_of("ns.example.com."))
      .add("one", Type::kCname, wire_of("www.two.example.net."))
      .add("two", Type::kDname, wire_of("example.org."));
  const LinkedSet linked({routed_zone("www", {}), net.build()},
                         {check_of("a", "one.example.net", 1)});
  EXPECT_EQ(linked.diagnostics.error_count(), 1U);
}

TEST(ZoneSet, FollowsABoundedChainFromAddressesOfChecks) {
  const auto errors = [](int links) {
    ZoneMaker maker;
    maker.basics();
    for (int i = 0; i < links; ++i) {
      const std::string next = i + 1 == links ? "www" : "c" + std::to_string(i + 1);
      maker.add("c" + std::to_string(i), Type::kCname, wire_of(next + ".example.org."));
    }
    maker.add(maker.group("www", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")}));
    return LinkedSet({maker.build_clean()}, {check_of("a", "c0.example.org", 1)})
        .diagnostics.error_count();
  };
  EXPECT_EQ(errors(16), 1U);
  EXPECT_EQ(errors(17), 0U);
}

TEST(ZoneSet, TakesAddressesOfChecksThatAreStaticOrNotThere) {
  const LinkedSet linked({routed_zone("www", {"a", "b"})},
                         {check_of("a", "example.org", 1), check_of("b", "none.example.org", 2),
                          check_of("c", "192.0.2.1", 3), check_of("d", "www.example.com", 4)});
  EXPECT_THAT(linked.texts(), IsEmpty());
  EXPECT_NE(linked.set, nullptr);
}

TEST(ZoneSet, FindsAllErrors) {
  const LinkedSet linked({routed_zone("www", {"x", "y"}), zone_of("example.org.", "b.zone")},
                         {check_of("a", "192.0.2.1", 1), check_of("a", "www.example.org", 2)});
  EXPECT_EQ(linked.diagnostics.error_count(), 5U);
}

}  // namespace
}  // namespace rhumb
