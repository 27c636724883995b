#include "answer/steer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "answer/tree.h"
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
  explicit Steering(const std::vector<SetLine>& lines, std::uint32_t max_answers = 1,
                    int padding = 0,
                    OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::kIgnoreHealth)
      : Steering(lines, padding, [&](GroupSpec& group) {
          group.max_answers = max_answers;
          group.on_all_unhealthy = on_all_unhealthy;
        }) {}
  Steering(const std::vector<SetLine>& lines, int padding,
           const std::function<void(GroupSpec&)>& change) {
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
    change(groups.back());
    view_ = view_of(link({zone_of(kZone, std::move(groups))}));
    group_ = &zone().groups().back();
  }

  void kill(int set) { clear(view_.alive, set); }
  void revive(int set) {
    const std::size_t gate = first_gate() + static_cast<std::size_t>(set);
    view_.alive[gate / 64] |= std::uint64_t{1} << gate % 64;
  }
  void kill_all() {
    for (int i = 0; i < group_->set_count; ++i) kill(i);
  }
  // By an operator.
  void take_out(int set) {
    if (view_.standing.empty()) view_.standing.assign(view_.alive.size(), ~std::uint64_t{0});
    clear(view_.standing, set);
    kill(set);
  }
  void ask_from(std::string_view client) { client_ = *IpAddress::parse(client); }
  void kill_all_but(int set) {
    for (int i = 0; i < group_->set_count; ++i) {
      if (i != set) kill(i);
    }
  }
  [[nodiscard]] Steered steer(std::uint64_t entropy) const {
    Steered steered;
    const Query query = query_from_client();
    Client client(view_, query);
    rhumb::steer(view_, view_.zones->refs().front(), *group_, client, entropy, steered);
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
  // The image that would be the first in a reply.
  [[nodiscard]] const Image* first_image(std::uint64_t entropy) const {
    const Query query = query_from_client();
    Client client(view_, query);
    Found found;
    find_leaves(view_, view_.zones->refs().front(), *group_, client, entropy, found);
    return found.leaves().front().image;
  }
  [[nodiscard]] const Image* image_of(int set) const {
    return zone().image(zone().sets_of(*group_)[static_cast<std::size_t>(set)].target);
  }
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
  [[nodiscard]] Query query_from_client() const {
    Query query;
    query.edns = {};
    query.source = client_;
    return query;
  }
  void clear(SharedWords& words, int set) const {
    const std::size_t gate = first_gate() + static_cast<std::size_t>(set);
    words[gate / 64] &= ~(std::uint64_t{1} << gate % 64);
  }
  [[nodiscard]] const Zone& zone() const { return *view_.zones->refs().front().zone; }
  [[nodiscard]] std::size_t first_gate() const {
    return view_.zones->refs().front().gate_base + group_->first_gate;
  }

  View view_;
  const Group* group_ = nullptr;
  IpAddress client_;
};

constexpr int kDraws = 100'000;

// Pearson's statistic of `counts` against shares in proportion to `weights`.
double chi_square(std::map<int, int> counts, const std::vector<int>& weights) {
  double total = 0;
  for (const int weight : weights) total += weight;
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = kDraws * weights[i] / total;
    const double off = counts[static_cast<int>(i)] - expected;
    if (expected > 0) sum += off * off / expected;
  }
  return sum;
}

TEST(Steer, DrawsInProportionToWeight) {
  const Steering steering({{1, 1}, {1, 2}, {1, 4}, {1, 255}});
  EXPECT_LT(chi_square(steering.count(kDraws), {1, 2, 4, 255}), 16.3);  // 3 degrees, p = 0.001
}

TEST(Steer, DrawsAmongTheLivingInProportionToWeight) {
  Steering steering({{1, 3}, {1, 200}, {1, 1}});
  steering.kill(1);
  EXPECT_LT(chi_square(steering.count(kDraws), {3, 0, 1}), 10.8);  // 1 degree, p = 0.001
}

TEST(Steer, DrawsEvenlyWhenAllWeightsAreZero) {
  const Steering steering({{1, 0}, {1, 0}, {1, 0}, {1, 0}, {1, 0}});
  EXPECT_LT(chi_square(steering.count(kDraws), {1, 1, 1, 1, 1}), 18.5);  // 4 degrees, p = 0.001
  EXPECT_EQ(steering.choice(), Choice::kPreferred);
}

TEST(Steer, DrawsEvenlyAmong256) {
  const Steering steering(std::vector<SetLine>(256, {1, 255}));
  const std::vector<int> even(256, 1);
  EXPECT_LT(chi_square(steering.count(kDraws), even), 330.5);  // 255 degrees, p = 0.001
}

TEST(Steer, NeverTakesWeightZeroWhileAWeightIsAlive) {
  Steering steering({{1, 0}, {1, 1}, {1, 0}, {1, 1}});
  steering.kill(3);
  EXPECT_EQ(steering.count(1000), (std::map<int, int>{{1, 1000}}));
}

TEST(Steer, TakesWeightZeroEvenlyOnceAllWeightsAreDead) {
  Steering steering({{1, 0}, {1, 1}, {1, 0}, {2, 1}});
  steering.kill(1);
  EXPECT_LT(chi_square(steering.count(kDraws), {1, 0, 1, 0}), 10.8);
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
  EXPECT_LT(chi_square(steering.count(kDraws), {1, 3, 0}), 10.8);
}

TEST(Steer, LeavesOutWhatAnOperatorTookOutWhenNoneIsAlive) {
  Steering steering({{1, 1}, {1, 1}, {2, 1}});
  steering.kill_all();
  steering.take_out(0);
  EXPECT_EQ(steering.choice(), Choice::kLastResort);
  EXPECT_EQ(steering.count(100), (std::map<int, int>{{1, 100}}));
  steering.take_out(1);
  EXPECT_EQ(steering.count(100), (std::map<int, int>{{2, 100}}));
}

TEST(Steer, TakesWhatAnOperatorTookOutWhenThatIsAllThereIs) {
  Steering steering({{1, 1}, {2, 1}});
  steering.take_out(0);
  steering.take_out(1);
  EXPECT_EQ(steering.choice(), Choice::kLastResort);
  EXPECT_EQ(steering.count(100), (std::map<int, int>{{0, 100}}));
}

TEST(Steer, PrefersAnythingAliveToWhatIsMerelyNotTakenOut) {
  Steering steering({{1, 1}, {2, 1}});
  steering.take_out(0);
  EXPECT_EQ(steering.choice(), Choice::kDegraded);
  EXPECT_EQ(steering.taken(1), std::vector{1});
}

TEST(Steer, TakesNeighboursOnTheRingOfMultivalueAnswers) {
  const Steering steering({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, 0, [](GroupSpec& group) {
    group.policy = Policy::kMultivalue;
    group.max_answers = 2;
  });
  std::map<std::vector<int>, int> counts;
  std::mt19937_64 random{20240607};  // NOLINT: the same draws every time
  for (int i = 0; i < 10'000; ++i) ++counts[steering.taken(random())];
  ASSERT_EQ(counts.size(), 5U);
  for (const std::vector<int>& pair : {std::vector{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}}) {
    EXPECT_NEAR(counts[pair], 2000, 200);
  }
}

// The `n`th address from 10.0.0.0 on.
std::string client(int n) {
  const auto octet = [n](int shift) { return std::to_string(n >> shift & 0xFF); };
  return std::to_string(10 + (n >> 24)) + "." + octet(16) + "." + octet(8) + "." + octet(0);
}

class StickySteer : public ::testing::Test {
 protected:
  static constexpr int kClients = 100'000;

  explicit StickySteer(std::vector<SetLine> lines = {{1, 1}, {1, 2}, {1, 4}, {1, 8}},
                       std::uint32_t max_answers = 1)
      : steering_(lines, 0, [&](GroupSpec& group) {
          group.sticky = true;
          group.max_answers = max_answers;
        }) {}

  // What each client gets.
  std::vector<int> all() {
    std::vector<int> sets;
    for (int i = 0; i < kClients; ++i) sets.push_back(first(i));
    return sets;
  }
  int first(int n) {
    steering_.ask_from(client(n << 8));
    return steering_.steer(static_cast<std::uint64_t>(n)).sets[0];
  }

  Steering steering_;
};

TEST_F(StickySteer, SharesClientsOutInProportionToWeight) {
  std::map<int, int> counts;
  for (const int set : all()) ++counts[set];
  EXPECT_LT(chi_square(counts, {1, 2, 4, 8}), 16.3);  // 3 degrees, p = 0.001
}

TEST_F(StickySteer, DependsOnTheClientsNetworkAlone) {
  for (int i = 0; i < 1000; ++i) {
    steering_.ask_from(client(i << 8));
    const std::vector<int> taken = steering_.taken(1);
    steering_.ask_from(client((i << 8) + 255));
    EXPECT_EQ(steering_.taken(2), taken);
  }
}

TEST_F(StickySteer, MovesOnlyThoseWhoseSetDied) {
  const std::vector<int> before = all();
  steering_.kill(2);
  std::map<int, int> moved;
  for (int i = 0; i < kClients; ++i) {
    const int now = first(i);
    if (before[static_cast<std::size_t>(i)] == 2) {
      ++moved[now];
    } else {
      ASSERT_EQ(now, before[static_cast<std::size_t>(i)]);
    }
  }
  EXPECT_EQ(moved[2], 0);
  // To the others in proportion to their weights.
  const double total = moved[0] + moved[1] + moved[3];
  EXPECT_NEAR(moved[0] / total, 1.0 / 11, 0.01);
  EXPECT_NEAR(moved[1] / total, 2.0 / 11, 0.01);
  steering_.revive(2);
  EXPECT_EQ(all(), before);
}

TEST_F(StickySteer, TakesWeightZeroOnlyWhenAllWeightsAreDead) {
  const Steering spare({{1, 1}, {1, 0}, {1, 0}}, 0, [](GroupSpec& group) { group.sticky = true; });
  EXPECT_EQ(spare.taken(0), std::vector{0});
  Steering dead = spare;
  dead.kill(0);
  std::map<int, int> counts;
  for (int i = 0; i < kDraws; ++i) {
    dead.ask_from(client(i << 8));
    ++counts[dead.steer(0).sets[0]];
  }
  EXPECT_LT(chi_square(counts, {0, 1, 1}), 10.8);  // 1 degree, p = 0.001
}

TEST_F(StickySteer, TakesTheFirstTier) {
  Steering tiers({{1, 1}, {1, 1}, {2, 1}}, 0, [](GroupSpec& group) { group.sticky = true; });
  for (int i = 0; i < 100; ++i) {
    tiers.ask_from(client(i << 8));
    EXPECT_LT(tiers.steer(0).sets[0], 2);
  }
}

class StickySeveral : public StickySteer {
 protected:
  StickySeveral() : StickySteer({{1, 1}, {1, 1}, {1, 1}, {1, 1}}, 2) {}
};

TEST_F(StickySeveral, KeepsTheOthersWhenOneDies) {
  for (int i = 0; i < 1000; ++i) {
    steering_.ask_from(client(i << 8));
    const Steered before = steering_.steer(0);
    ASSERT_EQ(before.count, 2);
    steering_.kill(before.sets[0]);
    const Steered after = steering_.steer(0);
    ASSERT_EQ(after.count, 2);
    EXPECT_EQ(after.sets[0], before.sets[1]);
    steering_.revive(before.sets[0]);
  }
}

TEST_F(StickySeveral, AnswersWithTheClientsOwnFirst) {
  for (int i = 0; i < 100; ++i) {
    steering_.ask_from(client(i << 8));
    const int own = steering_.steer(0).sets[0];
    for (std::uint64_t entropy = 0; entropy < 10; ++entropy) {
      EXPECT_EQ(steering_.first_image(entropy), steering_.image_of(own));
    }
  }
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
  std::map<int, int> counts;
  std::mt19937_64 random{20240607};  // NOLINT: the same draws every time
  for (int i = 0; i < kDraws; ++i) {
    const Image* first = steering.first_image(random());
    for (int set = 0; set < 3; ++set) counts[set] += first == steering.image_of(set) ? 1 : 0;
  }
  EXPECT_LT(chi_square(counts, {1, 1, 1}), 13.8);  // 2 degrees, p = 0.001
}

TEST(Steer, DrawsPairsWithoutReplacementInProportion) {
  // Of {1, 1, 2} two are taken: {0, 1} has probability 1/4 · 1/3 · 2 = 1/6, the others 5/12 each.
  const Steering steering({{1, 1}, {1, 1}, {1, 2}}, 2);
  std::map<int, int> counts;
  std::mt19937_64 random{7};  // NOLINT: the same draws every time
  for (int i = 0; i < kDraws; ++i) {
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
