// Looks for what loads without error and yet will not do what its writer meant. For `rhumb check`
// alone; each warning says what will happen and what to write instead.
#pragma once

#include <string_view>

#include "base/error.h"
#include "geo/atlas.h"
#include "zones/zone_set.h"

namespace rhumb {

// Warnings alone. `atlas` is the one that `zones` was linked with; `database_type` is what its
// database says that it is, such as "GeoLite2-City", or empty: not known.
void advise(const ZoneSet& zones, const Atlas& atlas, std::string_view database_type,
            Diagnostics& diagnostics);

}  // namespace rhumb
