// answer() against the model: whatever it says must be among what may be said, and why.
#include "tests/answer/model.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/random_world.h"
#include "tests/answer/world.h"
#include "tests/support/sanitized.h"

namespace rhumb::testing {
namespace {

constexpr std::uint64_t kSeed = 20240607;  // and those after it
constexpr std::uint64_t kSeeds = test::kSanitized ? 1 : 10;
constexpr int kWorlds = 100;                         // of each seed
constexpr int kCases = test::kSanitized ? 10 : 100;  // of each world
constexpr int kScopeEvery = 20;                      // the model takes its time over a scope
constexpr int kSmallWorlds = test::kSanitized ? 10 : 30;
constexpr int kDrawsToSeeAll = 400;

ModelAnswer answer_of(const Decoded& reply, Rcode rcode) {
  ModelAnswer answer{.rcode = std::string(to_string(rcode)), .records = {}};
  answer.records.insert(reply.answer.begin(), reply.answer.end());
  return answer;
}

std::string to_text(const std::set<ModelAnswer>& answers) {
  std::string text;
  for (const ModelAnswer& answer : answers) {
    text += answer.rcode + ":";
    for (const std::string& record : answer.records) text += " [" + record + "]";
    text += "\n";
  }
  return text;
}

struct Asked {
  std::string name;
  IpAddress from;
  std::optional<IpPrefix> subnet;
};

std::string to_text(const Asked& asked) {
  return asked.name + " from " + to_string(asked.from) +
         (asked.subnet ? " for " + to_string(*asked.subnet) : "");
}

class ModelTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  ModelTest() { RecordProperty("seed", std::to_string(GetParam())); }

  static World build(const ModelWorld& model) { return World(zones_of(model), model.atlas); }

  static void apply(const ModelWorld& model, World& world) {
    for (const CheckSpec& check : world.view().zones->checks()) {
      if (model.out.contains(check.id)) {
        world.take_out(check.id);
      } else {
        world.take_out(check.id, false);
        world.set_healthy(check.id, !model.unhealthy.contains(check.id));
      }
    }
  }

  static Ask question_of(const Asked& asked, std::uint64_t entropy) {
    return {.name = asked.name,
            .udp_size = 4096,
            .entropy = entropy,
            .from = asked.from,
            .ecs = asked.subnet};
  }

  static const ModelGroup& group_of(const ModelWorld& world, const Explain::Step& step) {
    const std::string name = to_string(*Name::from_wire(step.node->name()));
    return *std::ranges::find(world.groups, name, &ModelGroup::name);
  }

  // The index in the model's group, which is in the order of the file, of a set as it is served.
  static std::size_t index_of(const ModelGroup& group, const Explain::Step& step,
                              std::uint16_t set) {
    const auto number = static_cast<std::size_t>(step.group - step.zone->zone->groups().data());
    const std::string& id = step.zone->zone->info().groups[number].sets[set].identifier;
    return static_cast<std::size_t>(std::ranges::find(group.sets, id, &ModelSet::id) -
                                    group.sets.begin());
  }

  // What is told of one group is as the model has it.
  static void expect_allowed(const ModelWorld& world, const Model& model, const Explain& explain,
                             const Explain::Step& step) {
    const ModelGroup& group = group_of(world, step);
    std::set<std::size_t> chosen;
    std::vector<std::vector<std::size_t>> order;
    std::optional<std::uint16_t> rank;
    for (const Explain::Candidate& candidate : explain.candidates(step)) {
      const std::size_t set = index_of(group, step, candidate.set);
      EXPECT_EQ(candidate.alive, model.is_alive(group.sets[set])) << group.name << " " << set;
      if (candidate.chosen) chosen.insert(set);
      if (!candidate.suits) continue;
      if (rank != candidate.rank) order.emplace_back();
      rank = candidate.rank;
      order.back().push_back(set);
    }
    for (auto& equals : order) std::ranges::sort(equals);
    EXPECT_EQ(order, model.order(group)) << group.name;
    EXPECT_TRUE(model.choices(group).contains(chosen))
        << group.name << ": " << ::testing::PrintToString(chosen);
  }
};

TEST_P(ModelTest, AllowsWhatIsAnsweredAndWhy) {
  RandomWorlds random(GetParam());
  int judged = 0;
  int cases = 0;
  for (int i = 0; i < kWorlds && !HasFailure(); ++i) {
    ModelWorld spec = random.world();
    World world = build(spec);
    for (int j = 0; j < kCases && !HasFailure(); ++j, ++cases) {
      if (j % 4 == 0) random.change_health(spec);
      apply(spec, world);
      const Asked asked{
          .name = random.name(spec), .from = random.address(spec), .subnet = random.subnet(spec)};
      Model model(spec, asked.from, asked.subnet);
      Explain explain;
      const Answered answered = ask(world.view(), question_of(asked, random.number()), &explain);
      const auto reply = decode(answered.reply);
      ASSERT_TRUE(reply);
      EXPECT_EQ(explain.client, model.client());
      if (const auto possible = model.answers(asked.name)) {
        ++judged;
        const ModelAnswer said = answer_of(*reply, answered.outcome.rcode);
        EXPECT_TRUE(possible->contains(said)) << to_text(std::set{said}) << "is none of\n"
                                              << to_text(*possible);
      }
      for (const Explain::Step& step : explain.steps()) {
        if (step.kind == Explain::Step::Kind::kGroup) expect_allowed(spec, model, explain, step);
      }
      if (cases % kScopeEvery == 0 && asked.subnet) {
        EXPECT_EQ(explain.scope.bits, model.scope(asked.name));
        EXPECT_EQ(reply->ecs, to_string(*asked.subnet) + "/" + std::to_string(explain.scope.bits));
      }
      if (HasFailure()) {
        ADD_FAILURE() << "seed " << GetParam() << " case " << cases << ": " << to_text(asked)
                      << "\n"
                      << to_text(spec);
      }
    }
  }
  EXPECT_GT(judged, cases * 99 / 100);
}

// A group that two ways lead to draws once for both, so several answers of the model's never come;
// with one answer at a time there is one way.
bool has_one_way(const ModelWorld& world) {
  return std::ranges::all_of(world.groups,
                             [](const ModelGroup& group) { return group.max_answers == 1; });
}

bool sticks(const ModelWorld& world) {
  return std::ranges::any_of(world.groups, [](const ModelGroup& group) { return group.sticky; });
}

TEST_P(ModelTest, SeesEveryPossibleAnswerOfSmallWorlds) {
  RandomWorlds random(~GetParam());
  int worlds = 0;
  for (int i = 0; worlds < kSmallWorlds && !HasFailure(); ++i) {
    const ModelWorld spec = random.world();
    if (!has_one_way(spec) || sticks(spec)) continue;
    World world = build(spec);
    apply(spec, world);
    const Asked asked{
        .name = spec.groups.front().name, .from = random.address(spec), .subnet = std::nullopt};
    Model model(spec, asked.from, asked.subnet);
    const auto possible = model.answers(asked.name);
    if (!possible || possible->size() < 2 || possible->size() > 8) continue;
    ++worlds;
    SCOPED_TRACE(to_text(asked) + "\n" + to_text(spec));
    std::set<ModelAnswer> seen;
    for (int draw = 0; draw < kDrawsToSeeAll; ++draw) {
      const Answered answered = ask(world.view(), question_of(asked, random.number()));
      seen.insert(answer_of(*decode(answered.reply), answered.outcome.rcode));
    }
    EXPECT_EQ(to_text(seen), to_text(*possible));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range(kSeed, kSeed + kSeeds),
                         [](const auto& seed) { return std::to_string(seed.param); });

}  // namespace
}  // namespace rhumb::testing
