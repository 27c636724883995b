// The client maps of what is being loaded: which can be kept, which are to be compiled, and what
// the databases were like. It reads no database itself.
#pragma once

#include "base/error.h"
#include "server/loader.h"

namespace rhumb {

// Fills the maps and databases of `loaded`, whose config and zones stand. `before` (null: nothing)
// is served now: somebody waits only when nothing is.
void load_maps(Loaded& loaded, const Loaded* before, const MapCompiler& compile,
               Diagnostics& diagnostics);

// Looks anew at the databases that `config` names.
void stamp_databases(Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
