// Looks for what loads without error and yet will not do what its writer meant. For `rhumb check`
// alone; each warning says what will happen and what to write instead.
#pragma once

#include "base/error.h"
#include "geo/atlas.h"
#include "zones/zone_set.h"

namespace rhumb {

// Warnings alone. `atlas` is the one that `zones` was linked with.
void advise(const ZoneSet& zones, const Atlas& atlas, Diagnostics& diagnostics);

}  // namespace rhumb
