// What is told of a group to people, out of the group as read.
#pragma once

#include <vector>

#include "zones/builder.h"
#include "zones/group.h"

namespace rhumb {

// Requires: the sets are in served order. Where its aliases lead is still to be filled in.
[[nodiscard]] GroupInfo info_of(const std::vector<SourceFile>& sources, const GroupSpec& spec);

}  // namespace rhumb
