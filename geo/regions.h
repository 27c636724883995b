// Regions of AWS, Google Cloud and Azure by the names that those give them, each at the city that
// its provider names, or where none does, at a city of the state or country named. A latency or a
// proximity is estimated from there; the places of buildings are nobody's to publish.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "geo/place.h"

namespace rhumb {

// Names are lower-case and match exactly; nullopt: there is no such region.
[[nodiscard]] std::optional<Coordinates> built_in_region(std::string_view name);

// All names, to suggest one from.
[[nodiscard]] std::vector<std::string_view> built_in_region_names();

}  // namespace rhumb
