// One probe without a server: for `rhumb probe ID -c FILE`.
#pragma once

#include <memory>

#include "health/check.h"
#include "server/helper.h"
#include "server/probe_report.h"

namespace rhumb {

// Probes on a loop of its own and waits for the end. Any thread. `helper` runs an EXEC check's
// command; null: its probe fails.
ProbeReport probe_once(std::shared_ptr<const CheckSpec> spec, const Helper* helper);

}  // namespace rhumb
