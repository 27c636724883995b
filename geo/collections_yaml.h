// Reads the key `cidrCollections:` of rhumb.yaml: collections of named locations, each a list of
// networks.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/error.h"
#include "geo/atlas.h"
#include "text/yaml.h"

namespace rhumb {

// Requires: map.is_map(). {offices: {london: [192.0.2.0/24], berlin: [198.51.100.0/24,
// "2001:db8::/32"]}}. Within a collection a network has one location.
std::map<std::string, Collection, std::less<>> read_collections(YamlNode map,
                                                                Diagnostics& diagnostics);

}  // namespace rhumb
