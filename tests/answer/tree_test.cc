// Trees of aliases: what is found at their ends, and how it is answered under the asked name.
#include "answer/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "answer/draw.h"
#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/rich_places.h"
#include "tests/answer/world.h"

namespace rhumb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kTreeHead =
    "$ORIGIN example.org.\n$TTL 300\n@ SOA ns.example.net. host.example.net. 1 2 3 4 77\n"
    "@ NS ns.example.net.\n";
constexpr std::string_view kOther =
    "$ORIGIN other.example.\n$TTL 200\n@ SOA ns.example.net. host.example.net. 1 2 3 4 5\n"
    "@ NS ns.example.net.\nwww A 192.0.2.1\nwww A 192.0.2.2\nshort 20 A 192.0.2.3\n"
    "@ MX 10 mail\n@ MX 20 mail.example.org.\n";

GroupSpec::Set checked(GroupSpec::Set set, std::string check) {
  set.check_id = std::move(check);
  return set;
}

GroupSpec::Set lasting(GroupSpec::Set set, std::uint32_t ttl_s) {
  set.ttl_s = ttl_s;
  return set;
}

GroupSpec several(GroupSpec group, std::uint32_t max_answers) {
  group.max_answers = max_answers;
  return group;
}

GroupSpec answering(GroupSpec group, OnAllUnhealthy rule) {
  group.on_all_unhealthy = rule;
  return group;
}

// Two zones, example.org with groups and other.example with plain sets and groups.
World world_of(std::vector<GroupSpec> groups, std::vector<GroupSpec> others = {}) {
  return World(link({zone_of(kTreeHead, std::move(groups), {check_of("a"), check_of("b")}),
                     zone_of(kOther, std::move(others))}));
}

Decoded reply_to(const World& world, std::string_view name, Type type = Type::kA,
                 std::uint64_t entropy = 0) {
  return decode(ask(world.view(),
                    {.name = name, .type = type, .entropy = entropy, .from = ip("10.1.1.1")})
                    .reply)
      .value();
}

GroupSpec alias_group(std::string_view owner, std::vector<GroupSpec::Set> sets) {
  return group_of(owner, Type::kA, Policy::kFailover, std::move(sets));
}

GroupSpec::Set tier(std::uint16_t number, GroupSpec::Set set) {
  set.tier = number;
  return set;
}

TEST(Tree, AnswersAPlainTargetUnderTheAskedName) {
  const World world =
      world_of({alias_group("to.example.org.", {alias_of("x", "www.other.example.")})});
  const Decoded reply = reply_to(world, "to.example.org.");
  EXPECT_TRUE(reply.aa);
  EXPECT_THAT(reply.answer, UnorderedElementsAre("to.example.org. 30 A 192.0.2.1",
                                                 "to.example.org. 30 A 192.0.2.2"));
  EXPECT_THAT(reply.authority, IsEmpty());
}

TEST(Tree, AnswersARoutedTargetOfAnotherZone) {
  const World world = world_of(
      {alias_group("to.example.org.", {alias_of("x", "routed.other.example.")})},
      {alias_group("routed.other.example.", {tier(1, set_of("one", 1, 1, {address(1)})),
                                             tier(2, set_of("two", 1, 1, {address(2)}))})});
  EXPECT_THAT(reply_to(world, "to.example.org.").answer,
              ElementsAre("to.example.org. 30 A 198.51.100.1"));
}

TEST(Tree, AnswersAtTheApex) {
  const World world =
      world_of({alias_group("example.org.", {alias_of("x", "www.other.example.")})});
  EXPECT_EQ(reply_to(world, "example.org.").answer.size(), 2U);
}

TEST(Tree, AnswersAtAWildcard) {
  const World world =
      world_of({alias_group("*.example.org.", {alias_of("x", "short.other.example.")})});
  EXPECT_THAT(reply_to(world, "a.b.example.org.").answer,
              ElementsAre("a.b.example.org. 20 A 192.0.2.3"));
}

TEST(Tree, HasTheSmallestTtlOfThePath) {
  const World world = world_of(
      {alias_group("a.example.org.", {lasting(alias_of("x", "www.other.example."), 100)}),
       alias_group("b.example.org.", {lasting(alias_of("x", "a.example.org."), 150)}),
       alias_group("c.example.org.", {lasting(alias_of("x", "b.example.org."), 50)}),
       alias_group("d.example.org.", {lasting(alias_of("x", "short.other.example."), 100)})});
  const auto ttl = [&](std::string_view name) {
    const std::string record = reply_to(world, name).answer.at(0);
    return record.substr(15, record.find(' ', 15) - 15);
  };
  EXPECT_EQ(ttl("a.example.org."), "100");
  EXPECT_EQ(ttl("b.example.org."), "100");
  EXPECT_EQ(ttl("c.example.org."), "50");
  EXPECT_EQ(ttl("d.example.org."), "20");
}

TEST(Tree, IsSixteenAliasesDeep) {
  std::vector<GroupSpec> groups;
  for (int i = 0; i < 16; ++i) {
    groups.push_back(
        alias_group("n" + std::to_string(i) + ".example.org.",
                    {alias_of("x", i == 15 ? "short.other.example."
                                           : "n" + std::to_string(i + 1) + ".example.org.")}));
  }
  const World world = world_of(std::move(groups));
  EXPECT_THAT(reply_to(world, "n0.example.org.").answer,
              ElementsAre("n0.example.org. 20 A 192.0.2.3"));
}

TEST(Tree, PassesOverADeadBranch) {
  World world =
      world_of({alias_group("top.example.org.", {tier(1, alias_of("x", "sub.example.org.")),
                                                 tier(2, set_of("y", 1, 1, {address(9)}))}),
                alias_group("sub.example.org.", {checked(set_of("a", 1, 1, {address(1)}), "a")})});
  EXPECT_THAT(reply_to(world, "top.example.org.").answer,
              ElementsAre("top.example.org. 30 A 198.51.100.1"));
  world.set_healthy("a", false);
  EXPECT_THAT(reply_to(world, "top.example.org.").answer,
              ElementsAre("top.example.org. 30 A 198.51.100.9"));
}

TEST(Tree, IsNotTakenBackFromABranchThatIsNotAskedAboutItsHealth) {
  GroupSpec::Set blind = alias_of("x", "sub.example.org.");
  blind.alias->evaluate_health = false;
  World world = world_of(
      {alias_group("top.example.org.", {tier(1, blind), tier(2, set_of("y", 1, 1, {address(9)}))}),
       alias_group("sub.example.org.", {checked(set_of("a", 1, 1, {address(1)}), "a")})});
  world.set_healthy("a", false);
  const Answered answered = ask(world.view(), {.name = "top.example.org."});
  EXPECT_THAT(decode(answered.reply)->answer, ElementsAre("top.example.org. 30 A 198.51.100.1"));
  EXPECT_EQ(answered.outcome.choice, Choice::kLastResort);
}

TEST(Tree, AnswersAsTheGroupSaysThatHasNothingAlive) {
  for (const auto& [rule, rcode] :
       {std::pair{OnAllUnhealthy::kNoData, 0}, std::pair{OnAllUnhealthy::kServFail, 2}}) {
    World world = world_of({alias_group("top.example.org.", {alias_of("x", "sub.other.example.")})},
                           {answering(alias_group("sub.other.example.",
                                                  {checked(set_of("a", 1, 1, {address(1)}), "a")}),
                                      rule)});
    world.set_healthy("a", false);
    const Decoded reply = reply_to(world, "top.example.org.");
    EXPECT_EQ(reply.rcode, rcode);
    EXPECT_THAT(reply.answer, IsEmpty());
    if (rcode == 0) {
      // The asked zone's own.
      EXPECT_THAT(reply.authority, ElementsAre("example.org. 77 SOA ns.example.net. "
                                               "host.example.net. 1 2 3 4 77"));
    }
  }
}

TEST(Tree, IsNoDataWhereThePairHasNotThisFamily) {
  const View view = rich_view();
  const auto reply =
      decode(ask(view, {.name = "to-child.example.org.", .type = Type::kAaaa}).reply);
  EXPECT_EQ(reply->rcode, 0);
  EXPECT_THAT(reply->answer, IsEmpty());
  EXPECT_EQ(reply->authority.size(), 1U);
  EXPECT_THAT(decode(ask(view, {.name = "to-child.example.org."}).reply)->answer,
              ElementsAre("to-child.example.org. 30 A 192.0.2.30"));
}

TEST(Tree, MakesOneSetOfSeveralBranches) {
  const World world =
      world_of({several(group_of("top.example.org.", Type::kA, Policy::kWeighted,
                                 {lasting(alias_of("x", "www.other.example."), 90),
                                  lasting(alias_of("y", "sub.example.org."), 80),
                                  lasting(set_of("z", 1, 1, {address(7), {192, 0, 2, 2}}), 70)}),
                        3),
                several(group_of("sub.example.org.", Type::kA, Policy::kWeighted,
                                 {lasting(set_of("a", 1, 1, {address(1)}), 60),
                                  lasting(set_of("b", 1, 1, {address(2)}), 75)}),
                        2)});
  for (std::uint64_t entropy = 0; entropy < 20; ++entropy) {
    EXPECT_THAT(reply_to(world, "top.example.org.", Type::kA, entropy).answer,
                UnorderedElementsAre(
                    "top.example.org. 60 A 198.51.100.1", "top.example.org. 60 A 198.51.100.2",
                    "top.example.org. 60 A 198.51.100.7", "top.example.org. 60 A 192.0.2.1",
                    "top.example.org. 60 A 192.0.2.2"));
  }
}

TEST(Tree, AnswersWithTheBranchesThatHaveSomething) {
  GroupSpec::Set blind = lasting(alias_of("x", "sub.example.org."), 5);
  blind.alias->evaluate_health = false;
  World world = world_of(
      {several(group_of("top.example.org.", Type::kA, Policy::kWeighted,
                        {blind, alias_of("y", "www.other.example.")}),
               2),
       answering(alias_group("sub.example.org.", {checked(set_of("a", 1, 1, {address(1)}), "a")}),
                 OnAllUnhealthy::kServFail)});
  world.set_healthy("a", false);
  const Decoded reply = reply_to(world, "top.example.org.");
  EXPECT_EQ(reply.rcode, 0);
  // The TTL of the branch that gave nothing does not count.
  EXPECT_THAT(reply.answer, UnorderedElementsAre("top.example.org. 30 A 192.0.2.1",
                                                 "top.example.org. 30 A 192.0.2.2"));
}

TEST(Tree, FailsWhenNothingIsFoundAndOneBranchSaysSo) {
  GroupSpec::Set x = alias_of("x", "fails.example.org.");
  GroupSpec::Set y = alias_of("y", "empty.example.org.");
  x.alias->evaluate_health = false;
  y.alias->evaluate_health = false;
  World world = world_of(
      {several(group_of("top.example.org.", Type::kA, Policy::kWeighted, {x, y}), 2),
       answering(alias_group("fails.example.org.", {checked(set_of("a", 1, 1, {address(1)}), "a")}),
                 OnAllUnhealthy::kServFail),
       answering(alias_group("empty.example.org.", {checked(set_of("a", 1, 1, {address(1)}), "a")}),
                 OnAllUnhealthy::kNoData)});
  world.set_healthy("a", false);
  EXPECT_EQ(reply_to(world, "top.example.org.").rcode, 2);
}

TEST(Tree, DrawsForEachGroupByItself) {
  const auto two = [](std::string_view owner, int first) {
    return group_of(
        owner, Type::kA, Policy::kWeighted,
        {set_of("one", 1, 1, {address(first)}), set_of("two", 1, 1, {address(first + 1)})});
  };
  const World world =
      world_of({group_of("top.example.org.", Type::kA, Policy::kWeighted,
                         {alias_of("x", "x.example.org."), alias_of("y", "y.example.org.")}),
                two("x.example.org.", 1), two("y.example.org.", 3)});
  std::map<std::string, int> counts;
  std::uint64_t entropy = 1;
  for (int i = 0; i < 8000; ++i) {
    entropy = derive(entropy, 3);
    ++counts[reply_to(world, "top.example.org.", Type::kA, entropy).answer.at(0)];
  }
  ASSERT_EQ(counts.size(), 4U);
  for (const auto& [record, count] : counts) EXPECT_NEAR(count, 2000, 160) << record;
}

TEST(Tree, SticksForAAndAaaaAlike) {
  const View view = rich_view();
  std::map<std::string, int> counts;
  for (int i = 0; i < 500; ++i) {
    const IpAddress from =
        ip("81." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".9");
    const auto a = decode(ask(view, {.name = "sticky.example.org.", .from = from}).reply);
    const auto aaaa = decode(
        ask(view, {.name = "sticky.example.org.", .type = Type::kAaaa, .entropy = 1, .from = from})
            .reply);
    EXPECT_EQ(a->answer.at(0).back(), aaaa->answer.at(0).back());
    ++counts[a->answer.at(0)];
  }
  EXPECT_EQ(counts.size(), 3U);
}

TEST(Tree, TellsOfTheWorstOnTheWay) {
  World world = world_of(
      {alias_group("top.example.org.", {alias_of("x", "sub.example.org.")}),
       alias_group("sub.example.org.", {tier(1, checked(set_of("a", 1, 1, {address(1)}), "a")),
                                        tier(2, set_of("b", 1, 1, {address(2)}))})});
  EXPECT_EQ(ask(world.view(), {.name = "top.example.org."}).outcome.choice, Choice::kPreferred);
  world.set_healthy("a", false);
  const Outcome outcome = ask(world.view(), {.name = "top.example.org."}).outcome;
  EXPECT_EQ(outcome.choice, Choice::kDegraded);
  const Zone& zone = *world.view().zones->refs()[outcome.zone].zone;
  EXPECT_EQ(zone.info().groups[outcome.group].owner, name_of("top.example.org."));
}

// Both sets of each group lead to the next: 2^15 ways to one leaf.
TEST(Tree, EndsWhereBranchesMeetAgainAndAgain) {
  std::vector<GroupSpec> groups;
  for (int i = 0; i < 15; ++i) {
    const std::string next = "n" + std::to_string(i + 1) + ".example.org.";
    groups.push_back(
        several(group_of("n" + std::to_string(i) + ".example.org.", Type::kA, Policy::kWeighted,
                         {alias_of("x", next), alias_of("y", next)}),
                2));
  }
  groups.push_back(
      group_of("n15.example.org.", Type::kA, Policy::kSimple, {set_of("a", 1, 1, {address(1)})}));
  const World world = world_of(std::move(groups));
  EXPECT_THAT(reply_to(world, "n0.example.org.").answer,
              ElementsAre("n0.example.org. 30 A 198.51.100.1"));
}

// A hundred branches, each of which leads to one shared group and to one of its own.
TEST(Tree, AsksAGroupOnceHoweverManyWaysLeadToIt) {
  std::vector<GroupSpec> groups;
  std::vector<GroupSpec::Set> branches;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example.org.";
    const std::string own = "own" + std::to_string(i) + ".example.org.";
    branches.push_back(alias_of(std::to_string(i), name));
    groups.push_back(
        several(group_of(name, Type::kA, Policy::kWeighted,
                         {alias_of("own", own), alias_of("shared", "shared.example.org.")}),
                2));
    groups.push_back(group_of(own, Type::kA, Policy::kSimple, {set_of("a", 1, 1, {address(i)})}));
  }
  groups.push_back(group_of("shared.example.org.", Type::kA, Policy::kSimple,
                            {set_of("a", 1, 1, {address(200)})}));
  groups.push_back(
      several(group_of("top.example.org.", Type::kA, Policy::kWeighted, std::move(branches)), 100));
  const World world = world_of(std::move(groups));
  const auto explain = std::make_unique<Explain>();
  const Answered answered =
      ask(world.view(), {.name = "top.example.org.", .transport = Transport::kTcp}, explain.get());
  EXPECT_EQ(decode(answered.reply)->answer.size(), 101U);
  EXPECT_EQ(explain->steps().size(), 202U);
  EXPECT_FALSE(explain->truncated);
}

TEST(Tree, HasTheSmallestTtlOfAllWaysToAGroup) {
  for (const int first : {0, 1}) {
    const World world = world_of(
        {several(group_of("top.example.org.", Type::kA, Policy::kWeighted,
                          {lasting(alias_of("x", "far.example.org."), first == 0 ? 15 : 25),
                           lasting(alias_of("y", "near.example.org."), first == 0 ? 25 : 15)}),
                 2),
         alias_group("far.example.org.", {lasting(alias_of("x", "near.example.org."), 100)}),
         alias_group("near.example.org.", {lasting(set_of("a", 1, 1, {address(1)}), 100)})});
    EXPECT_THAT(reply_to(world, "top.example.org.").answer,
                ElementsAre("top.example.org. 15 A 198.51.100.1"));
  }
}

// The same addresses in all of many sets, among some that only one has.
TEST(Tree, DropsDuplicatesOfManySets) {
  std::vector<GroupSpec::Set> sets;
  for (int i = 0; i < 256; ++i) {
    std::vector<std::vector<std::uint8_t>> rdata;
    for (int j = 0; j < 14; ++j) rdata.push_back(address(j));
    rdata.push_back({192, 0, 2, static_cast<std::uint8_t>(i)});
    sets.push_back(set_of(std::to_string(i), 1, 1, std::move(rdata)));
  }
  const World world = world_of(
      {several(group_of("top.example.org.", Type::kA, Policy::kWeighted, std::move(sets)), 256)});
  const Answered answered =
      ask(world.view(), {.name = "top.example.org.", .transport = Transport::kTcp});
  std::vector<std::string> answer = decode(answered.reply)->answer;
  EXPECT_EQ(answer.size(), 14U + 256U);
  std::ranges::sort(answer);
  EXPECT_EQ(std::unique(answer.begin(), answer.end()), answer.end());
}

TEST(Tree, AnswersWithTheMostThatFitsAReply) {
  std::vector<GroupSpec::Set> sets;
  for (int i = 0; i < 256; ++i) {
    std::vector<std::vector<std::uint8_t>> rdata;
    for (std::uint8_t j = 0; j < 15; ++j) {
      rdata.push_back({10, 0, static_cast<std::uint8_t>(i), j});
    }
    sets.push_back(set_of(std::to_string(i), 1, 1, std::move(rdata)));
  }
  const World world = world_of(
      {several(group_of("top.example.org.", Type::kA, Policy::kWeighted, std::move(sets)), 256)});
  const Answered answered =
      ask(world.view(), {.name = "top.example.org.", .transport = Transport::kTcp});
  EXPECT_FALSE(answered.outcome.truncated);
  EXPECT_EQ(decode(answered.reply)->answer.size(), 3840U);
}

TEST(Tree, TakesTheWholeOfAWideOne) {
  std::vector<GroupSpec> groups;
  std::vector<GroupSpec::Set> branches;
  for (int i = 0; i < 255; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example.org.";
    branches.push_back(alias_of(std::to_string(i), name));
    groups.push_back(group_of(name, Type::kA, Policy::kSimple, {set_of("a", 1, 1, {address(i)})}));
  }
  groups.push_back(
      several(group_of("top.example.org.", Type::kA, Policy::kWeighted, std::move(branches)), 256));
  const World world = world_of(std::move(groups));
  const Answered answered =
      ask(world.view(), {.name = "top.example.org.", .transport = Transport::kTcp});
  EXPECT_EQ(decode(answered.reply)->answer.size(), 255U);
}

}  // namespace
}  // namespace rhumb::testing
