#include "zones/load.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "text/scalar.h"
#include "zones/master_file.h"
#include "zones/sources.h"
#include "zones/zone_yaml.h"

namespace rhumb {
namespace {

bool is_yaml(const std::string& path) {
  constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".json"};
  const std::string ending = std::filesystem::path(path).extension().string();
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view known) { return equal_ignoring_case(ending, known); });
}

// Reads the file; false when there is nothing to build from.
bool read_zone(const std::string& path, const LoadOptions& options, ZoneBuilder& builder,
               Diagnostics& diagnostics) {
  if (!is_yaml(path)) {
    MasterFileOptions of_file;
    of_file.sources = options.sources;
    return read_master_file(path, of_file, builder, diagnostics).files > 0;
  }
  const Result<SourceText> source = options.sources.read(path);
  if (!source.ok()) {
    diagnostics.error({.file = path, .line = 0, .column = 0}, source.error());
    builder.note_unnamed_check();
    return false;
  }
  return read_zone_yaml(source.value(), options.check_defaults, builder, diagnostics,
                        options.sources);
}

}  // namespace

LoadedFile load_zone(const std::string& path, const LoadOptions& options,
                     Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  ZoneBuilder builder;
  const bool is_read = read_zone(path, options, builder, diagnostics);
  LoadedFile loaded;
  // Even after errors: what is wrong between records is found only here.
  if (is_read) loaded.zone = builder.build(options.served, diagnostics);
  diagnostics.sort_by_place();  // not first by which step found it
  if (diagnostics.error_count() > errors) loaded.zone = nullptr;
  if (loaded.zone == nullptr) loaded.remains = builder.remains();
  return loaded;
}

std::string master_file_of(const std::string& yaml_path, const Sources& sources) {
  if (!is_yaml(yaml_path)) return {};
  const Result<SourceText> source = sources.read(yaml_path);
  return source.ok() ? master_file_in(source.value().text(), yaml_path) : std::string();
}

}  // namespace rhumb
