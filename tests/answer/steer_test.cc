#include "answer/steer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/answer/rich_zones.h"

namespace rhumb::testing {
namespace {

struct SetLine {
  int tier;
  int weight;
};

// One group, whose gates stand behind those of `padding` other sets.
class Steering {
 public:
  explicit Steering(std::vector<SetLine> lines, std::uint32_t max_answers = 1, int padding = 0,
                    OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::kIgnoreHealth) {
    std::vector<GroupSpec> groups;
    if (padding > 0) {
      std::vector<GroupSpec::Set> sets;
      for (int i = 0; i < padding; ++i) sets.push_back(line_set(i, {.tier = 1, .weight = 1}));
      groups.push_back(
          group_of("padding.example.org.", Type::kA, Policy::kWeighted, std::move(sets)));
    }
    std::vector<GroupSpec::Set> sets;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      sets.push_back(line_set(static_cast<int>(i), lines[i]));
    }
    groups.push_back(group_of("group.example.org.", Type::kA, Policy::kPriority, std::move(sets)));
    groups.back().max_answers = max_answers;
    groups.back().on_all_unhealthy = on_all_unhealthy;
    view_ = view_of(link({zone_of(kZone, std::move(groups))}));
    group_ = &zone().groups().back();
  }

  void kill(int set) {
    const std::size_t gate = first_gate() + static_cast<std::size_t>(set);
    view_.alive[gate / 64] &= ~(std::uint64_t{1} << gate % 64);
  }
  void kill_all_but(int set) {
    for (int i = 0; i < group_->set_count; ++i) {
      if (i != set) kill(i);
    }
  }
  [[nodiscard]] Steered steer(std::uint64_t entropy) const {
    Steered steered;
    rhumb::steer(view_, view_.zones->refs().front(), *group_, entropy, steered);
    return steered;
  }
  // The sets taken, sorted.
  [[nodiscard]] std::vector<int> taken(std::uint64_t entropy) const {
    const Steered steered = steer(entropy);
    std::vector<int> sets(steered.sets.begin(), steered.sets.begin() + steered.count);
    std::ranges::sort(sets);
    return sets;
  }
  [[nodiscard]] Choice choice() const { return steer(0).choice; }
  // How often each set is the first in `rounds` answers.
  [[nodiscard]] std::map<int, int> count(int rounds) const {
    std::map<int, int> counts;
    std::mt19937_64 random{20240607};  // NOLINT: the same draws every time
    for (int i = 0; i < rounds; ++i) ++counts[steer(random()).sets[0]];
    return counts;
  }

 private:
  static constexpr std::string_view kZone =
      "example.org. 300 IN SOA ns.example.net. host.example.net. 1 2 3 4 5\n"
      "example.org. 300 IN NS ns.example.net.\n";

  static GroupSpec::Set line_set(int index, SetLine line) {
    return set_of("set" + std::to_string(index), static_cast<std::uint16_t>(line.tier),
                  static_cast<std::uint16_t>(line.weight), {address(index)});
  }
  [[nodiscard]] const Zone& zone() const { return *view_.zones->refs().front().zone; }
  [[nodiscard]] std::size_t first_gate() const {
    return view_.zones->refs().front().gate_base + group_->first_gate;
  }

  View view_;
  const Group* group_ = nullptr;
};

constexpr int kRounds = 100'000;

// Pearson's statistic of `counts` against shares in proportion to `weights`.
double chi_square(std::map<int, int> counts, const std::vector<int>& weights) {
  double total = 0;
  for (const int weight : weights) total += weight;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = kRounds * weights[i] / total;
    const double off = counts[static_cast<int>(i)] - expected;
    if (expected > 0) sum += off * off / expected;
  }
  return sum;
}

TEST(Steer, DrawsInProportionToWeight) {
  const Steering steering({{1, 1}, {1, 2}, {1, 4}, {1, 255}});
  EXPECT_LT(chi_square(steering.count(kRounds), {1, 2, 4, 255}), 16.3);  // 3 degrees, p = 0.001
}

TEST(Steer, DrawsAmongTheLivingInProportionToWeight) {
  Steering steering({{1, 3}, {1, 200}, {1, 1}});
  steering.kill(1);
  EXPECT_LT(chi_square(steering.count(kRounds), {3, 0, 1}), 10.8);  // 1 degree, p = 0.001
}

TEST(Steer, DrawsEvenlyWhenAllWeightsAreZero) {
  const Steering steering({{1, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}});
  EXPECT_LT(chi_square(steering.count(kRounds), {1, 1, 1, 1, 1}), 18.5);  // 4 degrees, p = 0.001
  EXPECT_EQ(steering.choice(), Choice::kPreferred);
}

TEST(Steer, DrawsEvenlyAmong256) {
  const Steering steering(std::vector<SetLine>(256, {1, 255}));
  const std::vector<int> even(256, 1);
  EXPECT_LT(chi_square(steering.count(kRounds), even), 330.5);  // 255 degrees, p = 0.001
}

TEST(Steer, NeverTakesWeightZeroWhileAWeightIsAlive) {
  Steering steering({{1, 0}, {1, 1}, {1, 0}, {1, 1}});
  steering.kill(3);
  EXPECT_EQ(steering.count(1000), (std::map<int, int>{{1, 1000}}));
}

TEST(Steer, TakesWeightZeroEvenlyOnceAllWeightsAreDead) {
  Steering steering({{1, 0}, {1, 1}, {1, 0}, {2, 1}});
  steering.kill(1);
  EXPECT_LT(chi_square(steering.count(kRounds), {1, 0, 1, 0}), 10.8);
  EXPECT_EQ(steering.choice(), Choice::kDegraded);
}

TEST(Steer, TakesTheFirstTierThatIsAlive) {
  Steering steering({{1, 1}, {5, 1}, {5, 0}, {1000, 1}});
  EXPECT_EQ(steering.taken(7), std::vector{0});
  EXPECT_EQ(steering.choice(), Choice::kPreferred);
  steering.kill(0);
  EXPECT_EQ(steering.taken(7), std::vector{1});
  EXPECT_EQ(steering.choice(), Choice::kDegraded);
  steering.kill(1);
  EXPECT_EQ(steering.taken(7), std::vector{2});
  steering.kill(2);
  EXPECT_EQ(steering.taken(7), std::vector{3});
  EXPECT_EQ(steering.choice(), Choice::kDegraded);
}

TEST(Steer, IsPreferredAsLongAsNothingBetterIsDead) {
  Steering steering({{1, 1}, {1, 0}, {2, 1}});
  steering.kill(1);
  steering.kill(2);
  EXPECT_EQ(steering.choice(), Choice::kPreferred);
}

TEST(Steer, IsDegradedWhenAnEqualCandidateIsDead) {
  Steering steering({{1, 1}, {1, 1}});
  steering.kill(1);
  EXPECT_EQ(steering.choice(), Choice::kDegraded);
}

TEST(Steer, AnswersAsIfAllWereAliveWhenNoneIs) {
  Steering steering({{1, 1}, {1, 3}, {2, 1}});
  for (int i = 0; i < 3; ++i) steering.kill(i);
  EXPECT_EQ(steering.choice(), Choice::kLastResort);
  EXPECT_LT(chi_square(steering.count(kRounds), {1, 3, 0}), 10.8);
}

TEST(Steer, SaysNoDataOrServFailWhenNoneIsAliveAndTheGroupSaysSo) {
  Steering no_data({{1, 1}}, 1, 0, OnAllUnhealthy::kNoData);
  EXPECT_EQ(no_data.choice(), Choice::kPreferred);
  no_data.kill(0);
  EXPECT_EQ(no_data.choice(), Choice::kNoData);
  EXPECT_EQ(no_data.steer(0).count, 0);
  Steering serv_fail({{1, 1}}, 1, 0, OnAllUnhealthy::kServFail);
  serv_fail.kill(0);
  EXPECT_EQ(serv_fail.choice(), Choice::kServFail);
  EXPECT_EQ(serv_fail.steer(0).count, 0);
}

TEST(Steer, TakesSeveralDifferentSets) {
  const Steering steering({{1, 1}, {1, 10}, {1, 100}, {1, 0}, {2, 1}}, 2);
  for (std::uint64_t entropy = 0; entropy < 1000; ++entropy) {
    const std::vector<int> taken = steering.taken(entropy);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_LT(taken[0], taken[1]);
    EXPECT_LE(taken[1], 2);
  }
}

TEST(Steer, TakesAllThatAreAliveWhenFewerThanWanted) {
  Steering steering({{1, 1}, {1, 10}, {1, 100}, {2, 1}}, 8);
  EXPECT_EQ(steering.taken(5), (std::vector{0, 1, 2}));
  steering.kill(1);
  EXPECT_EQ(steering.taken(5), (std::vector{0, 2}));
}

TEST(Steer, RotatesWhatItTook) {
  const Steering steering({{1, 1}, {1, 10}, {1, 100}}, 3);
  EXPECT_LT(chi_square(steering.count(kRounds), {1, 1, 1}), 13.8);  // 2 degrees, p = 0.001
}

TEST(Steer, DrawsPairsWithoutReplacementInProportion) {
  // Of {1, 1, 2} two are taken: {0, 1} has probability 1/4 · 1/3 · 2 = 1/6, the others 5/12 each.
  const Steering steering({{1, 1}, {1, 1}, {1, 2}}, 2);
  std::map<int, int> counts;
  std::mt19937_64 random{7};  // NOLINT: the same draws every time
  for (int i = 0; i < kRounds; ++i) {
    const std::vector<int> taken = steering.taken(random());
    ++counts[taken[0] + taken[1] - 1];
  }
  EXPECT_LT(chi_square(counts, {2, 5, 5}), 13.8);
}

TEST(Steer, IsTheSameForTheSameEntropy) {
  const Steering steering(std::vector<SetLine>(64, {1, 1}), 8);
  EXPECT_EQ(steering.taken(12345), steering.taken(12345));
  EXPECT_NE(steering.taken(12345), steering.taken(54321));
}

// The bits of a group may lie anywhere among those of the whole.
TEST(Steer, ReadsHealthAcrossWords) {
  for (const int padding : {1, 40, 62, 63, 64, 65, 127, 200}) {
    for (const int size : {2, 63, 64, 65, 129, 256}) {
      for (const int alive : {0, 1, size / 2, size - 2, size - 1}) {
        Steering steering(std::vector<SetLine>(static_cast<std::size_t>(size), {1, 1}), 1, padding);
        steering.kill_all_but(alive);
        EXPECT_EQ(steering.taken(99), std::vector{alive}) << padding << " " << size;
        steering.kill(alive);
        EXPECT_EQ(steering.choice(), Choice::kLastResort);
      }
    }
  }
}

TEST(Steer, TakesAllOf256) {
  const Steering steering(std::vector<SetLine>(256, {1, 1}), 256);
  const std::vector<int> taken = steering.taken(3);
  EXPECT_EQ(taken.size(), 256U);
  EXPECT_EQ(std::set<int>(taken.begin(), taken.end()).size(), 256U);
}

}  // namespace
}  // namespace rhumb::testing
