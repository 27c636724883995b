// The API's objects as JSON, as the reference describes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/monitor.h"
#include "server/reload.h"
#include "text/json.h"

namespace rhumb {

// Errors, warnings and bad zones of a reload that are listed; the log has them all.
inline constexpr std::size_t kMaxErrorsListed = 100;

void write_check(JsonWriter& json, const CheckSpec& spec, const CheckStatus& status,
                 std::int64_t now_ms);
// {"state","reason","until"}
void write_override(JsonWriter& json, const CheckOverride& said);
// {"label","reason","until"}, and what it takes out now.
void write_drain(JsonWriter& json, const Label& label, const Drain& said, const Drained& hit);
// All of them, in order of ids and labels.
void write_overrides(JsonWriter& json, const OperatorReport& report);
void write_drains(JsonWriter& json, const OperatorReport& report);
// "overrides", "drains", "orphans": how many there are
void write_operator_counts(JsonWriter& json, const OperatorReport& report);
// What is between an event and the one that was told before it.
struct EventGap {
  std::uint64_t missed = 0;  // so many are no longer kept
  bool restarted = false;    // that one was of another run
};
// The gap is not told where there is none.
void write_event(JsonWriter& json, const LoggedEvent& event, EventGap gap);
void write_zone(JsonWriter& json, const ZoneRef& ref, std::span<const std::uint64_t> alive);
void write_diagnostic(JsonWriter& json, const Diagnostic& diagnostic);
// [{"file","zone"}]; `zone` is null where nothing is served in its place.
void write_bad_zones(JsonWriter& json, const std::vector<BadZone>& zones);
void write_reload(JsonWriter& json, const ReloadOutcome& outcome);
void write_databases(JsonWriter& json, const std::vector<LoadedDatabase>& databases);
// {"healthy":…,"unhealthy":…,"unknown":…}
void write_check_counts(JsonWriter& json, const CheckReport& report);

}  // namespace rhumb
