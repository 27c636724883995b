// Worlds made at random for the model and for answer() alike: groups of every policy that lead to
// one another, networks with places, checks; and those who ask.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/answer/model.h"
#include "zones/zone_set.h"

namespace rhumb::testing {

class RandomWorlds {
 public:
  explicit RandomWorlds(std::uint64_t seed) : random_(seed) {}

  ModelWorld world();
  // Turns some of the world's checks unhealthy and takes some out, anew.
  void change_health(ModelWorld& world);
  // An address near the edges of what the world knows, or anywhere.
  IpAddress address(const ModelWorld& world);
  std::optional<IpPrefix> subnet(const ModelWorld& world);
  // The name of a group or of plain records.
  std::string name(const ModelWorld& world);
  std::uint64_t number() { return random_(); }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  bool is_one_in(std::size_t count) { return pick(count) == 0; }
  template <typename T>
  const T& one_of(const std::vector<T>& from) {
    return from[pick(from.size())];
  }
  IpPrefix network();
  GeoPlace place();
  void add_places(Atlas& atlas);
  void add_latencies(Atlas& atlas);
  void add_collection(Atlas& atlas);
  void add_groups(ModelWorld& world);
  ModelGroup group(const ModelWorld& world, std::size_t number, std::size_t count);
  ModelSet set(const ModelGroup& group, std::size_t number);
  Location location(Policy policy);
  void lead_on(ModelGroup& group, ModelSet& set, std::size_t number, std::size_t count);

  std::mt19937_64 random_;
};

// The same world as a ZoneSet: two zones, a.example. and b.example., with all of its checks.
std::shared_ptr<const ZoneSet> zones_of(const ModelWorld& world);

// For people to read when a test fails.
std::string to_text(const ModelWorld& world);

}  // namespace rhumb::testing
