// The client maps of what is being loaded: which can be kept, which are to be compiled, and what
// the databases were like. It reads no database itself.
#pragma once

#include "base/error.h"
#include "server/loader.h"
#include "server/map_compiler.h"

namespace rhumb {

// How maps are compiled. Borrows the compiler.
struct Compiling {
  const MapCompiler& by;
  Haste haste = Haste::kNow;
  Wanted wanted{};
};

// Fills the maps and databases of `loaded`, whose config and zones stand. `before` (null: nothing)
// is served now.
void load_maps(Loaded& loaded, const Loaded* before, const Compiling& compiling,
               Diagnostics& diagnostics);

// Looks anew at the databases that `config` names.
void stamp_databases(Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
