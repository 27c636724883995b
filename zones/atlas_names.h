// Looks up in the atlas what the location rules of zones name: regions, collections and their
// locations.
#pragma once

#include <memory>
#include <span>

#include "base/error.h"
#include "geo/atlas.h"
#include "zones/zone.h"

namespace rhumb {

// Each name that is unknown is an error where it stands, with what was probably meant.
void look_up_locations(std::span<const std::shared_ptr<const Zone>> zones, const Atlas& atlas,
                       Diagnostics& diagnostics);

}  // namespace rhumb
