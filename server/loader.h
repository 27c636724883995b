// Loads all that is to be served: rhumb.yaml, the zones it names, and what ties them together. A
// load after the first reads again only what changed on disk. It serves nothing: the result is a
// value, or all errors.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "geo/maps.h"
#include "server/config.h"
#include "server/map_compiler.h"
#include "zones/source.h"
#include "zones/zone_set.h"

namespace rhumb {

// A zone with the file it stands in and the static records' file that this one names.
struct LoadedZone {
  std::string path;
  std::string master_file;  // empty: none
  std::shared_ptr<const Zone> zone;
};

// A database as it was when maps were compiled from it.
struct LoadedDatabase {
  SourceFile file;
  DatabaseInfo info;
};

struct Loaded {
  Config config;
  std::shared_ptr<const ZoneSet> zones;
  std::shared_ptr<const Maps> maps;       // null: nothing asks where a client is
  std::vector<LoadedDatabase> databases;  // of places, of AS numbers, as far as they are named
  std::vector<LoadedZone> files;          // sorted by path
  std::size_t read = 0;                   // zones read from their files
  std::size_t kept = 0;                   // zones shared with the load before
};

// `before` is what is served now, or null: its zones are kept where no file changed, and the
// serials of the others go on from it; so are client maps that would come out the same. `compile`
// makes the others. Null when there was any error, want of memory included. The diagnostics come as
// Diagnostics::sort_by_place() has them.
std::shared_ptr<const Loaded> load(const std::string& config_path, const Loaded* before,
                                   Diagnostics& diagnostics, const MapCompiler& compile = {});

// `now` with maps of the databases as they are on disk, whatever else has changed there. Null when
// there was any error.
std::shared_ptr<const Loaded> load_maps_again(const Loaded& now, const MapCompiler& compile,
                                              Diagnostics& diagnostics);

// Resource records in all zones together.
std::uint64_t record_count(const ZoneSet& zones);

}  // namespace rhumb
