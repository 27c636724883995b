// One probe without a server: for `rhumb probe ID -c FILE`.
#pragma once

#include <memory>

#include "health/check.h"
#include "server/probe_report.h"

namespace rhumb {

// Probes on a loop of its own and waits for the end. Any thread.
ProbeReport probe_once(std::shared_ptr<const CheckSpec> spec);

}  // namespace rhumb
