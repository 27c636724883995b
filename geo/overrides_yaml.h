// Reads the file behind `geo.overrides`: a YAML list of networks with what is known of them.
// Strict; opens no file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "geo/atlas.h"

namespace rhumb {

// In the order of the file; a country without a continent has got its own. `path` is what errors
// name. After an error the overrides are only good for finding more.
std::vector<Override> read_overrides(std::string_view text, const std::string& path,
                                     Diagnostics& diagnostics);

}  // namespace rhumb
