#include "answer/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/rich_places.h"
#include "tests/answer/world.h"

namespace rhumb::testing {
namespace {

using ::testing::ElementsAre;
using StepKind = Explain::Step::Kind;

std::string_view word_of(StepKind kind) {
  switch (kind) {
    case StepKind::kGroup:
      return "group";
    case StepKind::kSet:
      return "set";
    case StepKind::kDname:
      return "dname";
    case StepKind::kHinfo:
      return "hinfo";
    case StepKind::kReferral:
      return "referral";
    case StepKind::kNoSuchType:
      return "no such type";
    case StepKind::kNoSuchName:
      return "no such name";
    case StepKind::kNameTooLong:
      return "name too long";
    case StepKind::kElsewhere:
      return "elsewhere";
    case StepKind::kChainTooLong:
      return "chain too long";
  }
  return "?";
}

std::string_view word_of(Choice choice) {
  switch (choice) {
    case Choice::kStatic:
      return "static";
    case Choice::kPreferred:
      return "preferred";
    case Choice::kDegraded:
      return "degraded";
    case Choice::kLastResort:
      return "last resort";
    case Choice::kNoData:
      return "no data";
    case Choice::kServFail:
      return "servfail";
  }
  return "?";
}

std::string id_of(const Explain::Step& step, std::uint16_t set) {
  const Zone& zone = *step.zone->zone;
  const auto group = static_cast<std::size_t>(step.group - zone.groups().data());
  return zone.info().groups[group].sets[set].identifier;
}

// "0 one alive chosen 30": rank, identifier, health, TTL.
std::string text_of(const Explain::Step& step, const Explain::Candidate& candidate) {
  std::string text = candidate.suits ? std::to_string(candidate.rank) : "-";
  text += " " + id_of(step, candidate.set);
  text += candidate.alive ? " alive" : (candidate.standing ? " dead" : " out");
  if (candidate.chosen) text += " chosen " + std::to_string(candidate.ttl_s);
  return text;
}

std::string text_of(const Explain& explain, const Explain::Step& step) {
  std::string text(word_of(step.kind));
  if (step.node != nullptr) text += " " + to_string(*Name::from_wire(step.node->name()));
  if (step.kind == StepKind::kSet || step.kind == StepKind::kGroup)
    text += " " + to_string(step.type);
  if (step.from_step != Explain::kNone) {
    text += " by " + id_of(explain.steps()[step.from_step], step.from_set) + " of step " +
            std::to_string(step.from_step);
  }
  if (step.kind == StepKind::kGroup) {
    text += ": " + std::string(to_string(step.group->policy)) + ", " +
            std::string(word_of(step.choice));
  }
  if (step.by_location) text += ", block " + std::to_string(step.block);
  if (step.ttl_s > 0) text += " " + std::to_string(step.ttl_s);
  return text;
}

// A line each: steps, and candidates indented.
std::vector<std::string> text_of(const Explain& explain) {
  std::vector<std::string> lines;
  for (const Explain::Step& step : explain.steps()) {
    lines.push_back(text_of(explain, step));
    for (const Explain::Candidate& candidate : explain.candidates(step)) {
      lines.push_back("  " + text_of(step, candidate));
    }
  }
  return lines;
}

std::unique_ptr<Explain> why(const View& view, const Ask& question) {
  auto explain = std::make_unique<Explain>();
  ask(view, question, explain.get());
  return explain;
}

TEST(Explain, TellsOfAPlainSet) {
  const auto explain = why(rich_world(), {.name = "www.example.org.", .from = ip("81.0.0.1")});
  EXPECT_THAT(text_of(*explain), ElementsAre("set www.example.org. A 300"));
  EXPECT_EQ(explain->ttl.seconds, 300U);
  EXPECT_EQ(explain->ttl.step, 0);
  EXPECT_EQ(to_string(explain->client), "81.0.0.1");
  EXPECT_EQ(explain->from, ClientFrom::kSource);
  EXPECT_FALSE(explain->wants_scope);
  EXPECT_FALSE(explain->last_resort);
  EXPECT_FALSE(explain->truncated);
}

TEST(Explain, TellsOfEachCandidateOfAGroupInOrder) {
  View view = rich_world();
  const Zone& zone = *view.zones->refs()[0].zone;
  for (std::size_t i = 0; i < zone.groups().size(); ++i) {
    if (zone.info().groups[i].owner != rhumb::testing::name_of("geo.example.org.")) continue;
    const std::size_t gate = view.zones->refs()[0].gate_base + zone.groups()[i].first_gate;
    view.alive[gate / 64] &= ~(std::uint64_t{1} << gate % 64);
  }
  const auto explain = why(view, {.name = "geo.example.org.", .from = ip("81.0.0.1")});
  EXPECT_THAT(text_of(*explain),
              ElementsAre("group geo.example.org. A: geolocation, degraded, block 8", "  0 gb dead",
                          "  1 eu alive chosen 30", "  2 default alive", "  - de alive"));
  EXPECT_EQ(explain->ttl.seconds, 30U);
  EXPECT_EQ(explain->ttl.step, 0);
  EXPECT_EQ(explain->ttl.set, 2);
}

TEST(Explain, TellsThatNothingSuits) {
  const auto explain = why(rich_world(), {.name = "strict.example.org.", .from = ip("91.0.0.1")});
  EXPECT_THAT(
      text_of(*explain),
      ElementsAre("group strict.example.org. A: geolocation, no data, block 5", "  - gb alive"));
  EXPECT_EQ(explain->ttl.seconds, 60U);  // of the SOA
}

TEST(Explain, TellsOfTheRestInTheOrderOfTheFile) {
  const auto explain = why(rich_world(), {.name = "near.example.org.", .from = ip("192.0.2.1")});
  EXPECT_THAT(text_of(*explain),
              ElementsAre("group near.example.org. A: geoproximity, preferred, block 5",
                          "  0 london alive chosen 30", "  1 new-york alive", "  2 tokyo alive"));
}

TEST(Explain, TellsOfWhatAnOperatorTookOutAndOfLastResort) {
  GroupSpec group = group_of("x.example.org.", Type::kA, Policy::kFailover,
                             {set_of("a", 1, 1, {address(1)}), set_of("b", 2, 1, {address(2)})});
  group.sets[0].check_id = "a";
  group.sets[1].check_id = "b";
  World world(link({zone_of(kRichZone, {group}, {check_of("a"), check_of("b")})}));
  world.take_out("a");
  world.set_healthy("b", false);
  const auto explain = why(world.view(), {.name = "x.example.org."});
  EXPECT_THAT(text_of(*explain), ElementsAre("group x.example.org. A: failover, last resort",
                                             "  0 a out", "  1 b dead chosen 30"));
  EXPECT_TRUE(explain->last_resort);
}

TEST(Explain, TellsOfTheWholeTree) {
  const auto explain = why(rich_world(), {.name = "wide.example.org.", .from = ip("52.0.0.1")});
  const auto lines = text_of(*explain);
  EXPECT_THAT(lines,
              ::testing::IsSupersetOf(
                  {"group wide.example.org. A: weighted, preferred", "  0 tree alive chosen 30",
                   "  0 many alive chosen 30", "  0 www alive chosen 30",
                   "group tree.example.org. A by tree of step 0: weighted, preferred",
                   "group many.example.org. A by many of step 0: weighted, preferred",
                   "set www.example.org. A by www of step 0 300"}));
}

TEST(Explain, TellsWhoseTtlItIs) {
  GroupSpec::Set alias = alias_of("x", "www.example.org.");
  alias.ttl_s = 900;
  const View view = view_of(link(
      {zone_of(kRichZone, {group_of("to.example.org.", Type::kA, Policy::kSimple, {alias})})}));
  const auto explain = why(view, {.name = "to.example.org."});
  EXPECT_THAT(text_of(*explain),
              ElementsAre("group to.example.org. A: simple, preferred", "  0 x alive chosen 900",
                          "set www.example.org. A by x of step 0 300"));
  EXPECT_EQ(explain->ttl.seconds, 300U);
  EXPECT_EQ(explain->ttl.step, 1);
  EXPECT_EQ(explain->ttl.set, Explain::kNone);
}

TEST(Explain, TellsOfChains) {
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "alias2.example.org."})),
              ElementsAre("set alias2.example.org. CNAME 300", "set alias.example.org. CNAME 300",
                          "set www.example.org. A 300"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "x.dname.example.org."})),
              ElementsAre("dname dname.example.org. 300", "set x.target.example.org. A 300"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "away.example.org."})),
              ElementsAre("set away.example.org. CNAME 300", "elsewhere"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "self.example.org."})),
              ElementsAre("set self.example.org. CNAME 300", "chain too long"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "x.wild.example.org."})),
              ElementsAre("set *.wild.example.org. A 300"));
}

TEST(Explain, TellsOfWhatIsNotThere) {
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "missing.example.org."})),
              ElementsAre("set missing.example.org. CNAME 300", "no such name"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "www.example.org.", .type = Type::kMx})),
              ElementsAre("no such type www.example.org."));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "www.sub.example.org."})),
              ElementsAre("referral sub.example.org."));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "geo.example.org.", .type = Type::kAny})),
              ElementsAre("hinfo geo.example.org. 3600"));
  EXPECT_THAT(text_of(*why(rich_world(), {.name = "example.com."})), ElementsAre());
}

TEST(Explain, TellsWhoWasTakenForTheClient) {
  const auto from = [](const Ask& question) { return why(rich_world(), question)->from; };
  const IpAddress source = ip("81.0.0.1");
  const Ask subnet{.name = "geo.example.org.", .from = source, .ecs = net("91.1.2.0/24")};
  EXPECT_EQ(from({.name = "geo.example.org.", .from = source}), ClientFrom::kSource);
  EXPECT_EQ(from(subnet), ClientFrom::kSubnet);
  EXPECT_EQ(to_string(why(rich_world(), subnet)->client), "91.1.2.0");
  EXPECT_EQ(from({.name = "geo.example.org.", .ecs = IpPrefix{}}), ClientFrom::kSubnetEmpty);
  const Ask special{.name = "geo.example.org.", .from = source, .ecs = net("10.0.0.0/24")};
  EXPECT_EQ(from(special), ClientFrom::kSubnetSpecial);
  EXPECT_EQ(to_string(why(rich_world(), special)->client), "81.0.0.1");
  View off = rich_world();
  off.options.client_subnet = false;
  EXPECT_EQ(why(off, subnet)->from, ClientFrom::kSubnetOff);
  EXPECT_FALSE(why(off, subnet)->wants_scope);
}

TEST(Explain, TellsWhatMadeTheScope) {
  const auto rule =
      why(rich_world(), {.name = "tree.example.org.", .ecs = net("203.0.113.0/24")})->scope;
  EXPECT_EQ(rule.bits, 24);
  EXPECT_EQ(rule.cause, ScopeCause::kRule);
  EXPECT_EQ(to_string(rich_world().zones->rules()[rule.rule].locations[0]), "country GB");
  EXPECT_EQ(rule.zone->zone->info().apex, rhumb::testing::name_of("example.org."));
  const auto sticky =
      why(rich_world(), {.name = "tree.example.org.", .ecs = net("91.1.2.0/24")})->scope;
  EXPECT_EQ(sticky.bits, 24);
  EXPECT_EQ(sticky.cause, ScopeCause::kSticky);
  const auto special =
      why(rich_world(), {.name = "geo.example.org.", .ecs = net("10.1.2.0/24")})->scope;
  EXPECT_EQ(special.bits, 8);
  EXPECT_EQ(special.cause, ScopeCause::kSpecial);
  const auto none =
      why(rich_world(), {.name = "www.example.org.", .ecs = net("10.1.2.0/24")})->scope;
  EXPECT_EQ(none.bits, 0);
  EXPECT_EQ(none.cause, ScopeCause::kNone);
}

TEST(Explain, ChangesNothing) {
  for (const std::string_view name :
       {"geo.example.org.", "wide.example.org.", "hops.example.org.", "sticky.example.org.",
        "many.example.org.", "x.dname.example.org.", "www.sub.example.org.",
        "strict.example.org."}) {
    for (std::uint64_t entropy = 0; entropy < 20; ++entropy) {
      const Ask question{.name = name, .entropy = entropy, .ecs = net("91.1.2.0/24")};
      Explain explain;
      EXPECT_EQ(ask(rich_world(), question, &explain).reply, ask(rich_world(), question).reply);
    }
  }
}

TEST(Explain, TellsTheWholeOfTheLargestTree) {
  std::vector<GroupSpec> groups;
  std::vector<GroupSpec::Set> branches;
  for (int i = 0; i < 255; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example.org.";
    branches.push_back(alias_of(std::to_string(i), name));
    groups.push_back(group_of(name, Type::kA, Policy::kSimple, {set_of("a", 1, 1, {address(i)})}));
  }
  groups.push_back(group_of("top.example.org.", Type::kA, Policy::kWeighted, std::move(branches)));
  groups.back().max_answers = 255;
  const View view = view_of(link({zone_of(kRichZone, std::move(groups))}));
  const auto explain = why(view, {.name = "top.example.org."});
  EXPECT_FALSE(explain->truncated);
  EXPECT_EQ(explain->steps().size(), 256U);
  EXPECT_EQ(explain->candidates(explain->steps().back()).size(), 1U);
  EXPECT_EQ(explain->ttl.seconds, 30U);
}

TEST(Explain, SaysWhenThereIsMoreThanItHasRoomFor) {
  const auto explain = std::make_unique<Explain>();
  for (int i = 0; i < Explain::kMaxSteps; ++i) EXPECT_EQ(explain->add_step({}), i);
  EXPECT_FALSE(explain->truncated);
  EXPECT_EQ(explain->add_step({}), Explain::kNone);
  EXPECT_TRUE(explain->truncated);
}

TEST(Explain, SaysWhenThereAreMoreCandidatesThanItHasRoomFor) {
  const auto explain = std::make_unique<Explain>();
  explain->add_step({});
  for (std::uint32_t i = 0; i < Explain::kMaxCandidates; ++i) explain->add_candidate({});
  EXPECT_FALSE(explain->truncated);
  explain->add_candidate({});
  EXPECT_TRUE(explain->truncated);
  EXPECT_EQ(explain->candidates(explain->last_step()).size(), 65536U);
}

}  // namespace
}  // namespace rhumb::testing
