#include "health/gates.h"

#include <gtest/gtest.h>

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

TEST(Gates, TakenOutAreDeadUntilPutBack) {
  GatesBuilder builder;
  const GateNumber check = builder.add_leaf();
  const GateNumber set = builder.add(1, Numbers{check});
  const GateNumber group = builder.add(1, Numbers{set});
  Gates gates = build(builder);
  EXPECT_EQ(list(gates.take_out(set)), (Numbers{set, group}));
  EXPECT_TRUE(gates.is_taken_out(set));
  EXPECT_EQ(list(gates.take_out(set)), Numbers{});
  EXPECT_EQ(list(gates.set(check, false)), Numbers{check});
  EXPECT_EQ(list(gates.put_back(set)), Numbers{});
  EXPECT_FALSE(gates.is_taken_out(set));
  EXPECT_EQ(list(gates.set(check, true)), (Numbers{check, set, group}));
}

TEST(Gates, TakenOutLeafKeepsWhatItWasSetTo) {
  GatesBuilder builder;
  const GateNumber leaf = builder.add_leaf();
  Gates gates = build(builder);
  gates.take_out(leaf);
  EXPECT_EQ(list(gates.set(leaf, true)), Numbers{});
  EXPECT_FALSE(gates.is_alive(leaf));
  EXPECT_EQ(list(gates.put_back(leaf)), Numbers{leaf});
  EXPECT_TRUE(gates.is_alive(leaf));
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

// What the gates must compute, written as plainly as possible.
struct Network {
  std::vector<std::uint32_t> at_least{0};
  std::vector<Numbers> inputs{{}};
  std::vector<bool> leaf{false};
  std::vector<bool> value{true};
  std::vector<bool> taken_out{false};

  [[nodiscard]] std::vector<bool> evaluate() const {
    std::vector<bool> alive(at_least.size());
    for (bool changed = true; changed;) {  // monotone: repeated until nothing comes alive any more
      changed = false;
      for (std::size_t gate = 0; gate < alive.size(); ++gate) {
        std::uint32_t count = 0;
        for (const GateNumber input : inputs[gate]) count += alive[input] ? 1 : 0;
        const bool up = leaf[gate] ? value[gate] : count >= at_least[gate];
        const bool now = up && !taken_out[gate];
        changed = changed || now != alive[gate];
        alive[gate] = now;
      }
    }
    return alive;
  }
};

Network random_network(std::mt19937& random) {
  Network network;
  const std::size_t count = 2 + random() % 60;
  for (std::size_t gate = 1; gate < count; ++gate) {
    const bool leaf = gate == 1 || random() % 3 == 0;
    Numbers inputs;
    const std::size_t degree = leaf ? 0 : random() % 6;
    for (std::size_t i = 0; i < degree; ++i)
      inputs.push_back(static_cast<GateNumber>(random() % gate));
    network.at_least.push_back(static_cast<std::uint32_t>(random() % (degree + 2)));
    network.inputs.push_back(inputs);
    network.leaf.push_back(leaf);
    network.value.push_back(true);
    network.taken_out.push_back(false);
  }
  return network;
}

Gates gates_of(const Network& network) {
  GatesBuilder builder;
  for (std::size_t gate = 1; gate < network.leaf.size(); ++gate) {
    if (network.leaf[gate]) {
      builder.add_leaf();
    } else {
      builder.add(network.at_least[gate], network.inputs[gate]);
    }
  }
  return build(builder);
}

std::vector<bool> bits_of(const Gates& gates) {
  std::vector<bool> bits;
  for (GateNumber gate = 0; gate < gates.size(); ++gate) bits.push_back(gates.is_alive(gate));
  return bits;
}

std::size_t differences(const std::vector<bool>& left, const std::vector<bool>& right) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < left.size(); ++i) count += left[i] != right[i] ? 1 : 0;
  return count;
}

TEST(Gates, AgreeWithAPlainEvaluationAfterEveryRandomChange) {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    Network network = random_network(random);
    Gates gates = gates_of(network);
    std::vector<bool> before = network.evaluate();
    ASSERT_EQ(bits_of(gates), before);
    for (int change = 0; change < 60; ++change) {
      const auto gate = static_cast<GateNumber>(random() % gates.size());
      const bool up = random() % 2 == 0;
      std::size_t flipped = 0;
      if (network.leaf[gate] && random() % 3 != 0) {
        network.value[gate] = up;
        flipped = gates.set(gate, up).size();
      } else {
        network.taken_out[gate] = !up;
        flipped = (up ? gates.put_back(gate) : gates.take_out(gate)).size();
      }
      const std::vector<bool> after = network.evaluate();
      ASSERT_EQ(bits_of(gates), after);
      ASSERT_EQ(flipped, differences(before, after));
      before = after;
    }
  }
}

}  // namespace
}  // namespace rhumb
