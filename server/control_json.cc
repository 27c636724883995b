#include "server/control_json.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "health/gates.h"
#include "server/clock.h"
#include "server/lanes.h"
#include "zones/digest.h"

namespace rhumb {
namespace {

void write_text(JsonWriter& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.text(value);
}

void write_count(JsonWriter& json, std::string_view key, std::uint64_t value) {
  json.key(key);
  json.whole_unsigned(value);
}

void write_flag(JsonWriter& json, std::string_view key, bool value) {
  json.key(key);
  json.boolean(value);
}

void write_time(JsonWriter& json, std::string_view key, std::int64_t unix_ms) {
  write_text(json, key, to_rfc3339(unix_ms));
}

void write_last_probe(JsonWriter& json, const std::optional<LastProbe>& last) {
  json.key("lastProbe");
  if (!last) return json.null();
  json.begin_object();
  json.key("ok");
  json.boolean(last->ok);
  write_time(json, "at", last->at_ms);
  json.key("durationMs");
  json.whole(last->duration_ms);
  write_text(json, "reason", last->reason);
  json.end_object();
}

void write_until(JsonWriter& json, std::optional<std::int64_t> until_ms) {
  if (until_ms) return write_time(json, "until", *until_ms);
  json.key("until");
  json.null();
}

void write_drain_members(JsonWriter& json, const Label& label, const Drain& said) {
  write_text(json, "label", to_string(label));
  write_text(json, "reason", said.reason);
  write_until(json, said.until_ms);
}

void write_operator(JsonWriter& json, const CheckStatus& status) {
  json.key("override");
  if (status.override_of) {
    write_override(json, *status.override_of);
  } else {
    json.null();
  }
  json.key("drains");
  json.begin_array();
  for (const auto& [label, said] : status.drains) {
    json.begin_object();
    write_drain_members(json, label, said);
    json.end_object();
  }
  json.end_array();
}

std::unordered_set<std::string_view> ids_of(const OperatorReport& report) {
  std::unordered_set<std::string_view> ids;
  if (report.zones == nullptr || report.said.overrides().empty()) return ids;
  for (const CheckSpec& spec : report.zones->checks()) ids.insert(spec.id);
  return ids;
}

// What each drain takes out.
std::map<Label, Drained> hits_of(const OperatorReport& report) {
  std::map<Label, Drained> hits;
  if (report.zones == nullptr || report.said.drains().empty()) return hits;
  for (const CheckSpec& spec : report.zones->checks()) {
    for (const Label& label : report.said.drains_of(spec.labels)) ++hits[label].checks;
  }
  for_each_set(*report.zones, [&](GateNumber /*gate*/, const GroupInfo::Set& set) {
    for (const Label& label : report.said.drains_of(set.labels)) ++hits[label].sets;
  });
  return hits;
}

// Why the state is what it is, and what it would be without an operator.
std::string reason_of(const CheckStatus& status) {
  if (status.said_reason.empty()) return status.reason;
  const std::string otherwise = "; otherwise " + std::string(to_string(status.followed));
  return status.said_reason + otherwise + (status.reason.empty() ? "" : ": " + status.reason);
}

void write_hold(JsonWriter& json, const CheckSpec& spec, const Held& held) {
  json.key("holds");
  switch (held.by) {
    case Hold::kNone:
      return json.null();
    case Hold::kHoldDown:
      return json.text(
          "held down for " + to_short_time_left(held.left_ms) +
          (spec.inverted ? " more after its probes failed" : " more after it turned unhealthy"));
    case Hold::kOperator:
      return json.text("waits for `rhumb recover " + spec.id + "`");
  }
}

void write_group(JsonWriter& json, const GroupInfo& info, const Group& group,
                 std::uint32_t gate_base, std::span<const std::uint64_t> alive) {
  std::uint64_t sets_alive = 0;
  for (std::uint32_t i = 0; i < group.set_count; ++i) {
    if (gate_bit(alive, gate_base + group.first_gate + i)) ++sets_alive;
  }
  json.begin_object();
  write_text(json, "name", to_string(info.owner));
  write_text(json, "type", to_string(info.type));
  write_text(json, "policy", to_string(group.policy));
  write_count(json, "sets", group.set_count);
  write_count(json, "alive", sets_alive);
  json.end_object();
}

}  // namespace

void write_check(JsonWriter& json, const CheckSpec& spec, const CheckStatus& status,
                 std::int64_t now_ms) {
  json.begin_object();
  write_text(json, "id", spec.id);
  write_text(json, "type", to_string(spec.type));
  write_text(json, "state", to_string(status.verdict));
  write_text(json, "measured", to_string(status.state.measured));
  write_time(json, "since", status.state.since_ms);
  json.key("labels");
  json.begin_object();
  for (const auto& [label, value] : spec.labels) write_text(json, label, value);
  json.end_object();
  write_operator(json, status);
  write_last_probe(json, status.last);
  write_count(json, "consecutive", status.state.streak);
  write_hold(json, spec, held(status.state, spec, now_ms));
  write_text(json, "reason", reason_of(status));
  write_flag(json, "disabled", spec.disabled);
  write_flag(json, "inverted", spec.inverted);
  json.end_object();
}

void write_override(JsonWriter& json, const CheckOverride& said) {
  json.begin_object();
  write_text(json, "state", to_string(said.state));
  write_text(json, "reason", said.reason);
  write_until(json, said.until_ms);
  json.end_object();
}

void write_drain(JsonWriter& json, const Label& label, const Drain& said, const Drained& hit) {
  json.begin_object();
  write_drain_members(json, label, said);
  write_count(json, "checks", hit.checks);
  write_count(json, "recordSets", hit.sets);
  json.key("orphaned");
  json.boolean(hit.checks + hit.sets == 0);
  json.end_object();
}

void write_overrides(JsonWriter& json, const OperatorReport& report) {
  const auto ids = ids_of(report);
  json.begin_array();
  for (const auto& [id, said] : report.said.overrides()) {
    json.begin_object();
    write_text(json, "id", id);
    write_text(json, "state", to_string(said.state));
    write_text(json, "reason", said.reason);
    write_until(json, said.until_ms);
    json.key("orphaned");
    json.boolean(!ids.contains(id));
    json.end_object();
  }
  json.end_array();
}

void write_drains(JsonWriter& json, const OperatorReport& report) {
  auto hits = hits_of(report);
  json.begin_array();
  for (const auto& [label, said] : report.said.drains()) {
    write_drain(json, label, said, hits[label]);
  }
  json.end_array();
}

void write_operator_counts(JsonWriter& json, const OperatorReport& report) {
  const auto ids = ids_of(report);
  const auto is_orphan = [&](const auto& said) { return !ids.contains(said.first); };
  const auto orphans = std::ranges::count_if(report.said.overrides(), is_orphan);
  write_count(json, "overrides", report.said.overrides().size());
  write_count(json, "drains", report.said.drains().size());
  write_count(json, "orphans", static_cast<std::uint64_t>(orphans));
}

void write_event(JsonWriter& json, const LoggedEvent& event, EventGap gap) {
  json.begin_object();
  write_count(json, "sequence", event.sequence);
  if (gap.missed > 0) write_count(json, "missed", gap.missed);
  if (gap.restarted) {
    json.key("restarted");
    json.boolean(true);
  }
  write_time(json, "at", event.at_ms);
  write_text(json, "kind", to_string(event.kind));
  write_text(json, "id", event.id);
  write_text(json, "from", event.from);
  write_text(json, "to", event.to);
  write_text(json, "reason", event.reason);
  json.end_object();
}

void write_zone(JsonWriter& json, const ZoneRef& ref, std::span<const std::uint64_t> alive) {
  const ZoneInfo& info = ref.zone->info();
  json.begin_object();
  write_text(json, "zone", to_string(info.apex));
  write_count(json, "serial", info.serial);
  write_text(json, "digest", digest_text(info.digest));
  write_count(json, "records", info.records);
  json.key("files");
  json.begin_array();
  for (const SourceFile& source : info.sources) json.text(source.path);
  json.end_array();
  json.key("groups");
  json.begin_array();
  const auto groups = ref.zone->groups();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    write_group(json, info.groups[i], groups[i], ref.gate_base, alive);
  }
  json.end_array();
  json.end_object();
}

void write_diagnostic(JsonWriter& json, const Diagnostic& diagnostic) {
  json.begin_object();
  const bool is_error = diagnostic.severity == Severity::kError;
  write_text(json, "severity", is_error ? "error" : "warning");
  write_text(json, "file", diagnostic.place.file);
  write_count(json, "line", diagnostic.place.line);
  write_count(json, "column", diagnostic.place.column);
  write_text(json, "message", diagnostic.message);
  json.end_object();
}

void write_bad_zones(JsonWriter& json, const std::vector<BadZone>& zones) {
  json.begin_array();
  std::size_t listed = 0;
  for (const BadZone& zone : zones) {
    if (listed++ == kMaxErrorsListed) break;
    json.begin_object();
    write_text(json, "file", zone.path);
    json.key("zone");
    if (zone.apex.empty()) {
      json.null();
    } else {
      json.text(zone.apex);
    }
    json.end_object();
  }
  json.end_array();
}

void write_reload(JsonWriter& json, const ReloadOutcome& outcome) {
  json.begin_object();
  json.key("ok");
  json.boolean(outcome.ok);
  write_time(json, "at", outcome.at_ms);
  json.key("seconds");
  json.number(static_cast<double>(outcome.duration_ms) / 1000.0);
  write_count(json, "zonesRead", outcome.read);
  write_count(json, "zonesKept", outcome.kept);
  const auto write_all = [&](std::string_view key, Severity severity) {
    json.key(key);
    json.begin_array();
    std::size_t listed = 0;
    for (const Diagnostic& found : outcome.diagnostics.all()) {
      if (found.severity != severity || listed++ >= kMaxErrorsListed) continue;
      json.text(to_string(found));
    }
    json.end_array();
  };
  write_count(json, "errorCount", outcome.diagnostics.error_count());
  write_all("errors", Severity::kError);
  write_all("warnings", Severity::kWarning);
  json.key("badZones");
  write_bad_zones(json, outcome.bad_zones);
  json.end_object();
}

void write_databases(JsonWriter& json, const std::vector<LoadedDatabase>& databases) {
  json.begin_array();
  for (const auto& [file, info] : databases) {
    json.begin_object();
    write_text(json, "file", file.path);
    write_text(json, "type", info.type);
    write_time(json, "builtAt", static_cast<std::int64_t>(info.build_time_s) * 1000);
    write_count(json, "networks", info.networks);
    json.end_object();
  }
  json.end_array();
}

void write_check_counts(JsonWriter& json, const CheckReport& report) {
  json.begin_object();
  for (const Health health : {Health::kHealthy, Health::kUnhealthy, Health::kUnknown}) {
    const auto has = [health](const CheckStatus& status) { return status.verdict == health; };
    const auto count = std::count_if(report.statuses.begin(), report.statuses.end(), has);
    write_count(json, to_string(health), static_cast<std::uint64_t>(count));
  }
  json.end_object();
}

}  // namespace rhumb
