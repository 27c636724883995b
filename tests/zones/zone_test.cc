#include "zones/zone.h"

#include <algorithm>
#include <random>
#include <set>

#include "tests/support/sanitized.h"
#include "tests/zones/zone_maker.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> types_of(const Node& node) {
  std::vector<std::string> types;
  for (const SetHead& set : node.sets()) {
    types.push_back(set.flags == SetHead::kGlue ? "glue" : to_string(set.type));
  }
  return types;
}

// NAME and how it belongs to the cut.
std::vector<std::string> glue_of(const Zone& zone, std::string_view cut) {
  std::vector<std::string> names;
  const SetHead* const head = find_glue(*find(zone, cut));
  if (head == nullptr) return names;
  for (const GlueItem& item : zone.glue(head->body)->items()) {
    names.push_back(to_string(*Name::from_wire(zone.node(item.node)->name())) +
                    (item.in_domain == 1 ? " in domain" : ""));
  }
  return names;
}

TEST(Zone, FindsNamesWhateverTheirCase) {
  const auto zone = ZoneMaker().basics().add("WWW", Type::kA, ip("192.0.2.1")).build_clean();
  const Node* const node = find(*zone, "wWw.Example.ORG.");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(to_string(*Name::from_wire(node->name())), "www.example.org.");
  EXPECT_EQ(node->labels, 3);
  EXPECT_EQ(node->flags, 0);
}

TEST(Zone, FindsASuffixOfALongerName) {
  const auto zone = ZoneMaker().basics().build_clean();
  EXPECT_EQ(zone->find(folded("a.b.example.org."), 2), &zone->apex());
  EXPECT_EQ(zone->find(folded("a.b.example.org."), 1), nullptr);
  EXPECT_EQ(zone->find(folded("a.b.example.org."), 3), nullptr);
}

TEST(Zone, HoldsTheTypesOfANameInOrder) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("x", Type::kTxt, {1, 'a'})
                        .add("x", Type::kAaaa, ip("2001:db8::1"))
                        .add("x", Type::kA, ip("192.0.2.1"))
                        .add("x", Type::kTxt, {1, 'b'})
                        .build_clean();
  EXPECT_THAT(types_of(*find(*zone, "x.example.org.")), ElementsAre("A", "TXT", "AAAA"));
  EXPECT_EQ(find_set(*find(*zone, "x.example.org."), Type::kMx), nullptr);
  EXPECT_EQ(image_of(*zone, "x.example.org.", Type::kTxt).rr_count, 2);
}

TEST(Zone, KeepsTheRecordsOfASetInTheirOrder) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("x", Type::kA, ip("192.0.2.9"))
                        .add("y", Type::kA, ip("192.0.2.5"))
                        .add("x", Type::kA, ip("192.0.2.1"))
                        .add("X", Type::kA, ip("192.0.2.4"))
                        .build_clean();
  EXPECT_EQ(hex(image_of(*zone, "x.example.org.", Type::kA).wire()),
            "c00c000100010000003c0004c0000209"
            "c00c000100010000003c0004c0000201"
            "c00c000100010000003c0004c0000204");
}

TEST(Zone, HasEmptyNonTerminals) {
  const auto zone = ZoneMaker().basics().add("a.b.c", Type::kA, ip("192.0.2.1")).build_clean();
  EXPECT_THAT(types_of(*find(*zone, "b.c.example.org.")), IsEmpty());
  EXPECT_THAT(types_of(*find(*zone, "c.example.org.")), IsEmpty());
  EXPECT_EQ(find(*zone, "b.example.org."), nullptr);
  EXPECT_EQ(zone->max_labels(), 5);
}

TEST(Zone, GivesAnEmptyNonTerminalItsRecordsWhenTheyComeLater) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("a.b", Type::kA, ip("192.0.2.1"))
                        .add("b", Type::kA, ip("192.0.2.2"))
                        .build_clean();
  EXPECT_THAT(types_of(*find(*zone, "b.example.org.")), ElementsAre("A"));
}

TEST(Zone, FindsTheWildcardOfAParent) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("*.sub", Type::kA, ip("192.0.2.1"))
                        .add("*", Type::kA, ip("192.0.2.2"))
                        .build_clean();
  const Node* const sub = find(*zone, "sub.example.org.");
  ASSERT_TRUE(sub->has(Node::kWildChild));
  EXPECT_EQ(zone->wildcard(*sub), find(*zone, "*.sub.example.org."));
  ASSERT_TRUE(zone->apex().has(Node::kWildChild));
  EXPECT_EQ(zone->wildcard(zone->apex()), find(*zone, "*.example.org."));
}

TEST(Zone, FindsAWildcardThatIsAnEmptyNonTerminal) {
  const auto zone = ZoneMaker().basics().add("a.*.b", Type::kA, ip("192.0.2.1")).build_clean();
  const Node* const parent = find(*zone, "b.example.org.");
  ASSERT_TRUE(parent->has(Node::kWildChild));
  EXPECT_EQ(zone->wildcard(*parent), find(*zone, "*.b.example.org."));
}

TEST(Zone, MarksCutsAndKeepsTheirGlueAlone) {
  ZoneMaker maker;
  maker.basics()
      .add("sub", Type::kNs, wire_of("ns.sub.example.org."))
      .add("sub", Type::kDs, {0, 1, 8, 2, 0xAA})
      .add("ns.sub", Type::kA, ip("192.0.2.1"))
      .add("ns.sub", Type::kTxt, {1, 'x'});
  const auto zone = maker.build();
  ASSERT_NE(zone, nullptr);
  const Node* const cut = find(*zone, "sub.example.org.");
  EXPECT_EQ(cut->flags, Node::kCut);
  EXPECT_THAT(types_of(*cut), ElementsAre("glue", "NS", "DS"));
  const Node* const server = find(*zone, "ns.sub.example.org.");
  EXPECT_EQ(server->flags, Node::kHidden);
  EXPECT_THAT(types_of(*server), ElementsAre("A"));
}

TEST(Zone, ListsGlueOnceWithWhetherItIsBelowTheCut) {
  ZoneMaker maker;
  maker.basics()
      .add("ns", Type::kA, ip("192.0.2.1"))
      .add("sub", Type::kNs, wire_of("NS.sub.example.org."))
      .add("sub", Type::kNs, wire_of("ns.example.org."))
      .add("sub", Type::kNs, wire_of("ns.other.example.org."))
      .add("sub", Type::kNs, wire_of("ns.example.net."))
      .add("ns.sub", Type::kA, ip("192.0.2.2"))
      .add("ns.sub", Type::kAaaa, ip("2001:db8::2"))
      .add("other", Type::kNs, wire_of("ns.other.example.org."))
      .add("ns.other", Type::kA, ip("192.0.2.3"));
  const auto zone = maker.build_clean();
  EXPECT_THAT(
      glue_of(*zone, "sub.example.org."),
      ElementsAre("ns.sub.example.org. in domain", "ns.example.org.", "ns.other.example.org."));
  EXPECT_THAT(glue_of(*zone, "other.example.org."), ElementsAre("ns.other.example.org. in domain"));
}

TEST(Zone, KeepsGlueThatStandsAtTheCutItself) {
  const auto zone = ZoneMaker()
                        .basics()
                        .add("sub", Type::kNs, wire_of("sub.example.org."))
                        .add("sub", Type::kA, ip("192.0.2.1"))
                        .build_clean();
  EXPECT_THAT(types_of(*find(*zone, "sub.example.org.")), ElementsAre("glue", "A", "NS"));
  EXPECT_THAT(glue_of(*zone, "sub.example.org."), ElementsAre("sub.example.org. in domain"));
}

TEST(Zone, HasNoGlueListWhereNoServerHasAnAddressHere) {
  const auto zone =
      ZoneMaker().basics().add("sub", Type::kNs, wire_of("ns.example.net.")).build_clean();
  EXPECT_THAT(types_of(*find(*zone, "sub.example.org.")), ElementsAre("NS"));
}

TEST(Zone, MarksDnames) {
  const auto zone =
      ZoneMaker().basics().add("old", Type::kDname, wire_of("new.example.org.")).build_clean();
  EXPECT_EQ(find(*zone, "old.example.org.")->flags, Node::kDname);
}

TEST(Zone, HasTheNegativeTtlInItsNegativeSoa) {
  const auto zone = ZoneMaker().basics().build_clean();  // TTL 3600, MINIMUM 300
  const std::string soa = hex(image_of(*zone, "example.org.", Type::kSoa).wire());
  const std::string negative = hex(zone->negative_soa().wire());
  EXPECT_EQ(soa.substr(0, 24), "c00c0006000100000e10002c");
  EXPECT_EQ(negative.substr(0, 24), "c00c000600010000012c002c");
  EXPECT_EQ(soa.substr(24), negative.substr(24));
}

TEST(Zone, KeepsTheSoasOwnTtlInNegativeAnswersWhenItIsSmaller) {
  const auto zone =
      ZoneMaker()
          .add("@", Type::kSoa, soa_of("ns.example.net.", "a.example.net.", 7, 300), 5)
          .add("@", Type::kNs, wire_of("ns.example.net."))
          .build_clean();
  EXPECT_EQ(hex(zone->negative_soa().wire()).substr(12, 8), "00000005");
}

TEST(Zone, CanBeTheRoot) {
  const auto zone = ZoneMaker()
                        .origin(".")
                        .add("@", Type::kSoa, soa_of("a.", "b.", 7, 300))
                        .add("@", Type::kNs, wire_of("a."))
                        .add("a", Type::kA, ip("192.0.2.1"))
                        .add("*", Type::kTxt, {0})
                        .build_clean();
  ASSERT_NE(zone, nullptr);
  EXPECT_EQ(zone->apex().labels, 0);
  EXPECT_NE(find(*zone, "a."), nullptr);
  EXPECT_NE(zone->wildcard(zone->apex()), nullptr);
}

TEST(Zone, ServesGroupsInTierOrderAndTheFilesWithinOne) {
  ZoneMaker maker;
  maker.basics();
  GroupSpec group =
      maker.group("www", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3")});
  group.policy = Policy::kPriority;
  group.sets[0].tier = 2;
  group.sets[0].weight = 9;
  group.min_healthy = 2;
  group.max_answers = 3;
  group.on_all_unhealthy = OnAllUnhealthy::kNoData;
  group.sets[2].check_id = "c";
  group.sets[1].rdata.clear();
  maker.add(group);
  const auto zone = maker.build_clean();
  const SetHead* const head = find_set(*find(*zone, "www.example.org."), Type::kA);
  ASSERT_EQ(head->flags, SetHead::kRouted);
  const Group& served = zone->groups()[head->body];
  EXPECT_EQ(served.policy, Policy::kPriority);
  EXPECT_EQ(served.on_all_unhealthy, OnAllUnhealthy::kNoData);
  EXPECT_EQ(served.max_answers, 3);
  const auto sets = zone->sets_of(served);
  ASSERT_EQ(sets.size(), 3U);
  EXPECT_EQ(sets[0].kind, RoutedSet::Kind::kEmpty);
  EXPECT_EQ(hex(zone->image(sets[1].target)->wire()), "c00c000100010000001e0004c0000203");
  EXPECT_EQ(hex(zone->image(sets[2].target)->wire()), "c00c000100010000001e0004c0000201");
  ASSERT_EQ(served.rank_count, 2);
  EXPECT_EQ(zone->rank(served, 0)[0], 0b011U);
  EXPECT_EQ(zone->rank(served, 1)[0], 0b100U);
  EXPECT_EQ(sets[2].weight, 9);
  const GroupInfo& info = zone->info().groups[head->body];
  EXPECT_EQ(info.sets[0].identifier, "s2");
  EXPECT_EQ(info.sets[1].check_id, "c");
  EXPECT_EQ(to_string(info.sets[1].check_place), "z.zone:5:20");
  EXPECT_EQ(info.min_healthy, 2U);
}

TEST(Zone, NumbersTheGatesOfItsGroupsInARow) {
  ZoneMaker maker;
  maker.basics();
  maker.add(maker.group("a", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")}));
  maker.add(maker.group("b", Type::kA, {ip("192.0.2.1")}));
  const auto zone = maker.build_clean();
  EXPECT_EQ(zone->groups()[0].first_gate, 0U);
  EXPECT_EQ(zone->groups()[0].group_gate(), 2U);
  EXPECT_EQ(zone->groups()[1].first_gate, 3U);
  EXPECT_EQ(zone->groups()[1].group_gate(), 4U);
  EXPECT_EQ(zone->gate_count(), 5U);
}

TEST(Zone, CountsRecordsWithEveryCandidate) {
  ZoneMaker maker;
  maker.basics().add("x", Type::kA, ip("192.0.2.1"));
  maker.add(maker.group("a", Type::kA, {ip("192.0.2.1"), ip("192.0.2.2")}));
  EXPECT_EQ(maker.build_clean()->info().records, 5U);
}

// What a map of names says of a zone of A records: the names, those between, and wildcards.
class Model {
 public:
  void add(const std::string& name) {
    has_records_.insert(name);
    for (std::string at = name; at != "example.org."; at = at.substr(at.find('.') + 1)) {
      nodes_.insert(at);
    }
  }
  [[nodiscard]] bool has_node(const std::string& name) const {
    return name == "example.org." || nodes_.contains(name);
  }
  [[nodiscard]] bool has_wild_child(const std::string& name) const {
    return nodes_.contains("*." + name);
  }
  [[nodiscard]] bool has_records(const std::string& name) const {
    return has_records_.contains(name);
  }

 private:
  std::set<std::string> nodes_;
  std::set<std::string> has_records_;
};

TEST(Zone, HoldsExactlyTheNamesThatItWasGiven) {
  std::mt19937 random(7);
  const auto pick = [&random](int count) {
    return static_cast<int>(random() % static_cast<unsigned>(count));
  };
  const auto random_name = [&](int names) {
    std::string name;
    for (int i = pick(4); i >= 0; --i) {
      name += (pick(6) == 0 ? "*" : "n" + std::to_string(pick(names))) + ".";
    }
    return name + "example.org.";
  };
  for (int round = 0; round < (test::kSanitized ? 20 : 60); ++round) {
    const int names = 1 + pick(40);
    Model model;
    ZoneMaker maker;
    maker.basics();
    for (int i = pick(600); i > 0; --i) {
      const std::string name = random_name(names);
      model.add(name);
      maker.add(name, Type::kA, ip("192.0.2.1"));
    }
    const auto zone = maker.build_clean();
    ASSERT_NE(zone, nullptr);
    for (int i = 0; i < 2000; ++i) {
      const std::string name = random_name(names);
      const Node* const node = find(*zone, name);
      ASSERT_EQ(node != nullptr, model.has_node(name)) << name;
      if (node == nullptr) continue;
      ASSERT_EQ(to_string(*Name::from_wire(node->name())), name);
      ASSERT_EQ(node->set_count > 0, model.has_records(name)) << name;
      ASSERT_EQ(node->has(Node::kWildChild), model.has_wild_child(name)) << name;
      if (node->has(Node::kWildChild)) {
        ASSERT_EQ(zone->wildcard(*node), find(*zone, "*." + name)) << name;
      }
    }
  }
}

TEST(Zone, HoldsManyNamesInAMappedArena) {
  ZoneMaker maker;
  maker.basics();
  constexpr std::uint32_t kNames = 100'000;
  for (std::uint32_t i = 0; i < kNames; ++i) {
    maker.add("host" + std::to_string(i), Type::kA, u32(i));
  }
  const auto zone = maker.build_clean();
  for (std::uint32_t i = 0; i < kNames; i += 7) {
    const std::string name = "host" + std::to_string(i) + ".example.org.";
    ASSERT_EQ(hex(image_of(*zone, name, Type::kA).wire().last(4)), hex(u32(i)));
  }
  EXPECT_EQ(zone->info().records, kNames + 2);
}

}  // namespace
}  // namespace rhumb
