// Aliases between zones: where they lead, what they may not do, what their gates follow and what
// the scope of their answers depends on.
#include <algorithm>
#include <utility>

#include "tests/zones/zone_maker.h"
#include "zones/zone_set.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

// A zone in which sets and aliases are written in a few words. Each line counts from 1; an alias
// has its target in column 30 of its set's line.
class AliasMaker : public ZoneMaker {
 public:
  explicit AliasMaker(std::string_view apex = "example.org.", std::string path = "z.zone")
      : ZoneMaker(std::move(path)) {
    origin(apex);
    add("@", Type::kSoa, soa_of("ns.example.com.", "a.example.com.", 1, 1));
    add("@", Type::kNs, wire_of("ns.example.com."));
  }
  template <typename... Parts>
  AliasMaker& add(Parts&&... parts) {
    ZoneMaker::add(std::forward<Parts>(parts)...);
    return *this;
  }

  // A group of one alias a target.
  GroupSpec aliases(std::string_view owner, Type type, const std::vector<std::string>& targets) {
    GroupSpec group = ZoneMaker::group(owner, type, {});
    for (const std::string& target : targets) {
      GroupSpec::Set& set = group.sets.emplace_back();
      set.identifier = target;
      set.ttl_s = 30;
      set.place = {.line = ++line_of_alias_ + 100, .file = 0, .column = 3};
      set.alias = AliasSpec{.target = owned(target),
                            .evaluate_health = true,
                            .of_pair = false,
                            .place = {.line = set.place.line, .file = 0, .column = 30}};
    }
    group.policy = targets.size() == 1 ? Policy::kSimple : Policy::kWeighted;
    group.place = group.sets.front().place;
    return group;
  }
  AliasMaker& alias(std::string_view owner, Type type, const std::vector<std::string>& targets) {
    add(aliases(owner, type, targets));
    return *this;
  }
  AliasMaker& routed(std::string_view owner, Type type = Type::kA) {
    const Wire value = type == Type::kCname  ? wire_of("x.example.net.")
                       : type == Type::kAaaa ? ip("2001:db8::1")
                                             : ip("192.0.2.1");
    add(group(owner, type, {value}));
    return *this;
  }
  // A group whose one location is of its own.
  AliasMaker& located(std::string_view owner, std::string_view country, Type type = Type::kA) {
    GroupSpec spec =
        group(owner, type, {type == Type::kAaaa ? ip("2001:db8::1") : ip("192.0.2.1")});
    spec.policy = Policy::kGeolocation;
    spec.sets[0].location = Area{.country = Code(country)};
    add(std::move(spec));
    return *this;
  }
  // A routed CNAME for each target.
  AliasMaker& cnames(std::string_view owner, const std::vector<std::string>& targets) {
    GroupSpec spec = group(owner, Type::kCname, {});
    for (const std::string& target : targets) {
      const Name name = owned(target);
      GroupSpec::Set& set = spec.sets.emplace_back();
      set.identifier = target;
      set.rdata = {{name.wire().begin(), name.wire().end()}};
    }
    add(std::move(spec));
    return *this;
  }

 private:
  std::uint32_t line_of_alias_ = 0;
};

class Linked {
 public:
  explicit Linked(std::vector<std::shared_ptr<const Zone>> zones,
                  std::vector<CheckSpec> checks = {}, const Atlas& atlas = {}, Extent extent = {})
      : set(ZoneSet::link(std::move(zones), std::move(checks), atlas, diagnostics,
                          {.extent = extent})) {}
  [[nodiscard]] std::vector<std::string> texts() const { return texts_of(diagnostics); }

  [[nodiscard]] const ZoneRef& zone_of(std::string_view name) const {
    return *set->find(folded(name), Type::kA);
  }
  // The number of a group in its zone.
  [[nodiscard]] std::uint32_t group(std::string_view name, Type type = Type::kA) const {
    return find_set(*find(*zone_of(name).zone, name), type)->body;
  }
  [[nodiscard]] const Link& link(std::string_view name, Type type = Type::kA) const {
    const ZoneRef& zone = zone_of(name);
    const Group& at = zone.zone->groups()[group(name, type)];
    return set->link(zone, zone.zone->sets_of(at).front().target);
  }
  [[nodiscard]] GateNumber gate(std::string_view name, Type type = Type::kA) const {
    const ZoneRef& zone = zone_of(name);
    return zone.gate_base + zone.zone->groups()[group(name, type)].group_gate();
  }
  // "NL DE sticky": the countries of the rules in reach.
  [[nodiscard]] std::string reach(std::string_view name, Type type = Type::kA) const {
    const Reach& reach = set->reach(zone_of(name), group(name, type));
    std::vector<std::string> words;
    for (const std::uint32_t rule : set->rules_of(reach)) {
      words.push_back(to_string(set->rules()[rule].locations.front()));
    }
    std::ranges::sort(words);
    if (reach.sticky) words.emplace_back("sticky");
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }

  Diagnostics diagnostics;
  std::shared_ptr<const ZoneSet> set;
};

std::vector<std::string> problems_of_link(ZoneMaker& maker) {
  return Linked({maker.build()}).texts();
}

TEST(Link, LeadsToARoutedSetOfAnotherZone) {
  AliasMaker org;
  org.alias("www", Type::kA, {"pool.example.net."});
  AliasMaker net("example.net.", "n.zone");
  net.routed("pool");
  const Linked linked({org.build_clean(), net.build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  const Link& link = linked.link("www.example.org.");
  EXPECT_EQ(link.zone, &linked.zone_of("example.net."));
  EXPECT_EQ(link.node, find(*link.zone->zone, "pool.example.net."));
  EXPECT_EQ(link.set->flags, SetHead::kRouted);
}

TEST(Link, LeadsToAPlainSetAndToTheApex) {
  AliasMaker maker;
  maker.add("@", Type::kA, ip("192.0.2.9"));
  const Linked linked({maker.alias("www", Type::kA, {"@"}).build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(linked.link("www.example.org.").node, &linked.zone_of("example.org.").zone->apex());
  EXPECT_EQ(linked.link("www.example.org.").set->flags, 0);
}

TEST(Link, LeadsFromTheApexAndFromAWildcard) {
  AliasMaker maker;
  maker.alias("@", Type::kA, {"pool"}).alias("*.w", Type::kA, {"pool"}).routed("pool");
  const Linked linked({maker.build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(linked.link("example.org.").node, linked.link("*.w.example.org.").node);
}

TEST(Link, LeadsToAWildcardByItsOwnName) {
  AliasMaker maker;
  const Linked linked({maker.alias("@", Type::kA, {"*.w"}).routed("*.w").build_clean()});
  EXPECT_THAT(linked.texts(), IsEmpty());
}

TEST(Link, LeadsToACnameWhenItIsOne) {
  AliasMaker maker;
  maker.alias("www", Type::kCname, {"pool"}).add("pool", Type::kCname, wire_of("x.example.net."));
  const Linked linked({maker.build_clean()});
  EXPECT_THAT(linked.texts(), IsEmpty());
}

TEST(Link, KeepsTheLinksOfAllZonesApart) {
  AliasMaker org;
  org.alias("a", Type::kA, {"one.example.net."}).alias("b", Type::kA, {"two.example.net."});
  AliasMaker net("example.net.", "n.zone");
  net.alias("one", Type::kA, {"two"}).routed("two");
  const Linked linked({org.build_clean(), net.build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(to_string(*Name::from_wire(linked.link("a.example.org.").node->name())),
            "one.example.net.");
  EXPECT_EQ(to_string(*Name::from_wire(linked.link("b.example.org.").node->name())),
            "two.example.net.");
  EXPECT_EQ(to_string(*Name::from_wire(linked.link("one.example.net.").node->name())),
            "two.example.net.");
}

TEST(Link, RefusesTargetsInNoZone) {
  AliasMaker maker;
  EXPECT_THAT(problems_of_link(maker.alias("www", Type::kA, {"pool.example.net."})),
              ElementsAre("z.zone:101:30: error: pool.example.net. is in no zone that is served "
                          "here; an alias leads to a name of this server, a CNAME to any"));
}

TEST(Link, SuggestsANameForAnUnknownTarget) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"poool"}).alias("ftp", Type::kA, {"elsewhere"}).routed("pool");
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:101:30: error: the zone example.org. has no name "
                          "poool.example.org.; did you mean pool.example.org.?",
                          "z.zone:102:30: error: the zone example.org. has no name "
                          "elsewhere.example.org."));
}

TEST(Link, RefusesTargetsThroughAWildcard) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"a.b.w"}).routed("*.w");
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:101:30: error: a.b.w.example.org. is a wildcard's, "
                          "*.w.example.org.; write that name, or give a.b.w.example.org. record "
                          "sets of its own"));
}

TEST(Link, RefusesTargetsBelowADelegation) {
  AliasMaker maker;
  maker.alias("a", Type::kA, {"x.cut"}).alias("b", Type::kA, {"cut"});
  maker.alias("c", Type::kA, {"ns.cut"});
  maker.add("cut", Type::kNs, wire_of("ns.cut.example.org."))
      .add("ns.cut", Type::kA, ip("192.0.2.1"));
  EXPECT_THAT(
      problems_of_link(maker),
      ElementsAre("z.zone:101:30: error: x.cut.example.org. stands below the delegation of "
                  "cut.example.org., so that other servers decide what it has; an alias needs a "
                  "name of this server",
                  "z.zone:102:30: error: cut.example.org. is delegated, so that other servers "
                  "decide what it has; an alias needs a name of this server",
                  "z.zone:103:30: error: ns.cut.example.org. stands below the delegation of "
                  "cut.example.org., so that other servers decide what it has; an alias needs a "
                  "name of this server"));
}

TEST(Link, TakesTargetsInADelegatedZoneThatIsServedHere) {
  AliasMaker above;
  above.alias("www", Type::kA, {"pool.b"}).add("b", Type::kNs, wire_of("ns.example.com."));
  AliasMaker below("b.example.org.", "b.zone");
  const Linked linked({above.build_clean(), below.routed("pool").build_clean()});
  EXPECT_THAT(linked.texts(), IsEmpty());
}

TEST(Link, RefusesTargetsBelowADname) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"x.d"}).add("d", Type::kDname, wire_of("example.net."));
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:101:30: error: x.d.example.org. stands below the DNAME of "
                          "d.example.org.; write the name that it leads to"));
}

TEST(Link, RefusesTargetsThatOwnACname) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"c"}).add("c", Type::kCname, wire_of("x.example.net."));
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:101:30: error: c.example.org. has a CNAME; write the name that "
                          "it leads to, or an alias of type CNAME"));
}

TEST(Link, RefusesTargetsWithoutTheType) {
  AliasMaker maker;
  maker.alias("www", Type::kAaaa, {"pool"}).alias("ftp", Type::kA, {"x"});
  maker.routed("pool").routed("a.x");
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:101:30: error: pool.example.org. has no AAAA records; an alias "
                          "leads to a record set of its own type",
                          "z.zone:102:30: error: x.example.org. has no A records; an alias leads "
                          "to a record set of its own type"));
}

// An alias of [A, AAAA] to pool, which has the sets that `families` says.
AliasMaker& add_pair(AliasMaker& maker, const std::vector<Type>& families) {
  for (const Type type : {Type::kA, Type::kAaaa}) {
    GroupSpec group = maker.aliases("www", type, {"pool"});
    group.sets[0].alias->of_pair = true;
    group.sets[0].alias->place.line = 200;
    maker.add(std::move(group));
  }
  for (const Type type : families) maker.routed("pool", type);
  return maker;
}

TEST(Link, LeadsEachFamilyOfAPairToItsOwn) {
  AliasMaker maker;
  const Linked linked({add_pair(maker, {Type::kA, Type::kAaaa}).build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(linked.link("www.example.org.", Type::kA).set->type, Type::kA);
  EXPECT_EQ(linked.link("www.example.org.", Type::kAaaa).set->type, Type::kAaaa);
}

TEST(Link, IsContentWithOneFamilyOfAPairAndFollowsItsHealth) {
  AliasMaker maker;
  const Linked linked({add_pair(maker, {Type::kA}).build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_NE(linked.link("www.example.org.", Type::kA).set, nullptr);
  EXPECT_EQ(linked.link("www.example.org.", Type::kAaaa).set, nullptr);
  EXPECT_EQ(linked.link("www.example.org.", Type::kAaaa).node, nullptr);
  const Gates& gates = linked.set->gates();
  const GateNumber of_set = linked.gate("www.example.org.", Type::kAaaa) - 1;
  EXPECT_THAT(gates.inputs(of_set), ElementsAre(linked.gate("pool.example.org.")));
}

TEST(Link, RefusesAPairOfWhichTheTargetHasNeitherOnce) {
  AliasMaker maker;
  add_pair(maker, {}).add("pool", Type::kTxt, Wire{1, 'x'});
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre("z.zone:200:30: error: pool.example.org. has neither A nor AAAA records; "
                          "an alias leads to a record set of its own type"));
}

TEST(Link, CallsNothingUnknownInAPart) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"pool.example.net."}).alias("ftp", Type::kA, {"x"});
  GroupSpec group = maker.group("y", Type::kA, {ip("192.0.2.1")});
  group.sets[0].check_id = "elsewhere";
  group.policy = Policy::kLatency;
  group.sets[0].location = LatencyRegion{"nowhere"};
  maker.add(std::move(group));
  const Linked linked({maker.build_clean()}, {}, {}, kPart);
  EXPECT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(linked.link("www.example.org.").set, nullptr);
}

TEST(Link, KeepsAnAliasAliveWithItsTargetGroupAndItsCheck) {
  AliasMaker maker;
  GroupSpec alias = maker.aliases("www", Type::kA, {"pool"});
  alias.sets[0].check_id = "own";
  GroupSpec pool = maker.group("pool", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")});
  pool.sets[0].check_id = "a";
  pool.sets[1].check_id = "b";
  pool.min_healthy = 2;
  CheckSpec check;
  std::vector<CheckSpec> checks;
  for (const char* id : {"own", "a", "b"}) {
    check.id = id;
    checks.push_back(check);
  }
  // The alias comes first, so that its input is a gate which is added later.
  const Linked linked({maker.add(alias).add(pool).build_clean()}, checks);
  ASSERT_THAT(linked.texts(), IsEmpty());
  const GateNumber set = linked.gate("www.example.org.") - 1;
  EXPECT_THAT(linked.set->gates().inputs(set), ElementsAre(1, linked.gate("pool.example.org.")));
  Gates gates = linked.set->gates();
  EXPECT_TRUE(gates.is_alive(set));
  gates.set(3, false);  // one of two is less than minHealthy
  EXPECT_FALSE(gates.is_alive(set));
  gates.set(3, true);
  gates.set(1, false);
  EXPECT_FALSE(gates.is_alive(set));
}

TEST(Link, KeepsAnAliasAliveThatDoesNotEvaluateHealth) {
  AliasMaker maker;
  GroupSpec alias = maker.aliases("www", Type::kA, {"pool"});
  alias.sets[0].alias->evaluate_health = false;
  const Linked linked({maker.add(alias).routed("pool").build_clean()});
  EXPECT_THAT(linked.set->gates().inputs(linked.gate("www.example.org.") - 1),
              ElementsAre(kAlwaysAlive));
}

TEST(Link, KeepsAnAliasOfPlainRecordsAlive) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"pool"}).add("pool", Type::kA, ip("192.0.2.1"));
  const Linked linked({maker.build_clean()});
  EXPECT_THAT(linked.set->gates().inputs(linked.gate("www.example.org.") - 1),
              ElementsAre(kAlwaysAlive));
}

TEST(Link, RefusesAnAliasOfItself) {
  AliasMaker maker;
  EXPECT_THAT(problems_of_link(maker.alias("www", Type::kA, {"WWW"})),
              ElementsAre("z.zone:101:30: error: the aliases lead back to where they start, "
                          "www.example.org. → www.example.org.; one of them must lead to records "
                          "instead"));
}

TEST(Link, RefusesALoopOverZonesWhateverTheHealth) {
  AliasMaker org;
  GroupSpec group = org.aliases("a", Type::kA, {"b.example.net."});
  group.sets[0].alias->evaluate_health = false;
  org.add(std::move(group));
  org.alias("c", Type::kA, {"a", "d"}).routed("d");
  AliasMaker net("example.net.", "n.zone");
  net.alias("b", Type::kA, {"c.example.org."});
  EXPECT_THAT(Linked({org.build_clean(), net.build_clean()}).texts(),
              ElementsAre("z.zone:101:30: error: the aliases lead back to where they start, "
                          "a.example.org. → b.example.net. → c.example.org. → a.example.org.; one "
                          "of them must lead to records instead"));
}

TEST(Link, RefusesEachLoop) {
  AliasMaker maker;
  maker.alias("a", Type::kA, {"b"}).alias("b", Type::kA, {"a", "c"});
  maker.alias("c", Type::kA, {"d"}).alias("d", Type::kA, {"c"}).alias("e", Type::kA, {"a"});
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre(HasSubstr(" a.example.org. → b.example.org. → a.example.org.;"),
                          HasSubstr(" c.example.org. → d.example.org. → c.example.org.;")));
}

TEST(Link, TellsOfALoopOfAPairOnce) {
  AliasMaker maker;
  for (const Type type : {Type::kA, Type::kAaaa}) {
    GroupSpec group = maker.aliases("www", type, {"www"});
    group.sets[0].alias->of_pair = true;
    group.sets[0].alias->place.line = 200;
    maker.add(std::move(group));
  }
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre(HasSubstr("z.zone:200:30: error: the aliases lead")));
}

TEST(Link, NamesAFewOfALongLoop) {
  AliasMaker maker;
  for (int i = 0; i < 12; ++i) {
    maker.alias("a" + std::to_string(i), Type::kA, {"a" + std::to_string((i + 1) % 12)});
  }
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre(HasSubstr("a7.example.org. → … → a0.example.org.;")));
}

// a0 → a1 → … → records, over so many aliases.
std::vector<std::string> problems_of_depth(int aliases) {
  AliasMaker maker;
  for (int i = 0; i < aliases; ++i) {
    maker.alias("a" + std::to_string(i), Type::kA, {"a" + std::to_string(i + 1)});
  }
  maker.add("a" + std::to_string(aliases), Type::kA, ip("192.0.2.1"));
  return problems_of_link(maker);
}

TEST(Link, TakesSixteenAliasesBehindOneAnother) { EXPECT_THAT(problems_of_depth(16), IsEmpty()); }

TEST(Link, RefusesSeventeenAliasesBehindOneAnotherAndSaysSoOnce) {
  EXPECT_THAT(problems_of_depth(20),
              ElementsAre("z.zone:104:3: error: the aliases of a3.example.org. A stand more than "
                          "16 behind one another; 16 are possible"));
}

// top leads to so many groups over two levels; higher leads to top.
std::vector<std::string> problems_of_size(int groups) {
  AliasMaker maker;
  std::vector<std::string> branches;
  for (int branch = 0; branch < 2; ++branch) {
    std::vector<std::string> leaves;
    const int count = branch == 0 ? groups / 2 : groups - groups / 2;
    for (int leaf = 0; leaf < count - 1; ++leaf) {
      leaves.push_back("l" + std::to_string(branch) + "-" + std::to_string(leaf));
      maker.routed(leaves.back());
    }
    branches.push_back("b" + std::to_string(branch));
    maker.alias(branches.back(), Type::kA, leaves);
  }
  maker.alias("top", Type::kA, branches).alias("higher", Type::kA, {"top"});
  return problems_of_link(maker);
}

TEST(Link, TakesTreesOf256Groups) { EXPECT_THAT(problems_of_size(254), IsEmpty()); }

TEST(Link, RefusesTreesOf257GroupsAndSaysSoOfTheSmallest) {
  EXPECT_THAT(problems_of_size(256),
              ElementsAre(HasSubstr("error: top.example.org. A leads to 257 groups over aliases; "
                                    "256 are possible")));
}

TEST(Link, CountsAGroupOnceHoweverManyAliasesLeadToIt) {
  AliasMaker maker;
  maker.routed("pool");
  std::vector<std::string> branches;
  for (int i = 0; i < 200; ++i) {
    branches.push_back("b" + std::to_string(i));
    maker.alias(branches.back(), Type::kA, {"pool"});
  }
  EXPECT_THAT(problems_of_link(maker.alias("top", Type::kA, branches)), IsEmpty());
}

TEST(Link, SuggestsANameThatHasPlainRecordsOfTheType) {
  AliasMaker maker;
  maker.add("pool", Type::kA, ip("192.0.2.1")).add("pools", Type::kAaaa, ip("2001:db8::1"));
  EXPECT_THAT(problems_of_link(maker.alias("www", Type::kA, {"poolss"})),
              ElementsAre("z.zone:101:30: error: the zone example.org. has no name "
                          "poolss.example.org.; did you mean pool.example.org.?"));
}

TEST(Link, SuggestsANameThatHasTheTypeForOneThatHasItNot) {
  AliasMaker maker;
  maker.add("poll", Type::kAaaa, ip("2001:db8::1")).routed("pool");
  EXPECT_THAT(
      problems_of_link(maker.alias("www", Type::kA, {"poll"})),
      ElementsAre("z.zone:101:30: error: poll.example.org. has no A records; an alias leads "
                  "to a record set of its own type; did you mean pool.example.org.?"));
}

TEST(Link, TellsOfAThousandBadAliasesAndCountsTheRest) {
  AliasMaker maker;
  maker.routed("pool");
  for (int i = 0; i < 1200; ++i) maker.alias("www" + std::to_string(i), Type::kA, {"poll"});
  const std::vector<std::string> problems = problems_of_link(maker);
  ASSERT_EQ(problems.size(), 1001U);
  EXPECT_THAT(problems[99], HasSubstr("; did you mean pool.example.org.?"));
  EXPECT_EQ(problems[100],
            "z.zone:201:30: error: the zone example.org. has no name poll.example.org.");
  EXPECT_EQ(problems[1000], "z.zone: error: and 200 more aliases that lead to no record set");
}

TEST(Link, TellsOfAThousandUnknownChecksAndCountsTheRest) {
  AliasMaker maker;
  for (int i = 0; i < 1200; ++i) {
    GroupSpec group = maker.group("www" + std::to_string(i), Type::kA, {ip("192.0.2.1")});
    group.sets[0].check_id = "lodnon";
    maker.add(std::move(group));
  }
  CheckSpec check;
  check.id = "london";
  const std::vector<std::string> problems = Linked({maker.build_clean()}, {check}).texts();
  ASSERT_EQ(problems.size(), 1001U);
  EXPECT_THAT(problems[99],
              HasSubstr("there is no health check \"lodnon\"; did you mean \"london\"?"));
  EXPECT_THAT(problems[100], EndsWith("there is no health check \"lodnon\""));
  EXPECT_EQ(problems[1000], "z.zone: error: and 200 more health checks that are not there");
}

// Eight aliases of so many addresses each, of which `max_answers` are taken.
std::vector<std::string> problems_of_records(int addresses, std::uint32_t max_answers) {
  AliasMaker maker;
  std::vector<std::string> targets;
  for (int target = 0; target < 8; ++target) {
    targets.push_back("t" + std::to_string(target));
    for (int i = 0; i < addresses; ++i) {
      const auto low = static_cast<std::uint8_t>(i % 256);
      const auto high = static_cast<std::uint8_t>(i / 256);
      maker.add(targets.back(), Type::kA, Wire{10, static_cast<std::uint8_t>(target), high, low});
    }
  }
  GroupSpec top = maker.aliases("top", Type::kA, targets);
  top.max_answers = max_answers;
  maker.add(std::move(top)).alias("higher", Type::kA, {"top"});
  return problems_of_link(maker);
}

TEST(AnswerBound, TakesAliasesThatLeadToWhatFitsAReply) {
  EXPECT_THAT(problems_of_records(507, 8), IsEmpty());  // 64,896 octets
  EXPECT_THAT(problems_of_records(600, 6), IsEmpty());
}

TEST(AnswerBound, RefusesAliasesThatLeadToMoreRecordsAndSaysWhatFits) {
  EXPECT_THAT(problems_of_records(600, 8),
              ElementsAre("z.zone:101:30: error: top.example.org. A may answer with 4800 records "
                          "over its aliases, since maxAnswers is 8; 4096 are possible; write "
                          "maxAnswers 6, or let the aliases lead to less"));
}

TEST(AnswerBound, RefusesAliasesThatLeadToMoreOctetsThanAReplyHolds) {
  AliasMaker maker;
  for (const std::string owner : {"a", "b", "c"}) {
    maker.add(owner, Type{65280}, Wire(30'000, static_cast<std::uint8_t>(owner[0])));
  }
  GroupSpec top = maker.aliases("top", Type{65280}, {"a", "b", "c"});
  top.max_answers = 3;
  EXPECT_THAT(problems_of_link(maker.add(std::move(top))),
              ElementsAre("z.zone:101:30: error: top.example.org. TYPE65280 may answer with 90036 "
                          "octets over its aliases, since maxAnswers is 3; 65000 are possible; "
                          "write maxAnswers 2, or let the aliases lead to less"));
}

// The names in rdata are written out under another name than their own.
TEST(AnswerBound, CountsNamesAsTheyAreWrittenOut) {
  AliasMaker maker;
  const std::string label(63, 'x');
  const std::string long_name = label + "." + label + "." + label;
  for (int target = 0; target < 2; ++target) {
    for (int i = 0; i < 250; ++i) {
      maker.add("t" + std::to_string(target) + "." + long_name, Type::kMx,
                Wire{static_cast<std::uint8_t>(target), static_cast<std::uint8_t>(i)} +
                    wire_of(long_name + ".example.org."));
    }
  }
  GroupSpec top = maker.aliases("top", Type::kMx, {"t0." + long_name, "t1." + long_name});
  top.max_answers = 2;
  EXPECT_THAT(problems_of_link(maker.add(std::move(top))),
              ElementsAre(HasSubstr("may answer with 109500 octets")));
}

// So many aliases, each of a group of so many sets that all answer.
std::vector<std::string> problems_of_sets(int aliases, int sets) {
  AliasMaker maker;
  std::vector<std::string> targets;
  for (int target = 0; target < aliases; ++target) {
    targets.push_back("t" + std::to_string(target));
    GroupSpec group = maker.group(targets.back(), Type::kA, {});
    for (int i = 0; i < sets; ++i) {
      GroupSpec::Set& set = group.sets.emplace_back();
      set.identifier = std::to_string(i);
      set.rdata = {{10, 0, static_cast<std::uint8_t>(target), static_cast<std::uint8_t>(i)}};
    }
    group.max_answers = static_cast<std::uint32_t>(sets);
    maker.add(std::move(group));
  }
  GroupSpec top = maker.aliases("top", Type::kA, targets);
  top.max_answers = static_cast<std::uint32_t>(aliases);
  return problems_of_link(maker.add(std::move(top)));
}

TEST(AnswerBound, TakesAliasesThatLeadTo256Sets) {
  EXPECT_THAT(problems_of_sets(16, 16), IsEmpty());
}

TEST(AnswerBound, RefusesAliasesThatLeadToMoreSets) {
  EXPECT_THAT(problems_of_sets(255, 16),
              ElementsAre(HasSubstr("top.example.org. A may answer with 4080 record sets over its "
                                    "aliases, since maxAnswers is 255; 256 are possible; write "
                                    "maxAnswers 16, or let")));
}

TEST(AnswerBound, CountsAGroupOnceWhereWaysMeet) {
  AliasMaker maker;
  maker.routed("n15");
  for (int i = 0; i < 15; ++i) {
    const std::string next = "n" + std::to_string(i + 1);
    GroupSpec group = maker.aliases("n" + std::to_string(i), Type::kA, {next, next});
    group.sets[1].identifier = "other";
    group.max_answers = 2;
    maker.add(std::move(group));
  }
  EXPECT_THAT(problems_of_link(maker), IsEmpty());
}

TEST(AnswerBound, IsToldOfAPairOnce) {
  AliasMaker maker;
  for (const Type type : {Type::kA, Type::kAaaa}) {
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 3000; ++j) {
        Wire value(type == Type::kA ? 4 : 16);
        value[1] = static_cast<std::uint8_t>(i);
        value[2] = static_cast<std::uint8_t>(j / 256);
        value[3] = static_cast<std::uint8_t>(j % 256);
        if (type == Type::kA || j < 1200) maker.add("t" + std::to_string(i), type, value);
      }
    }
    GroupSpec top = maker.aliases("top", type, {"t0", "t1"});
    for (GroupSpec::Set& set : top.sets) set.alias->place.line = 200;
    top.max_answers = 2;
    maker.add(std::move(top));
  }
  EXPECT_THAT(problems_of_link(maker),
              ElementsAre(HasSubstr("z.zone:200:30: error: top.example.org. A")));
}

TEST(Link, SharesEqualRulesOfAllZones) {
  AliasMaker org;
  org.located("a", "NL").located("b", "DE").located("c", "NL");
  AliasMaker net("example.net.", "n.zone");
  net.located("d", "DE").located("e", "FR");
  const Linked linked({org.build_clean(), net.build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  ASSERT_EQ(linked.set->rules().size(), 3U);
  EXPECT_EQ(linked.reach("a.example.org."), "country NL");
  EXPECT_EQ(linked.reach("b.example.org."), "country DE");
  EXPECT_EQ(linked.reach("c.example.org."), "country NL");
  EXPECT_EQ(linked.reach("d.example.net."), "country DE");
  EXPECT_EQ(linked.reach("e.example.net."), "country FR");
}

TEST(Reach, IsEmptyWhereNoPlaceCounts) {
  AliasMaker maker;
  maker.alias("www", Type::kA, {"pool"}).routed("pool").located("other", "NL");
  const Linked linked({maker.build_clean()});
  EXPECT_EQ(linked.reach("www.example.org."), "");
}

TEST(Reach, HasEachRuleBehindTheAliasesOnce) {
  AliasMaker org;
  org.alias("www", Type::kA, {"a", "b.example.net.", "c"}).located("a", "NL").located("c", "NL");
  AliasMaker net("example.net.", "n.zone");
  net.alias("b", Type::kA, {"d", "a.example.org."}).located("d", "DE");
  const Linked linked({org.build_clean(), net.build_clean()});
  EXPECT_EQ(linked.reach("www.example.org."), "country DE, country NL");
  EXPECT_EQ(linked.reach("b.example.net."), "country DE, country NL");
  EXPECT_EQ(linked.reach("d.example.net."), "country DE");
}

TEST(Reach, TellsOfAStickyGroupBehindAliases) {
  AliasMaker maker;
  GroupSpec pool = maker.group("pool", Type::kA, {ip("192.0.2.1")});
  pool.sticky = true;
  maker.alias("www", Type::kA, {"pool"}).add(std::move(pool));
  EXPECT_EQ(Linked({maker.build_clean()}).reach("www.example.org."), "sticky");
}

TEST(Reach, FollowsRoutedCnamesToGroupsOfAnyType) {
  AliasMaker maker;
  maker.cnames("www", {"a", "b", "c.example.net."});
  maker.located("a", "NL").located("a", "FR", Type::kAaaa).located("b", "DE");
  const Linked linked({maker.build_clean()});
  EXPECT_EQ(linked.reach("www.example.org.", Type::kCname), "country DE, country FR, country NL");
}

TEST(Reach, FollowsStaticCnamesDnamesAndWildcardsOnTheWay) {
  AliasMaker maker;
  maker.cnames("www", {"x.w.d"}).add("d", Type::kDname, wire_of("e.example.org."));
  maker.add("*.w.e", Type::kCname, wire_of("y.z.example.org.")).located("*.z", "NL");
  const Linked linked({maker.build_clean()});
  EXPECT_EQ(linked.reach("www.example.org.", Type::kCname), "country NL");
}

TEST(Reach, FollowsRoutedCnamesOneAfterTheOtherEvenInALoop) {
  AliasMaker maker;
  maker.cnames("a", {"b"}).cnames("b", {"a", "c"}).alias("c", Type::kA, {"d"}).located("d", "NL");
  const Linked linked({maker.build_clean()});
  EXPECT_EQ(linked.reach("a.example.org.", Type::kCname), "country NL");
  EXPECT_EQ(linked.reach("b.example.org.", Type::kCname), "country NL");
}

TEST(Reach, FollowsCnamesBehindAliasesInTheZoneThatWasAsked) {
  AliasMaker org;
  org.alias("www", Type::kCname, {"r.example.net."}).alias("ftp", Type::kCname, {"s.example.net."});
  org.located("a", "NL");
  AliasMaker net("example.net.", "n.zone");
  net.cnames("r", {"a.example.org.", "a.example.net."}).located("a", "DE");
  net.add("s", Type::kCname, wire_of("a.example.org."));
  const Linked linked({org.build_clean(), net.build_clean()});
  ASSERT_THAT(linked.texts(), IsEmpty());
  EXPECT_EQ(linked.reach("www.example.org.", Type::kCname), "country NL");
  EXPECT_EQ(linked.reach("ftp.example.org.", Type::kCname), "country NL");
  EXPECT_EQ(linked.reach("r.example.net.", Type::kCname), "country DE");
}

TEST(Reach, EndsAtADelegation) {
  AliasMaker maker;
  maker.cnames("www", {"a.cut"}).add("cut", Type::kNs, wire_of("ns.example.com."));
  maker.located("other", "NL");
  EXPECT_EQ(Linked({maker.build_clean()}).reach("www.example.org.", Type::kCname), "");
}

// top leads to so many groups, each of a rule of its own, and higher to top.
std::vector<std::string> problems_of_rules(int rules) {
  AliasMaker maker;
  std::vector<std::string> groups;
  for (int i = 0; i < rules; ++i) {
    const auto letter = static_cast<char>('A' + i);
    groups.emplace_back(1, letter);
    maker.located(groups.back(), "A" + groups.back());
  }
  maker.alias("top", Type::kA, groups).alias("higher", Type::kA, {"top"});
  return problems_of_link(maker);
}

TEST(Reach, HasUpToEightRules) { EXPECT_THAT(problems_of_rules(8), IsEmpty()); }

TEST(Reach, RefusesNineRulesAndSaysSoOfTheSmallestTree) {
  EXPECT_THAT(problems_of_rules(9),
              ElementsAre("z.zone:101:3: error: top.example.org. A leads to 9 different location "
                          "rules; 8 are possible"));
}

// What linking says of a group with one set for `location`.
std::vector<std::string> problems_of_location(Policy policy, const Location& location,
                                              const Atlas& atlas) {
  AliasMaker maker;
  for (const Type type : {Type::kA, Type::kAaaa}) {
    GroupSpec group = maker.group("www", type, {Wire(type == Type::kA ? 4 : 16)});
    group.policy = policy;
    group.sets[0].location = location;
    group.sets[0].location_place = {.line = 7, .file = 0, .column = 41};
    maker.add(std::move(group));
  }
  return Linked({maker.build_clean()}, {}, atlas).texts();
}

TEST(Locations, KnowTheRegionsOfTheAtlasAndTheBuiltInOnes) {
  Atlas atlas;
  atlas.regions["london"] = {51.5, -0.1};
  EXPECT_THAT(problems_of_location(Policy::kLatency, LatencyRegion{"london"}, atlas), IsEmpty());
  EXPECT_THAT(problems_of_location(Policy::kLatency, LatencyRegion{"eu-west-2"}, atlas), IsEmpty());
  EXPECT_THAT(problems_of_location(Policy::kGeoproximity, Proximity{.region = "london"}, atlas),
              IsEmpty());
  EXPECT_THAT(problems_of_location(Policy::kGeoproximity,
                                   Proximity{.coordinates = {51.5, -0.1}, .bias = 5}, atlas),
              IsEmpty());
}

TEST(Locations, SuggestARegionForAnUnknownOne) {
  Atlas atlas;
  atlas.regions["london"] = {51.5, -0.1};
  EXPECT_THAT(problems_of_location(Policy::kLatency, LatencyRegion{"lodnon"}, atlas),
              ElementsAre("z.zone:7:41: error: there is no region \"lodnon\"; did you mean "
                          "\"london\"?"));
  EXPECT_THAT(problems_of_location(Policy::kGeoproximity, Proximity{.region = "atlantis"}, atlas),
              ElementsAre("z.zone:7:41: error: there is no region \"atlantis\"; write its latitude "
                          "and longitude under regions: in rhumb.yaml"));
}

TEST(Locations, KnowTheCollectionsOfTheAtlas) {
  Atlas atlas;
  atlas.collections["offices"].locations["berlin"] = {};
  const auto problems = [&](const std::string& collection, const std::string& location) {
    return problems_of_location(Policy::kCidr, CidrLocation{collection, location}, atlas);
  };
  EXPECT_THAT(problems("offices", "berlin"), IsEmpty());
  EXPECT_THAT(problems("offices", "*"), IsEmpty());
  EXPECT_THAT(problems("office", "berlin"),
              ElementsAre("z.zone:7:41: error: there is no collection \"office\"; did you mean "
                          "\"offices\"?"));
  EXPECT_THAT(problems("xyz", "*"),
              ElementsAre("z.zone:7:41: error: there is no collection \"xyz\"; write it under "
                          "cidrCollections: in rhumb.yaml"));
  EXPECT_THAT(problems("offices", "berlni"),
              ElementsAre("z.zone:7:41: error: the collection \"offices\" has no location "
                          "\"berlni\"; did you mean \"berlin\"?"));
}

TEST(Locations, NeedNoAtlasForPlaces) {
  EXPECT_THAT(problems_of_location(Policy::kGeolocation, Area{.country = Code("NL")}, {}),
              IsEmpty());
}

TEST(RoutedName, IsAnAliasOfRoutedRecordsAndNotOneOfPlainRecords) {
  AliasMaker maker;
  maker.alias("a", Type::kA, {"b"}).alias("b", Type::kA, {"plain"});
  maker.alias("c", Type::kA, {"d"}).alias("d", Type::kA, {"pool"}).routed("pool");
  maker.add("plain", Type::kA, ip("192.0.2.1"));
  std::vector<CheckSpec> checks(2);
  checks[0].id = "ok";
  checks[0].address = "a.example.org";
  checks[1].id = "bad";
  checks[1].address = "c.example.org";
  EXPECT_THAT(Linked({maker.build_clean()}, checks).texts(),
              ElementsAre(HasSubstr("the health check \"bad\" has the address c.example.org, which "
                                    "is routed here")));
}

}  // namespace
}  // namespace rhumb
