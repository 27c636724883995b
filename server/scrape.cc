#include "server/scrape.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "server/version.h"

namespace rhumb {
namespace {

double seconds(std::int64_t unix_ms) { return static_cast<double>(unix_ms) / 1000.0; }

ReloadValues reload_values(Reloader& reloader) {
  const ReloadCounts counts = reloader.counts();
  const auto pending = reloader.pending();
  const auto current = reloader.current();
  return {.ok = counts.ok,
          .failed = counts.failed,
          .pending_errors = pending ? pending->errors : 0,
          .last_success_s = seconds(counts.last_success_ms),
          .bad_zones = current->bad_zones.size(),
          .last_good = current->config.sources.kept() != nullptr};
}

std::vector<CheckValues> check_values(const CheckReport& report) {
  std::vector<CheckValues> values;
  values.reserve(report.statuses.size());
  for (std::size_t i = 0; i < report.statuses.size(); ++i) {
    const CheckSpec& spec = report.zones->checks()[report.first + i];
    const CheckStatus& status = report.statuses[i];
    values.push_back({.id = spec.id,
                      .type = spec.type,
                      .up = status.verdict != Health::kUnhealthy,
                      .measured_up = status.found != Health::kUnhealthy,
                      .overridden = status.override_of.has_value(),
                      .counts = status.counters});
  }
  return values;
}

// Overrides that wait for their checks.
std::vector<std::string> orphans_of(const CheckReport& report, const Operator& said) {
  std::vector<std::string> orphans;
  if (said.overrides().empty()) return orphans;
  std::unordered_set<std::string_view> known;
  if (report.zones != nullptr) {
    for (const CheckSpec& spec : report.zones->checks()) known.insert(spec.id);
  }
  for (const auto& [id, over] : said.overrides()) {
    if (!known.contains(id)) orphans.push_back(id);
  }
  return orphans;
}

std::optional<std::uint64_t> oldest_build(const std::vector<LoadedDatabase>& databases) {
  std::optional<std::uint64_t> oldest;
  for (const LoadedDatabase& database : databases) {
    const std::uint64_t built_s = database.info.build_time_s;
    oldest = oldest ? std::min(*oldest, built_s) : built_s;
  }
  return oldest;
}

}  // namespace

MetricsValues scrape(const ServerFacts& facts, Monitor& monitor, Reloader& reloader) {
  MetricsValues values;
  values.version = version();
  values.started_s = seconds(facts.clock.started_ms());
  values.process = process_facts();
  if (facts.counters != nullptr) values.dns = facts.counters->sum();
  if (facts.tap != nullptr) values.tap = facts.tap->counts();
  const auto loaded = reloader.current();
  values.slots = loaded->counter_slots;
  values.database_built_s = oldest_build(loaded->databases);
  Overview overview = monitor.overview();
  values.zones = std::move(overview.zones);
  values.alive = std::move(overview.alive);
  values.standing = std::move(overview.standing);
  const CheckReport report = monitor.checks(Words::kLeftOut);
  values.checks = check_values(report);
  const Operator said = monitor.said().said;
  values.orphans = orphans_of(report, said);
  for (const auto& [label, drain] : said.drains()) values.drains.push_back(to_string(label));
  values.probes = monitor.probe_times();
  values.reloads = reload_values(reloader);
  values.state_write_failed = facts.state_problem && !facts.state_problem().empty();
  values.helper_up = facts.helper == nullptr || facts.helper->problem().empty();
  if (facts.helper != nullptr) values.helper_restarts = facts.helper->restarts().count;
  return values;
}

}  // namespace rhumb
