// What the scope of an answer from each group depends on: the location rules and the sticky draws
// of all groups that its aliases and CNAMEs lead to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "zones/alias_graph.h"
#include "zones/zone_set.h"

namespace rhumb {

struct Reaches {
  std::vector<Reach> of_group;       // by GroupNumber
  std::vector<std::uint32_t> rules;  // what they refer to
};

// Reports groups that lead to more than kMaxGroupsPerTree groups or kMaxRulesPerTree rules.
// Requires: the rules of `zones` are numbered; `order` is that of order_groups().
Reaches find_reaches(const ZoneSet& zones, const AliasGraph& graph,
                     std::span<const GroupNumber> order, Diagnostics& diagnostics);

}  // namespace rhumb
