#include "tests/answer/atlas_yaml.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "geo/collections_yaml.h"
#include "geo/latency_csv.h"
#include "geo/overrides_yaml.h"
#include "geo/regions_yaml.h"
#include "text/fields.h"
#include "text/yaml.h"

namespace rhumb::testing {
namespace {

std::string text_of_file(const std::string& path, Diagnostics& diagnostics) {
  std::ifstream file(path);
  if (!file) diagnostics.error({.file = path}, "cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string beside(const std::string& path, std::string_view name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

}  // namespace

Atlas read_atlas(const std::string& path, Diagnostics& diagnostics) {
  Atlas atlas;
  const auto document = read_yaml(text_of_file(path, diagnostics), path, diagnostics);
  if (!document) return atlas;
  Fields fields(document->root(), diagnostics);
  if (const auto map = fields.map("geo")) {
    Fields geo(*map, diagnostics);
    if (const auto name = geo.text("overrides")) {
      const std::string file = beside(path, *name);
      atlas.overrides = read_overrides(text_of_file(file, diagnostics), file, diagnostics);
    }
    geo.finish();
  }
  if (const auto map = fields.map("regions")) atlas.regions = read_regions(*map, diagnostics);
  if (const auto name = fields.text("latency")) {
    const std::string file = beside(path, *name);
    atlas.latencies = read_latencies(text_of_file(file, diagnostics), file, atlas, diagnostics);
  }
  if (const auto map = fields.map("cidrCollections")) {
    atlas.collections = read_collections(*map, diagnostics);
  }
  fields.finish();
  return atlas;
}

}  // namespace rhumb::testing
