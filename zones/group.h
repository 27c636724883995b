// Groups: the record sets of one name and type among which steering chooses. Plain data: what the
// policies are is here, who asks is not. Simple, failover, priority and weighted are one shape,
// tiers with weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"

namespace rhumb {

inline constexpr int kMaxSetsPerGroup = 256;

enum class Policy : std::uint8_t { kSimple, kFailover, kPriority, kWeighted };
enum class OnAllUnhealthy : std::uint8_t { kIgnoreHealth, kNoData, kServFail };

std::string_view to_string(Policy policy);

// Served form. The sets of a group stand together, sorted by tier, in the order of the file within
// one.
struct Group {
  std::uint32_t first_gate;  // zone-local; set i of the group has gate first_gate + i
  std::uint32_t first_set;   // into the zone's sets
  std::uint16_t set_count;   // 1…kMaxSetsPerGroup
  std::uint16_t max_answers;
  Policy policy;
  OnAllUnhealthy on_all_unhealthy;
  // The gate of the group itself ("at least minHealthy sets are alive") follows those of its sets.
  [[nodiscard]] std::uint32_t group_gate() const { return first_gate + set_count; }
};

struct RoutedSet {
  std::uint32_t image;   // Ref; 0 when the set has no values in this family: chosen, it is NODATA
  std::uint16_t weight;  // 0…255
  std::uint16_t tier;    // 1…1000; all sets of a group without tiers have the same
};

// Told of a group to people, and what its gates are made of.
struct GroupInfo {
  struct Set {
    std::string identifier;
    std::string check_id;  // empty: always alive
    Place check_place;     // of the reference, for errors found across zones
  };
  Name owner;
  Type type = Type::kA;
  std::uint32_t min_healthy = 1;
  std::vector<Set> sets;  // in served order
};

}  // namespace rhumb
