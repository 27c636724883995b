// What the server tells Prometheus, as a function from values to text. Labels are of what is
// configured; an asked name is never one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "health/check.h"
#include "server/check_status.h"
#include "server/counters.h"
#include "server/probe_times.h"
#include "server/process_facts.h"
#include "server/tap.h"
#include "zones/counter_slots.h"
#include "zones/zone_set.h"

namespace rhumb {

// Groups that are told of; of more, those of the first zones.
inline constexpr std::size_t kMaxMetricsGroups = 100'000;

struct CheckValues {
  std::string id;
  CheckType type = CheckType::kHttp;
  bool up = true;           // the verdict is not unhealthy
  bool measured_up = true;  // the same without any operator
  bool overridden = false;
  CheckCounters counts = {};
};

struct ReloadValues {
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t pending_errors = 0;
  double last_success_s = 0;  // Unix time; of the start, when there was no reload since
  std::uint64_t bad_zones = 0;
  bool last_good = false;  // instead of the files on disk
};

// Everything at about one time.
struct MetricsValues {
  std::string_view version;
  double started_s = 0;  // Unix time
  ProcessFacts process;
  DnsCounts dns;
  TapCounts tap;
  CounterSlots slots;
  std::shared_ptr<const ZoneSet> zones;  // null: nothing is in force yet
  std::vector<std::uint64_t> alive;      // as in View
  std::vector<std::uint64_t> standing;   // as in View
  std::vector<CheckValues> checks;
  std::vector<std::string> orphans;  // ids of overrides without a check
  std::vector<std::string> drains;   // labels, at most kMaxDrains
  ProbeTimes::Read probes;
  ReloadValues reloads;
  bool state_write_failed = false;
  bool helper_up = true;
  std::uint32_t helper_restarts = 0;
  std::optional<std::uint64_t> database_built_s;  // Unix time, of the oldest in use
};

std::string metrics_text(const MetricsValues& values);

}  // namespace rhumb
