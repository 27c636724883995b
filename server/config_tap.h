// The keys of rhumb.yaml for those who want to see queries: `dnstap` and `queryLog`.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

// Reads both into the config's `tap`. Requires: the config has its answer options already.
void read_tap(Fields& fields, Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
