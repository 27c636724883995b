// What a rhumb.yaml says of places, for tests of what is decided by them: the keys geo.overrides,
// regions, latency and cidrCollections. All else is the server's to read.
#pragma once

#include <string>

#include "base/error.h"
#include "geo/atlas.h"

namespace rhumb::testing {

Atlas read_atlas(const std::string& path, Diagnostics& diagnostics);

}  // namespace rhumb::testing
