// What is told of a check: plain values that the health thread gives away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "health/machine.h"
#include "server/last_probe.h"
#include "server/operator.h"

namespace rhumb {

// Since the check has its id.
struct CheckCounters {
  std::uint64_t probes_ok = 0;
  std::uint64_t probes_failed = 0;
  std::uint64_t probes_no_data = 0;  // told nothing, and moved nothing
  std::uint64_t to_healthy = 0;      // changes of the verdict
  std::uint64_t to_unhealthy = 0;
};

// Whether a status has its reasons: words for people, which cost a look at every child.
enum class Words : std::uint8_t { kLeftOut, kTold };

// What checks are taken to have measured.
enum class Measured : std::uint8_t {
  kAsItIs,
  kHealthy  // all of them, after `inverted`; what nobody measures stays as it is
};

struct CheckStatus {
  CheckState state;
  Health found = Health::kUnknown;        // after `disabled` and `inverted`, without any operator
  Health followed = Health::kUnknown;     // but CALCULATED: by the children's verdicts
  Health verdict = Health::kUnknown;      // the operator's word included
  std::optional<LastProbe> last;          // of PUSH: the last push, or that none came
  std::optional<std::int64_t> pushed_ms;  // of PUSH: the last one, or when the check was new
  std::string reason;                     // why it is followed so; empty: nothing is known yet
  std::string said_reason;                // why an operator says otherwise; empty: none does
  std::int64_t turned_ms = 0;             // when the verdict became what it is
  std::optional<CheckOverride> override_of;
  std::vector<std::pair<Label, Drain>> drains;
  CheckCounters counters;
};

}  // namespace rhumb
