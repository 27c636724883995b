// The API's objects as JSON, as the reference describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/monitor.h"
#include "server/reload.h"
#include "text/json.h"

namespace rhumb {

// Errors and warnings of a reload that are listed; the log has them all.
inline constexpr std::size_t kMaxErrorsListed = 100;

void write_check(JsonWriter& json, const CheckSpec& spec, const CheckStatus& status,
                 std::int64_t now_ms);
void write_zone(JsonWriter& json, const ZoneRef& ref, std::span<const std::uint64_t> alive);
void write_diagnostic(JsonWriter& json, const Diagnostic& diagnostic);
void write_reload(JsonWriter& json, const ReloadOutcome& outcome);
void write_databases(JsonWriter& json, const std::vector<LoadedDatabase>& databases);
// {"healthy":…,"unhealthy":…,"unknown":…}
void write_check_counts(JsonWriter& json, const CheckReport& report);

// 16 digits, as a digest is written.
std::string hex(std::uint64_t value);

}  // namespace rhumb
