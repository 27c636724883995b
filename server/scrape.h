// Gathers what /metrics tells from those who know it. It stalls neither queries, whose counters it
// only reads, nor the health thread, which it asks for a few checks at a time.
#pragma once

#include "server/control_api.h"
#include "server/metrics.h"
#include "server/monitor.h"
#include "server/reload.h"

namespace rhumb {

MetricsValues scrape(const ServerFacts& facts, Monitor& monitor, Reloader& reloader);

}  // namespace rhumb
