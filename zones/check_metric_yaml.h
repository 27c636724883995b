// The fields of a PROMETHEUS check: whose query API is asked for what, and how the values must
// compare.
#pragma once

#include "base/error.h"
#include "health/check.h"
#include "text/fields.h"

namespace rhumb {

// `query`, in PromQL, which nobody here understands.
void read_metric_query(Fields& fields, MetricExpectation& metric);
// `url`, `condition` and `onNoData`. The URL is kept as it is written.
void read_metric_expectation(Fields& fields, CheckDefaults& check);

// What only the whole of a PROMETHEUS check can tell. It takes the URL apart: into `tls`,
// `address`, `port`, `path` and `host`.
void judge_metric(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics);

}  // namespace rhumb
