// Reads one zone from its file, whatever its kind: *.yaml, *.yml and *.json are YAML zones, all
// else are RFC 1035 master files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "health/check.h"
#include "zones/builder.h"
#include "zones/remains.h"
#include "zones/sources.h"

namespace rhumb {

struct LoadOptions {
  CheckDefaults check_defaults;  // healthCheckDefaults of rhumb.yaml
  std::function<std::optional<Served>(const Name&)> served;
  Sources sources = {};
};

struct LoadedFile {
  std::shared_ptr<const Zone> zone;  // null when there was any error
  ZoneRemains remains;               // then: what is known of its checks
};

// Errors and warnings go into `diagnostics`.
LoadedFile load_zone(const std::string& path, const LoadOptions& options, Diagnostics& diagnostics);

// The file named by `masterFile:` in a YAML zone, resolved, without loading the zone; such a file
// is no zone of its own. Empty when there is none or the file cannot be read (load_zone says why).
std::string master_file_of(const std::string& yaml_path, const Sources& sources = {});

}  // namespace rhumb
