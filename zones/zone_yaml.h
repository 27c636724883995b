// YAML zones (docs/zones.md): the meaning of their keys, read strictly into a ZoneBuilder.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "health/check.h"
#include "zones/builder.h"
#include "zones/sources.h"

namespace rhumb {

// Reads the zone in `source`, and the master file it names, into `builder`; all errors, each at its
// column. `check_defaults` are those of rhumb.yaml; the zone's own win. False when it is no YAML or
// the zone has no name, so that there is nothing to build.
bool read_zone_yaml(const SourceText& source, const CheckDefaults& check_defaults,
                    ZoneBuilder& builder, Diagnostics& diagnostics, const Sources& sources = {});

// The same over text in memory that stands for `file`, for tests and fuzzing.
bool read_zone_yaml_text(std::string_view text, const SourceFile& file,
                         const CheckDefaults& check_defaults, ZoneBuilder& builder,
                         Diagnostics& diagnostics, const Sources& sources = {});

// The file that `masterFile:` names in this text, resolved beside `path`; empty when there is none.
std::string master_file_in(std::string_view text, const std::string& path);

}  // namespace rhumb
