// Loads all that is to be served: rhumb.yaml, the zones it names, and what ties them together. A
// load after the first reads again only what changed on disk. It serves nothing: the result is a
// value, or all errors.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "geo/maps.h"
#include "server/config.h"
#include "server/map_compiler.h"
#include "zones/builder.h"
#include "zones/counter_slots.h"
#include "zones/sources.h"
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

// A zone file with errors that a load has passed over.
struct BadZone {
  std::string path;
  std::string apex;  // of what is served in its place, as it was before; empty: nothing is
};

// What was served under apexes in the past, by apex_key().
using PastZones = std::unordered_map<std::string, Served>;
// Of apexes that have no zone now; the rest is forgotten.
inline constexpr std::size_t kMaxPastZones = 100'000;

struct Loaded {
  Config config;
  std::shared_ptr<const ZoneSet> zones;
  std::shared_ptr<const Maps> maps;       // null: nothing asks where a client is
  std::vector<LoadedDatabase> databases;  // of places, of AS numbers, as far as they are named
  std::vector<LoadedZone> files;          // sorted by path
  PastZones past;                         // of apexes that no zone has now
  CounterSlots counter_slots;             // of all zones so far
  std::size_t read = 0;                   // zones read from their files
  std::size_t kept = 0;                   // zones shared with the load before
  std::vector<BadZone> bad_zones;         // with BadZones::kKeep, by path
};

// What an earlier run has served of all zones, asked for once the configuration has been read.
using PastSource = std::function<PastZones(const Config& config, Diagnostics& diagnostics)>;

// What becomes of a load in which zone files have errors.
enum class BadZones : std::uint8_t {
  kRefuse,  // nothing
  kKeep     // all but these zones: they stay as they were before, or out if they were not served
};

struct LoadChoices {
  Sources sources = {};
  BadZones bad_zones = BadZones::kRefuse;  // without a load before, always so
};

// `before` is what is served now, or null: its zones are kept where no file changed, and the
// serials of the others go on from it; so are client maps that would come out the same. `compile`
// makes the others. Without `before`, serials go on from `past`, if given. Null when there was any
// error, want of memory included, save for those of BadZones::kKeep. The diagnostics come as
// Diagnostics::sort_by_place() has them.
std::shared_ptr<const Loaded> load(const std::string& config_path, const Loaded* before,
                                   Diagnostics& diagnostics, const MapCompiler& compile = {},
                                   const PastSource& past = {}, const LoadChoices& choices = {});

// `now` with maps of the databases as they are on disk, whatever else has changed there, made when
// nothing else is to be done. Null when there was any error, or when it is not `wanted` any more.
std::shared_ptr<const Loaded> load_maps_again(const Loaded& now, const MapCompiler& compile,
                                              Diagnostics& diagnostics, const Wanted& wanted = {});

// The folder that all paths of a pattern, or the one path, are beneath; with a final slash.
std::string fixed_part(const ZonePattern& pattern);

// With the final dot, in lower case.
std::string apex_key(const Name& apex);

// Resource records in all zones together.
std::uint64_t record_count(const ZoneSet& zones);

}  // namespace rhumb
