// Which groups lead to which over aliases, in one edition. No alias may lead back to where it
// starts, and none may stand too far behind others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "zones/zone_set.h"

namespace rhumb {

// A group of the whole set, as ZoneRef::group_base counts them.
using GroupNumber = std::uint32_t;

struct GroupAt {
  const ZoneRef* zone;
  std::uint32_t number;  // in that zone

  [[nodiscard]] const Group& group() const { return zone->zone->groups()[number]; }
  [[nodiscard]] const GroupInfo& info() const { return zone->zone->info().groups[number]; }
};

class AliasGraph {
 public:
  // Requires: the aliases of `zones` are linked.
  explicit AliasGraph(const ZoneSet& zones);

  [[nodiscard]] GroupNumber size() const { return static_cast<GroupNumber>(groups_.size()); }
  [[nodiscard]] const GroupAt& operator[](GroupNumber group) const { return groups_[group]; }
  // The groups that its aliases lead to, each once.
  [[nodiscard]] std::span<const GroupNumber> targets(GroupNumber group) const {
    return std::span(targets_).subspan(first_[group], first_[group + 1] - first_[group]);
  }
  [[nodiscard]] bool has_alias(GroupNumber group) const { return has_alias_[group]; }

 private:
  void add_targets(const ZoneSet& zones, const GroupAt& at);

  std::vector<GroupAt> groups_;
  std::vector<std::uint32_t> first_;
  std::vector<GroupNumber> targets_;
  std::vector<bool> has_alias_;
};

// All groups, each after those that it leads to. Reports loops, and then is nullopt, and trees
// deeper than kMaxAliasDepth.
std::optional<std::vector<GroupNumber>> order_groups(const AliasGraph& graph,
                                                     Diagnostics& diagnostics);

}  // namespace rhumb
