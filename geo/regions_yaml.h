// Reads the key `regions:` of rhumb.yaml: names of places with their coordinates.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "geo/place.h"
#include "text/yaml.h"

namespace rhumb {

// Requires: map.is_map(). {london: {latitude: 51.51, longitude: -0.13}}
std::map<std::string, Coordinates, std::less<>> read_regions(YamlNode map,
                                                             Diagnostics& diagnostics);

}  // namespace rhumb
