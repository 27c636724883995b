// The reply of Prometheus's query API (and Thanos's, and Mimir's) as values. It is parsed within
// bounds, and whatever it is, the outcome is values or an error in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rhumb {

constexpr std::size_t kMaxPrometheusReplyBytes = std::size_t{1} << 20U;

struct MetricValue {
  double value = 0;
  std::string text;    // as it came, such as "0.0004" or "+Inf"
  std::string labels;  // {instance="a", job="b"}; empty: none
};

// Every element of the vector, or the scalar alone. An error is why there is none: the server's own
// if it sent one.
Result<std::vector<MetricValue>> parse_prometheus_reply(std::string_view json);

}  // namespace rhumb
