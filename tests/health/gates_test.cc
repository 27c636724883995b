#include "health/gates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace rhumb {
namespace {

using Numbers = std::vector<GateNumber>;

Gates build(GatesBuilder builder) {
  auto built = std::move(builder).build();
  EXPECT_TRUE(built.ok()) << (built.ok() ? "" : built.error());
  return std::move(built).value();
}

std::string error_of(GatesBuilder builder) {
  const auto built = std::move(builder).build();
  return built.ok() ? "" : built.error();
}

Numbers list(std::span<const GateNumber> gates) { return {gates.begin(), gates.end()}; }

TEST(Gates, BeginWithOneThatIsAlwaysAlive) {
  const Gates gates = build(GatesBuilder());
  EXPECT_EQ(gates.size(), 1U);
  EXPECT_TRUE(gates.is_alive(kAlwaysAlive));
  EXPECT_EQ(gates.alive()[0], 1U);
}

TEST(Gates, AreNumberedInTheOrderAdded) {
  GatesBuilder builder;
  EXPECT_EQ(builder.next(), 1U);
  EXPECT_EQ(builder.add_leaf(), 1U);
  EXPECT_EQ(builder.add_leaf(), 2U);
  EXPECT_EQ(builder.add(1, Numbers{1, 2}), 3U);
  EXPECT_EQ(builder.next(), 4U);
}

TEST(Gates, LeavesAreAliveUntilSet) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  Gates gates = build(builder);
  EXPECT_TRUE(gates.is_alive(leaf));
  EXPECT_EQ(list(gates.set(leaf, false)), Numbers{leaf});
  EXPECT_FALSE(gates.is_alive(leaf));
  EXPECT_EQ(gates.alive()[0], 0b01U);
  EXPECT_EQ(list(gates.set(leaf, false)), Numbers{});
  EXPECT_EQ(list(gates.set(leaf, true)), Numbers{leaf});
  EXPECT_EQ(gates.alive()[0], 0b11U);
}

TEST(Gates, AreAliveWhileAtLeastNInputsAre) {
  GatesBuilder builder;
  const GateNumber a = builder.add_leaf();
  const GateNumber b = builder.add_leaf();
  const GateNumber c = builder.add_leaf();
  const GateNumber two_of_three = builder.add(2, Numbers{a, b, c});
  Gates gates = build(builder);
  EXPECT_EQ(gates.alive_inputs(two_of_three), 3);
  EXPECT_EQ(list(gates.set(a, false)), Numbers{a});
  EXPECT_TRUE(gates.is_alive(two_of_three));
  EXPECT_EQ(list(gates.set(b, false)), (Numbers{b, two_of_three}));
  EXPECT_FALSE(gates.is_alive(two_of_three));
  EXPECT_EQ(gates.alive_inputs(two_of_three), 1);
  EXPECT_EQ(list(gates.set(c, false)), Numbers{c});
  EXPECT_EQ(list(gates.set(a, true)), Numbers{a});
  EXPECT_EQ(list(gates.set(b, true)), (Numbers{b, two_of_three}));
}

// A record set that is an alias needs its check and the group it points to.
TEST(Gates, CarryADeadCheckThroughGroupsToTheAliasesAboveThem) {
  GatesBuilder builder;
  const GateNumber check = builder.add_leaf();
  const GateNumber set = builder.add(1, Numbers{check});
  const GateNumber group = builder.add(1, Numbers{set});
  const GateNumber alias = builder.add(2, Numbers{kAlwaysAlive, group});
  const GateNumber other = builder.add(1, Numbers{kAlwaysAlive});
  const GateNumber top = builder.add(2, Numbers{alias, other});
  Gates gates = build(builder);
  EXPECT_TRUE(gates.is_alive(top));
  EXPECT_EQ(list(gates.set(check, false)), (Numbers{check, set, group, alias, top}));
  EXPECT_TRUE(gates.is_alive(other));
  EXPECT_EQ(list(gates.set(check, true)), (Numbers{check, set, group, alias, top}));
}

TEST(Gates, MayHaveInputsThatAreAddedLater) {
  GatesBuilder builder;
  const GateNumber alias = builder.add(1, Numbers{2});
  const GateNumber group = builder.add(1, Numbers{3});
  const GateNumber check = builder.add_leaf();
  Gates gates = build(builder);
  EXPECT_TRUE(gates.is_alive(alias));
  EXPECT_EQ(list(gates.set(check, false)), (Numbers{check, group, alias}));
}

TEST(Gates, WithThresholdZeroAreAlwaysAlive) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  const GateNumber zero = builder.add(0, Numbers{leaf});
  const GateNumber empty = builder.add(0, {});
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.set(leaf, false)), Numbers{leaf});
  EXPECT_TRUE(gates.is_alive(zero));
  EXPECT_TRUE(gates.is_alive(empty));
}

TEST(Gates, WithAThresholdAboveTheirInputsAreNeverAlive) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  const GateNumber above = builder.add(2, Numbers{leaf});
  const GateNumber empty = builder.add(1, {});
  const GateNumber far_above = builder.add(1'000'000, Numbers{leaf});
  const Gates gates = build(builder);
  EXPECT_FALSE(gates.is_alive(above));
  EXPECT_FALSE(gates.is_alive(empty));
  EXPECT_FALSE(gates.is_alive(far_above));
}

TEST(Gates, CountAnInputAsOftenAsItIsNamed) {
  GatesBuilder builder;
  const GateNumber twice = builder.add_leaf();
  const GateNumber once = builder.add_leaf();
  const GateNumber gate = builder.add(2, Numbers{twice, twice, once});
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.set(once, false)), Numbers{once});
  EXPECT_EQ(gates.alive_inputs(gate), 2);
  EXPECT_EQ(list(gates.set(twice, false)), (Numbers{twice, gate}));
  EXPECT_EQ(gates.alive_inputs(gate), 0);
}

TEST(Gates, ForcedDeadStaySoWhateverTheirInputsSay) {
  GatesBuilder builder;
  const GateNumber check = builder.add_leaf();
  const GateNumber set = builder.add(1, Numbers{check});
  const GateNumber group = builder.add(1, Numbers{set});
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.force(set, Forced::kDead)), (Numbers{set, group}));
  EXPECT_EQ(gates.forced(set), Forced::kDead);
  EXPECT_EQ(list(gates.force(set, Forced::kDead)), Numbers{});
  EXPECT_EQ(list(gates.set(check, false)), Numbers{check});
  EXPECT_EQ(list(gates.force(set, Forced::kNot)), Numbers{});
  EXPECT_EQ(gates.forced(set), Forced::kNot);
  EXPECT_EQ(list(gates.set(check, true)), (Numbers{check, set, group}));
}

TEST(Gates, ForcedAliveStaySoWhateverTheirInputsSay) {
  GatesBuilder builder;
  const GateNumber check = builder.add_leaf();
  const GateNumber set = builder.add(1, Numbers{check});
  const GateNumber group = builder.add(1, Numbers{set});
  Gates gates = build(builder);
  gates.set(check, false);
  EXPECT_EQ(list(gates.force(set, Forced::kAlive)), (Numbers{set, group}));
  EXPECT_EQ(gates.forced(set), Forced::kAlive);
  EXPECT_EQ(list(gates.set(check, true)), Numbers{check});
  EXPECT_EQ(list(gates.set(check, false)), Numbers{check});
  EXPECT_EQ(list(gates.force(set, Forced::kNot)), (Numbers{set, group}));
}

TEST(Gates, AreForcedTheOtherWayInOneStep) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  Gates gates = build(builder);
  gates.force(leaf, Forced::kDead);
  EXPECT_EQ(list(gates.force(leaf, Forced::kAlive)), Numbers{leaf});
  EXPECT_EQ(gates.forced(leaf), Forced::kAlive);
  EXPECT_EQ(list(gates.force(leaf, Forced::kDead)), Numbers{leaf});
}

TEST(Gates, KeepWhatAForcedLeafIsSetTo) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  Gates gates = build(builder);
  gates.force(leaf, Forced::kDead);
  EXPECT_EQ(list(gates.set(leaf, true)), Numbers{});
  EXPECT_FALSE(gates.is_alive(leaf));
  EXPECT_EQ(list(gates.force(leaf, Forced::kNot)), Numbers{leaf});
  EXPECT_TRUE(gates.is_alive(leaf));
}

TEST(Gates, ThatAreInvertedAreAliveWhileTooFewInputsAre) {
  GatesBuilder builder;
  const GateNumber a = builder.add_leaf();
  const GateNumber b = builder.add_leaf();
  const GateNumber neither = builder.add(1, Numbers{a, b}, Polarity::kInverted);
  Gates gates = build(builder);
  EXPECT_FALSE(gates.is_alive(neither));
  EXPECT_EQ(list(gates.set(a, false)), Numbers{a});
  EXPECT_EQ(list(gates.set(b, false)), (Numbers{b, neither}));
  EXPECT_TRUE(gates.is_alive(neither));
  EXPECT_EQ(gates.alive_inputs(neither), 0);
}

TEST(Gates, AreForcedToWhatIsSaidThoughInverted) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  const GateNumber inverted = builder.add(1, Numbers{leaf}, Polarity::kInverted);
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.force(inverted, Forced::kAlive)), Numbers{inverted});
  gates.set(leaf, false);
  EXPECT_EQ(list(gates.force(inverted, Forced::kDead)), Numbers{inverted});
  EXPECT_EQ(list(gates.force(inverted, Forced::kNot)), Numbers{inverted});
}

// The group would die with one set and come back with the other.
TEST(Gates, DoNotFlipWhenTwoInputsChangePlaces) {
  GatesBuilder builder;
  const GateNumber check = builder.add_leaf();
  const GateNumber same = builder.add(1, Numbers{check});
  const GateNumber opposite = builder.add(1, Numbers{check}, Polarity::kInverted);
  const GateNumber either = builder.add(1, Numbers{same, opposite});
  const GateNumber above = builder.add(1, Numbers{either});
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.set(check, false)), (Numbers{check, same, opposite}));
  EXPECT_TRUE(gates.is_alive(above));
  EXPECT_EQ(list(gates.set(check, true)), (Numbers{check, same, opposite}));
}

// Judged as the news comes in, every second gate of such a ladder would flip twice, and those above
// it twice as often.
TEST(Gates, FlipOnceThoughAChangeComesBySeveralWays) {
  GatesBuilder builder;
  GateNumber below = builder.add_leaf();
  for (int rung = 0; rung < 1000; ++rung) {
    const GateNumber turned = builder.add(1, Numbers{below}, Polarity::kInverted);
    const GateNumber back = builder.add(1, Numbers{turned}, Polarity::kInverted);
    below = builder.add(2, Numbers{below, back});
  }
  Gates gates = build(builder);
  EXPECT_TRUE(gates.is_alive(below));
  EXPECT_EQ(gates.set(1, false).size(), 3001U);
  EXPECT_FALSE(gates.is_alive(below));
}

TEST(Gates, ThatAreCopiedLiveOnTheirOwn) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  const GateNumber set = builder.add(1, Numbers{leaf});
  Gates alive = build(builder);
  Gates in_service = alive;
  alive.set(leaf, false);
  EXPECT_FALSE(alive.is_alive(set));
  EXPECT_TRUE(in_service.is_alive(set));
}

TEST(Gates, GiveTheirInputs) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  const GateNumber gate = builder.add(1, Numbers{leaf, kAlwaysAlive});
  const Gates gates = build(builder);
  EXPECT_EQ(list(gates.inputs(gate)), (Numbers{leaf, kAlwaysAlive}));
  EXPECT_EQ(list(gates.inputs(leaf)), Numbers{});
}

TEST(GatesBuilder, RefusesAnInputThatDoesNotExist) {
  GatesBuilder builder;
  builder.add(1, Numbers{7});
  EXPECT_EQ(error_of(builder), "gate 1 has the input 7, which does not exist");
}

TEST(GatesBuilder, RefusesAGateThatIsItsOwnInput) {
  GatesBuilder builder;
  builder.add(1, Numbers{1});
  EXPECT_EQ(error_of(builder), "gate 1 depends on itself: 1 ← 1");
}

TEST(GatesBuilder, RefusesALoopAndNamesOnlyItsGates) {
  GatesBuilder builder;
  builder.add(1, Numbers{2});     // 1 leads into the loop and is no part of it
  builder.add(1, Numbers{0, 3});  // 2 ← 3 ← 4 ← 2
  builder.add(1, Numbers{4});
  builder.add(1, Numbers{2});
  EXPECT_EQ(error_of(builder), "gate 2 depends on itself: 2 ← 3 ← 4 ← 2");
}

TEST(GatesBuilder, RefusesAGateWithTooManyInputs) {
  GatesBuilder builder;
  builder.add(1, Numbers(kMaxGateInputs + 1, kAlwaysAlive));
  EXPECT_EQ(error_of(builder), "gate 1 has 65535 inputs; at most 65534 are allowed");
}

TEST(GatesBuilder, TakesAGateWithAsManyInputsAsAllowed) {
  GatesBuilder builder;
  const GateNumber gate = builder.add(kMaxGateInputs, Numbers(kMaxGateInputs, kAlwaysAlive));
  const Gates gates = build(builder);
  EXPECT_EQ(gates.alive_inputs(gate), 65'534);
  EXPECT_TRUE(gates.is_alive(gate));
}

// A chain as long as this would overflow the stack of a recursive walk.
TEST(Gates, WalkAChainOfAQuarterMillion) {
  constexpr GateNumber kLength = 250'000;
  GatesBuilder builder;
  builder.add_leaf();
  for (GateNumber gate = 2; gate <= kLength; ++gate) builder.add(1, Numbers{gate - 1});
  Gates gates = build(builder);
  EXPECT_EQ(gates.set(1, false).size(), kLength);
  EXPECT_FALSE(gates.is_alive(kLength));
}

// What the gates must compute, written as plainly as possible. Inputs come before their gate.
struct Network {
  struct Plain {
    std::uint32_t at_least = 0;
    Numbers inputs;
    bool leaf = false;
    bool inverted = false;
    bool value = true;
    Forced forced = Forced::kNot;
  };
  std::vector<Plain> gates{Plain{}};

  [[nodiscard]] std::vector<bool> evaluate() const {
    std::vector<bool> alive;
    for (const Plain& gate : gates) {
      std::uint32_t count = 0;
      for (const GateNumber input : gate.inputs) count += alive[input] ? 1 : 0;
      const bool enough = gate.leaf ? gate.value : count >= gate.at_least;
      const bool unforced = gate.inverted ? !enough : enough;
      alive.push_back(gate.forced == Forced::kNot ? unforced : gate.forced == Forced::kAlive);
    }
    return alive;
  }
};

Network random_network(std::mt19937& random) {
  Network network;
  const std::size_t count = 2 + random() % 60;
  for (std::size_t number = 1; number < count; ++number) {
    Network::Plain gate;
    gate.leaf = number == 1 || random() % 3 == 0;
    const std::size_t degree = gate.leaf ? 0 : random() % 6;
    for (std::size_t i = 0; i < degree; ++i) {
      gate.inputs.push_back(static_cast<GateNumber>(random() % number));
    }
    gate.at_least = static_cast<std::uint32_t>(random() % (degree + 2));
    gate.inverted = !gate.leaf && random() % 3 == 0;
    network.gates.push_back(gate);
  }
  return network;
}

// The number that is taken when the gates of the network are added in random order.
Numbers random_numbers(std::size_t count, std::mt19937& random) {
  Numbers numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin() + 1, numbers.end(), random);
  return numbers;
}

Gates gates_of(const Network& network, const Numbers& numbers) {
  std::vector<std::size_t> order(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) order[numbers[i]] = i;
  GatesBuilder builder;
  for (std::size_t number = 1; number < order.size(); ++number) {
    const Network::Plain& gate = network.gates[order[number]];
    Numbers inputs;
    for (const GateNumber input : gate.inputs) inputs.push_back(numbers[input]);
    if (gate.leaf) {
      builder.add_leaf();
    } else {
      builder.add(gate.at_least, inputs, gate.inverted ? Polarity::kInverted : Polarity::kPlain);
    }
  }
  return build(builder);
}

std::vector<bool> bits_of(const Gates& gates, const Numbers& numbers) {
  std::vector<bool> bits;
  for (const GateNumber number : numbers) bits.push_back(gates.is_alive(number));
  return bits;
}

// Sorted.
Numbers differences(const std::vector<bool>& left, const std::vector<bool>& right,
                    const Numbers& numbers) {
  Numbers differ;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i]) differ.push_back(numbers[i]);
  }
  std::ranges::sort(differ);
  return differ;
}

// Sets a leaf or forces a gate, in both; what flipped, sorted.
Numbers change_both(Network& network, Gates& gates, const Numbers& numbers, std::mt19937& random) {
  constexpr Forced kForces[] = {Forced::kNot, Forced::kAlive, Forced::kDead};
  const std::size_t at = random() % numbers.size();
  Network::Plain& gate = network.gates[at];
  Numbers flipped;
  if (gate.leaf && random() % 3 != 0) {
    gate.value = random() % 2 == 0;
    flipped = list(gates.set(numbers[at], gate.value));
  } else {
    gate.forced = kForces[random() % 3];
    flipped = list(gates.force(numbers[at], gate.forced));
  }
  std::ranges::sort(flipped);
  return flipped;
}

TEST(Gates, AgreeWithAPlainEvaluationAfterEveryRandomChange) {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    Network network = random_network(random);
    const Numbers numbers = random_numbers(network.gates.size(), random);
    Gates gates = gates_of(network, numbers);
    std::vector<bool> before = network.evaluate();
    ASSERT_EQ(bits_of(gates, numbers), before);
    for (int change = 0; change < 60; ++change) {
      const Numbers flipped = change_both(network, gates, numbers, random);
      const std::vector<bool> after = network.evaluate();
      ASSERT_EQ(bits_of(gates, numbers), after);
      ASSERT_EQ(flipped, differences(before, after, numbers));
      before = after;
    }
  }
}

}  // namespace
}  // namespace rhumb
