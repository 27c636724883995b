// Who compiles client maps, as a function: the helper in the server, something simpler in tests.
// Values only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "geo/client_map.h"
#include "geo/map_job.h"
#include "geo/maxmind.h"

namespace rhumb {

// What a compile works on, and what is to blame when it fails.
enum class JobPart : std::uint8_t { kDatabase, kAsnDatabase, kMaps };

struct CompiledMaps {
  std::vector<std::shared_ptr<const ClientMap>> of_rule;  // by the job's rules
  std::shared_ptr<const ClientMap> special;               // null if it was not asked for
  std::optional<DatabaseInfo> database;                   // nullopt: the job names none
  std::optional<DatabaseInfo> asn_database;
};

struct CompileFailure {
  JobPart part = JobPart::kMaps;
  std::string message;  // a sentence that names the database
};

using CompileResult = std::variant<CompiledMaps, CompileFailure>;

// kNow: somebody waits, and nothing is served yet. kSoon: somebody waits, and what is served goes
// first. kIdle: nobody waits, and everything else goes first.
enum class Haste : std::uint8_t { kNow, kSoon, kIdle };

// False: nobody wants it any more. Empty: it is wanted to the end.
using Wanted = std::function<bool()>;

// Asks `wanted` now and then, and may fail when it is not.
using MapCompiler =
    std::function<CompileResult(const MapJob& job, Haste haste, const Wanted& wanted)>;

}  // namespace rhumb
