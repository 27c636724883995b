// What one probe found, for somebody who looks on: `rhumb probe ID`, with and without a server.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ip.h"
#include "health/check.h"
#include "server/probe_result.h"
#include "text/json.h"

namespace rhumb {

struct ProbeReport {
  std::shared_ptr<const CheckSpec> spec;
  std::vector<IpAddress> addresses;  // that the name has, in the order in which they are tried
  ProbeResult result;
  ProbeDetails details;          // of the address asked last
  std::int64_t duration_us = 0;  // all of it, by the clock of the times in `details`
};

// {"id", "type", "at", "addresses": [], "address", "connectMs", "tlsMs", "firstByteMs",
// "durationMs", "certificate": null|{"subject", "issuer", "expires"}, "status", "body",
// "verdict": "healthy|unhealthy|noData", "reason"}. What did not come about is null. `at_ms` is
// Unix time. The verdict is this probe's own, before `inverted` and thresholds.
void write_probe_report(JsonWriter& json, const ProbeReport& report, std::int64_t at_ms);

}  // namespace rhumb
