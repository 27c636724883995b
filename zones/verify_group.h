// Judges one group of routed sets against itself and the name it stands at.
#pragma once

#include "zones/builder.h"
#include "zones/records.h"
#include "zones/report.h"

namespace rhumb {

inline constexpr int kMaxWeight = 255;
inline constexpr int kMaxTier = 1000;

// Reports all that is wrong. `head` is of the group's owner. Removes values that a set has twice
// (RFC 2181 §5).
void verify_group(GroupSpec& group, const Record& head, Report& report);

}  // namespace rhumb
