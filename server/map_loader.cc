#include "server/map_loader.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "text/quote.h"

namespace rhumb {
namespace {

using KnownMaps = std::unordered_map<std::string, std::shared_ptr<const ClientMap>>;

// Where all that concerns a database stands.
struct Database {
  JobPart part;
  std::optional<SourceFile> AtlasFiles::*file;
  Place AtlasFiles::*place;
  std::string Atlas::*path;
  std::optional<DatabaseInfo> CompiledMaps::*info;
};

constexpr std::array<Database, 2> kDatabases = {
    {{JobPart::kDatabase, &AtlasFiles::database, &AtlasFiles::database_place, &Atlas::database,
      &CompiledMaps::database},
     {JobPart::kAsnDatabase, &AtlasFiles::asn_database, &AtlasFiles::asn_database_place,
      &Atlas::asn_database, &CompiledMaps::asn_database}}};

Place place_of(const Config& config, JobPart part) {
  for (const Database& database : kDatabases) {
    if (database.part == part) return config.atlas_files.*database.place;
  }
  return {config.path, 0, 0};
}

std::vector<SourceFile> files_of(const Config& config) {
  std::vector<SourceFile> files;
  for (const Database& database : kDatabases) {
    const auto& file = config.atlas_files.*database.file;
    if (file) files.push_back(*file);
  }
  return files;
}

bool are_same(const std::vector<SourceFile>& now, const std::vector<LoadedDatabase>& then) {
  return std::ranges::equal(now, then, [](const SourceFile& a, const LoadedDatabase& b) {
    return a.path == b.file.path && a.stamp == b.file.stamp;
  });
}

// Whether it asks where a client is, rather than only for its address.
bool asks_database(const Rule& rule) {
  return !std::holds_alternative<CidrLocation>(rule.locations.front());
}

bool asks_for_clients(const ZoneSet& zones) {
  return !zones.rules().empty() || std::ranges::any_of(zones.zones(), [](const auto& zone) {
    return std::ranges::any_of(zone->groups(), [](const Group& group) { return group.sticky; });
  });
}

// What rules read of an atlas beside databases, and whether two atlases have it alike.
class Sameness {
 public:
  Sameness(const Atlas& then, const Atlas& now, bool same_databases)
      : then_(then),
        now_(now),
        databases_(same_databases),
        overrides_(then.overrides == now.overrides),
        regions_(then.regions == now.regions),
        latencies_(then.latencies == now.latencies) {}

  // Of the map of special-purpose addresses.
  [[nodiscard]] bool overrides() const { return overrides_; }
  // All that the rule's map is made of.
  [[nodiscard]] bool has(const Rule& rule) const {
    return std::ranges::all_of(rule.locations, [this](const Location& location) {
      return std::visit([this](const auto& kind) { return has(kind); }, location);
    });
  }

 private:
  [[nodiscard]] bool has(const Area& /*area*/) const { return databases_ && overrides_; }
  [[nodiscard]] bool has(const LatencyRegion& /*region*/) const {
    return databases_ && overrides_ && regions_ && latencies_;
  }
  [[nodiscard]] bool has(const Proximity& /*proximity*/) const {
    return databases_ && overrides_ && regions_;
  }
  [[nodiscard]] bool has(const CidrLocation& location) const {
    const auto then = then_.collections.find(location.collection);
    const auto now = now_.collections.find(location.collection);
    const bool both = then != then_.collections.end() && now != now_.collections.end();
    return both && then->second == now->second;
  }

  const Atlas& then_;
  const Atlas& now_;
  const bool databases_;
  const bool overrides_;
  const bool regions_;
  const bool latencies_;
};

// The maps of `before` that would come out the same now, by their rules' keys.
KnownMaps maps_to_keep(const Loaded& before, const Sameness& same) {
  KnownMaps known;
  if (before.maps == nullptr) return known;
  const auto rules = before.zones->rules();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (same.has(rules[i])) known.emplace(key_of(rules[i]), before.maps->of_rule[i]);
  }
  return known;
}

// Takes over into `maps` what can be kept of `before`. Returns the job that is left, yet without an
// atlas.
MapJob plan(const Loaded& loaded, const Loaded* before, bool same_databases, Maps& maps) {
  KnownMaps known;
  if (before != nullptr) {
    const Sameness same(before->config.atlas, loaded.config.atlas, same_databases);
    known = maps_to_keep(*before, same);
    if (same.overrides() && before->maps != nullptr) maps.special = before->maps->special;
  }
  MapJob job;
  for (const Rule& rule : loaded.zones->rules()) {
    const auto found = known.find(key_of(rule));
    maps.of_rule.push_back(found == known.end() ? nullptr : found->second);
    if (found == known.end()) job.rules.push_back(rule);
  }
  job.special = maps.special == nullptr && asks_for_clients(*loaded.zones);
  return job;
}

void give_atlas(MapJob& job, const Atlas& atlas, bool same_databases) {
  job.atlas = atlas;
  if (!same_databases || std::ranges::any_of(job.rules, asks_database)) return;
  for (const Database& database : kDatabases) (job.atlas.*database.path).clear();
}

// Puts what was made where nothing could be kept.
void complete(Maps& maps, CompiledMaps& made) {
  auto next = made.of_rule.begin();
  for (auto& map : maps.of_rule) {
    if (map == nullptr) map = std::move(*next++);
  }
  if (made.special != nullptr) maps.special = std::move(made.special);
}

std::vector<LoadedDatabase> databases_of(const std::vector<SourceFile>& files,
                                         const CompiledMaps& made) {
  std::vector<LoadedDatabase> databases;
  databases.reserve(files.size());
  for (const SourceFile& file : files) databases.push_back({file, {}});
  auto next = databases.begin();
  for (const Database& database : kDatabases) {
    const auto& info = made.*database.info;
    if (info && next != databases.end()) (next++)->info = *info;
  }
  return databases;
}

// What is read by another process may have been written meanwhile.
bool are_unchanged(const Config& config, const MapJob& job, Diagnostics& diagnostics) {
  for (const Database& database : kDatabases) {
    const auto& file = config.atlas_files.*database.file;
    const std::string& opened = job.atlas.*database.path;
    if (!file || opened.empty() || opened != file->path) continue;  // a kept copy stays as it is
    const Result<FileStamp> now = stamp_file(file->path);
    if (now.ok() && now.value() == file->stamp) continue;
    diagnostics.error(config.atlas_files.*database.place,
                      "the database " + path_in_quotes(file->path) + " changed while it was read");
    return false;
  }
  return true;
}

CompileResult run(const Compiling& compiling, const MapJob& job) {
  if (compiling.by) return compiling.by(job, compiling.haste, compiling.wanted);
  return CompileFailure{JobPart::kMaps, "nothing here compiles client maps"};
}

}  // namespace

void load_maps(Loaded& loaded, const Loaded* before, const Compiling& compiling,
               Diagnostics& diagnostics) {
  const std::vector<SourceFile> files = files_of(loaded.config);
  const bool same_databases =
      before == nullptr ? files.empty() : are_same(files, before->databases);
  auto maps = std::make_shared<Maps>();
  MapJob job = plan(loaded, before, same_databases, *maps);
  loaded.maps = nullptr;
  if (!same_databases || !job.rules.empty() || job.special) {
    give_atlas(job, loaded.config.atlas, same_databases);
    CompileResult result = run(compiling, job);
    if (const auto* failure = std::get_if<CompileFailure>(&result)) {
      return diagnostics.error(place_of(loaded.config, failure->part), failure->message);
    }
    if (!are_unchanged(loaded.config, job, diagnostics)) return;
    complete(*maps, std::get<CompiledMaps>(result));
    if (!same_databases) loaded.databases = databases_of(files, std::get<CompiledMaps>(result));
  }
  if (same_databases && before != nullptr) loaded.databases = before->databases;
  if (asks_for_clients(*loaded.zones)) loaded.maps = std::move(maps);
}

void stamp_databases(Config& config, Diagnostics& diagnostics) {
  for (const Database& database : kDatabases) {
    auto& file = config.atlas_files.*database.file;
    if (!file) continue;
    const Result<FileStamp> now = stamp_file(file->path);
    config.atlas.*database.path = file->path;  // where a kept copy stood for it till now
    if (now.ok()) {
      file->stamp = now.value();
    } else {
      diagnostics.error(config.atlas_files.*database.place,
                        "the database " + path_in_quotes(file->path) + " " + now.error());
    }
  }
}

}  // namespace rhumb
