// Finds the record set that an alias leads to in one edition: by its exact name, in a zone served
// here.
#pragma once

#include "base/error.h"
#include "zones/zone_set.h"

namespace rhumb {

struct AliasTarget {
  Link link;
  // The set whose health the alias follows: that of the link or, of a pair that lacks this family,
  // the other family's.
  const SetHead* judged;
};

// The error says what is wrong with the target and what to write.
[[nodiscard]] Result<AliasTarget> find_target(const ZoneSet& zones, const AliasInfo& alias);

}  // namespace rhumb
