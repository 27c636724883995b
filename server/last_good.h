// The last good files: copies of all that was accepted last, kept in a folder of their own below
// stateDirectory, so that a start can be made with them when the files themselves have errors.
// Secrets are not copied. A copy that is in use is never written over, and the list of them is
// replaced last and whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/kept_manifest.h"
#include "server/loader.h"
#include "server/state_folder.h"
#include "server/state_writer.h"
#include "zones/sources.h"

namespace rhumb {

// Of all copies together, in octets; databases that find no room are not copied.
inline constexpr std::uint64_t kMaxKeptBytes = std::uint64_t{1} << 30U;
inline constexpr std::string_view kLastGoodFolder = "last-good";
inline constexpr char kManifestName[] = "files.jsonl";

// All that `loaded` was made of, save secrets; each entry with some number for its copy.
KeptManifest last_good_of(const Loaded& loaded, std::int64_t now_ms);

// Makes `folder` hold the files of `wanted`, copying those that it does not hold yet. With an
// error, or when a file is no longer what was accepted, it holds what it held before. Slow.
Kept keep_files(StateFolder& folder, KeptManifest wanted);

// What is kept below `state_directory` of the configuration at `config_path`. The error says why
// there is nothing that could be served.
Result<KeptFiles> find_last_good(const std::string& state_directory,
                                 const std::string& config_path);

// The stateDirectory that the file at `config_path` names, if this can be made out though the file
// has errors; else the one of the package.
std::string state_directory_at_a_glance(const std::string& config_path);
inline constexpr std::string_view kUsualStateDirectory = "/var/lib/rhumb";

}  // namespace rhumb
