// Groups: the record sets of one name and type among which steering chooses. Plain data: what the
// policies are is here, who asks is not. Every policy is one shape: ranks of sets, and what puts
// the ranks in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "geo/rule.h"
#include "zones/arena.h"

namespace rhumb {

inline constexpr int kMaxSetsPerGroup = 256;

enum class Policy : std::uint8_t {
  kSimple,
  kFailover,
  kPriority,
  kWeighted,
  kMultivalue,
  kLatency,
  kGeolocation,
  kGeoproximity,
  kCidr
};
enum class OnAllUnhealthy : std::uint8_t { kIgnoreHealth, kNoData, kServFail };

std::string_view to_string(Policy policy);

// Whether the order of the ranks depends on where the client is.
constexpr bool is_location_policy(Policy policy) { return policy >= Policy::kLatency; }

// Served form. The sets of a group stand together, in the order of the file; within a policy of
// tiers they are sorted by tier first.
//
// Its ranks are masks over the sets, `rank_words` words each, bit i for set i. Without a rule they
// are in order of preference as they stand: a tier's sets that have a weight, then those that have
// none. With a rule, rank n holds the sets of its location n, and the client map orders them.
struct Group {
  static constexpr std::uint32_t kNoRule = 0xFFFFFFFF;

  std::uint32_t first_gate;  // zone-local; set i of the group has gate first_gate + i
  std::uint32_t first_set;   // into the zone's sets
  std::uint32_t first_rank;  // into the zone's rank words
  std::uint32_t rule;        // zone-local number of its location rule, or kNoRule
  Ref owner;                 // its node
  std::uint16_t set_count;   // 1…kMaxSetsPerGroup
  std::uint16_t rank_count;  // 1…kMaxSetsPerGroup
  std::uint16_t max_answers;
  Policy policy;
  OnAllUnhealthy on_all_unhealthy;
  bool sticky;  // weights are drawn by a hash of the client
  // The gate of the group itself ("at least minHealthy sets are alive") follows those of its sets.
  [[nodiscard]] std::uint32_t group_gate() const { return first_gate + set_count; }
  // Words of one rank's mask.
  [[nodiscard]] std::uint32_t rank_words() const { return (set_count + 63U) / 64U; }
};

struct RoutedSet {
  enum class Kind : std::uint8_t {
    kEmpty,  // no values in this family: chosen, it is NODATA
    kImage,  // target is the Ref of an Image
    kAlias,  // target is a zone-local link number
  };
  std::uint32_t target;
  std::uint32_t ttl_s;
  std::uint32_t identity;  // hash of the setIdentifier, the same on every server, for sticky draws
  std::uint8_t weight;     // 0…255
  Kind kind;
};

// What an alias says: the same type at another name. The link to it is found for each edition anew.
struct AliasInfo {
  Name target;
  Type type = Type::kA;
  bool evaluate_health = true;
  bool of_pair = false;  // of a set of [A, AAAA]: the target may have only the other one
  Place place;
};

// Told of a group to people, and what its gates are made of.
struct GroupInfo {
  struct Set {
    std::string identifier;
    std::string check_id;               // empty: always alive
    Place check_place;                  // of the reference, for errors found across zones
    std::optional<std::uint32_t> link;  // of an alias: index into ZoneInfo::links
    std::string suits;  // whom or how much, as an operator would say it: "country GB", "weight 10"
    std::optional<Location> location;  // under a location policy
    Place location_place;
    std::uint16_t tier = 1;
    std::uint16_t weight = 1;
    std::uint32_t ttl_s = 0;
    std::uint32_t values = 0;  // of this family
    std::vector<std::pair<std::string, std::string>> labels;
    Place place;
  };
  Name owner;
  Type type = Type::kA;
  Policy policy = Policy::kSimple;
  std::uint32_t min_healthy = 1;
  bool no_match_meant = false;  // that a client may suit none of the sets
  std::vector<Set> sets;        // in served order
  Place place;
};

}  // namespace rhumb
