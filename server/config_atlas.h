// The keys of rhumb.yaml that tell where sites and clients are: geo, regions, latency and
// cidrCollections, and the files that they name. It opens no database, only looks whether it is
// there.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

// Fills `config.atlas` and `config.atlas_files`. What `before` (null: nothing) had from a file that
// has not changed since is taken from there.
void read_atlas(Fields& fields, const Config* before, Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
