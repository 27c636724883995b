// Scopes of names that lead over several client maps, in worlds made at random: whoever asks, in
// IPv4 or IPv6, blocks fit together and are as wide as all maps together let them be.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/answer/ask.h"
#include "tests/answer/model.h"
#include "tests/answer/random_world.h"
#include "tests/answer/world.h"
#include "tests/support/sanitized.h"

namespace rhumb::testing {
namespace {

constexpr std::uint64_t kScopeSeed = 20241128;
constexpr int kScopeWorlds = test::kSanitized ? 10 : 200;
constexpr int kClients = 60;      // of each world
constexpr int kClientsTried = 6;  // whose scope the model works out, which takes its time

// Distinct lists of locations that the answer for a name can come to depend on.
std::size_t count_maps(const ModelWorld& world, const std::string& name) {
  std::set<std::string> keys;
  std::vector<std::string> names = {name};
  for (std::size_t at = 0; at < names.size(); ++at) {
    const auto group = std::ranges::find(world.groups, names[at], &ModelGroup::name);
    if (group == world.groups.end()) continue;
    Rule rule;
    for (const ModelSet& set : group->sets) {
      if (set.location) rule.locations.push_back(*set.location);
      if (set.alias) names.push_back(*set.alias);
      if (group->is_cname && !set.alias) names.push_back(set.values.front());
    }
    if (!rule.locations.empty()) keys.insert(key_of(rule));
  }
  return keys.size();
}

// Random worlds with a name that leads over two maps or more.
class Scope : public ::testing::Test {
 protected:
  struct Tree {
    ModelWorld world;
    std::string name;
  };

  Tree next_tree() {
    for (;;) {
      Tree tree{.world = random_.world(), .name = ""};
      for (const ModelGroup& group : tree.world.groups) {
        if (count_maps(tree.world, group.name) < 2) continue;
        tree.name = group.name;
        return tree;
      }
    }
  }
  // What answer() tells a resolver that asks for this very client.
  static int scope_of(const View& view, const Tree& tree, const IpPrefix& client) {
    Explain explain;
    const Answered answered =
        ask(view, {.name = tree.name, .udp_size = 4096, .ecs = client}, &explain);
    EXPECT_GT(answered.outcome.length, 0U);
    return explain.scope.bits;
  }

  RandomWorlds random_{kScopeSeed};
};

IpPrefix whole(const IpAddress& address) {
  return IpPrefix::of(address, address.is_v4() ? 32 : 128);
}

TEST_F(Scope, BlocksOfAnyTwoClientsOfATreeAreEqualOrDisjoint) {
  std::size_t v6 = 0;
  std::size_t pairs = 0;
  for (int i = 0; i < kScopeWorlds; ++i) {
    const Tree tree = next_tree();
    const World world(zones_of(tree.world), tree.world.atlas);
    std::vector<IpPrefix> blocks;
    for (int j = 0; j < kClients; ++j) {
      const IpAddress client = random_.address(tree.world);
      const int bits = scope_of(world.view(), tree, whole(client));
      blocks.push_back(IpPrefix::of(client, static_cast<std::uint8_t>(bits)));
      v6 += client.is_v4() ? 0U : 1U;
    }
    for (const IpPrefix& one : blocks) {
      for (const IpPrefix& other : blocks) {
        const bool overlap = one.contains(other.address) || other.contains(one.address);
        pairs += overlap && one.length > 0 ? 1U : 0U;
        ASSERT_TRUE(one == other || !overlap)
            << to_string(one) << " " << to_string(other) << " of " << tree.name << "\n"
            << to_text(tree.world);
      }
    }
  }
  EXPECT_GT(v6, static_cast<std::size_t>(kScopeWorlds * kClients / 10));
  EXPECT_GT(pairs, static_cast<std::size_t>(kScopeWorlds * kClients));
}

// One bit less, and somebody in the block would be led another way.
TEST_F(Scope, IsTheWidestBlockOnWhichAllMapsOfATreeAreConstant) {
  for (int i = 0; i < kScopeWorlds; ++i) {
    const Tree tree = next_tree();
    const World world(zones_of(tree.world), tree.world.atlas);
    for (int j = 0; j < kClientsTried; ++j) {
      const IpPrefix client = whole(random_.address(tree.world));
      Model model(tree.world, client.address, client);
      ASSERT_EQ(scope_of(world.view(), tree, client), model.scope(tree.name))
          << to_string(client) << " asks for " << tree.name << "\n"
          << to_text(tree.world);
    }
  }
}

}  // namespace
}  // namespace rhumb::testing
