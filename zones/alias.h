// Finds the record set that an alias leads to in one edition: by its exact name, in a zone served
// here.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "zones/zone_set.h"

namespace rhumb {

struct AliasTarget {
  Link link;
  // The set whose health the alias follows: that of the link or, of a pair that lacks this family,
  // the other family's.
  const SetHead* judged;
};

// The names that an alias may lead to, for the hints in errors: gathered once a zone and type.
class TargetNames {
 public:
  // Of the zone, without its own name at their end and the dot before it: those that are routed,
  // then the others unless there are too many. Valid as long as this and the zone are.
  std::span<const std::string_view> of(const Zone& zone, const AliasInfo& alias);

 private:
  struct Names {
    std::vector<std::string> texts;
    std::vector<std::string_view> words;  // the same
  };
  std::map<std::tuple<const Zone*, Type, bool>, Names> names_;  // the bool: AliasInfo::of_pair
};

// The error says what is wrong with the target and what to write: with `names`, also what was
// probably meant.
[[nodiscard]] Result<AliasTarget> find_target(const ZoneSet& zones, const AliasInfo& alias,
                                              TargetNames* names);

}  // namespace rhumb
