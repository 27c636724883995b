#include "server/config_atlas.h"

#include <optional>
#include <string>
#include <string_view>

#include "geo/collections_yaml.h"
#include "geo/latency_csv.h"
#include "geo/overrides_yaml.h"
#include "geo/regions_yaml.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr ForeignKey kGeoKeys[] = {{"cityDatabase", "database"}, {"countryDatabase", "database"},
                                   {"city", "database"},         {"country", "database"},
                                   {"mmdb", "database"},         {"geoip_db", "database"},
                                   {"asn", "asnDatabase"},       {"networks", "overrides"},
                                   {"nets", "overrides"}};

// The path that `key` names as seen from here; nullopt: none.
std::optional<std::string> path_of(Fields& fields, std::string_view key, const Config& config) {
  const auto given = fields.text(key);
  if (!given) return std::nullopt;
  return path_beside(config.path, *given);
}

void refuse(Fields& fields, std::string_view key, const std::string& path,
            const std::string& reason) {
  fields.error(key, "the file " + path_in_quotes(path) + ": " + reason);
}

// Only looked at; who compiles client maps reads it, at the path that is returned. That is empty if
// there is none.
std::string read_database(Fields& geo, std::string_view key, const Config& config,
                          std::optional<SourceFile>& file, Place& place) {
  const std::optional<std::string> path = path_of(geo, key, config);
  place = geo.place_of(key);
  if (!path) return {};
  const Result<FileStamp> stamp = config.sources.stamp(*path);
  if (!stamp.ok()) {
    refuse(geo, key, *path, stamp.error());
    return {};
  }
  file = SourceFile{.path = *path, .stamp = stamp.value()};
  return config.sources.path_to_open(*path);
}

bool is_file_unchanged(const std::string& path, const std::optional<SourceFile>& before) {
  if (!before || before->path != path) return false;
  const Result<FileStamp> now = stamp_file(path);
  return now.ok() && now.value() == before->stamp;
}

std::optional<SourceText> open_file(Fields& fields, std::string_view key, const std::string& path,
                                    const Config& config) {
  Result<SourceText> source = config.sources.read(path);
  if (source.ok()) return std::move(source).value();
  refuse(fields, key, path, source.error());
  return std::nullopt;
}

void read_overrides_file(Fields& geo, const Config* before, Config& config,
                         Diagnostics& diagnostics) {
  const std::optional<std::string> path = path_of(geo, "overrides", config);
  if (!path) return;
  if (before != nullptr && is_file_unchanged(*path, before->atlas_files.overrides)) {
    config.atlas_files.overrides = before->atlas_files.overrides;
    config.atlas.overrides = before->atlas.overrides;
  } else if (const auto source = open_file(geo, "overrides", *path, config)) {
    config.atlas_files.overrides = source->file();
    config.atlas.overrides = read_overrides(source->text(), *path, diagnostics);
  }
}

void read_geo(YamlNode map, const Config* before, Config& config, Diagnostics& diagnostics) {
  Fields geo(map, diagnostics);
  AtlasFiles& files = config.atlas_files;
  config.atlas.database =
      read_database(geo, "database", config, files.database, files.database_place);
  config.atlas.asn_database =
      read_database(geo, "asnDatabase", config, files.asn_database, files.asn_database_place);
  read_overrides_file(geo, before, config, diagnostics);
  geo.finish(kGeoKeys);
}

// It names regions, so they are read before, and it is read again when they are others.
void read_latency_file(Fields& fields, const Config* before, Config& config,
                       Diagnostics& diagnostics) {
  const std::optional<std::string> path = path_of(fields, "latency", config);
  if (!path) return;
  if (before != nullptr && before->atlas.regions == config.atlas.regions &&
      is_file_unchanged(*path, before->atlas_files.latency)) {
    config.atlas_files.latency = before->atlas_files.latency;
    config.atlas.latencies = before->atlas.latencies;
  } else if (const auto source = open_file(fields, "latency", *path, config)) {
    config.atlas_files.latency = source->file();
    config.atlas.latencies = read_latencies(source->text(), *path, config.atlas, diagnostics);
  }
}

}  // namespace

void read_atlas(Fields& fields, const Config* before, Config& config, Diagnostics& diagnostics) {
  if (const auto map = fields.map("geo")) read_geo(*map, before, config, diagnostics);
  if (const auto map = fields.map("regions")) {
    config.atlas.regions = read_regions(*map, diagnostics);
  }
  read_latency_file(fields, before, config, diagnostics);
  if (const auto map = fields.map("cidrCollections")) {
    config.atlas.collections = read_collections(*map, diagnostics);
  }
}

}  // namespace rhumb
