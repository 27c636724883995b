// PROMETHEUS checks: the instant query that is sent, and what its values say. Whatever gives no
// value, an unreachable Prometheus among it, is no data: it tells nothing of the site, and the
// check's onNoData decides. Pure functions of their arguments.
#pragma once

#include <string>
#include <string_view>

#include "health/check.h"
#include "server/probe_result.h"
#include "server/transfer.h"

namespace rhumb {

// A query whose URL would be longer is sent as a form.
constexpr std::size_t kMaxQueryInUrl = 2'048;

// `token` is sent as a bearer; empty: none.
TransferRequest prometheus_request(const CheckSpec& spec, const IpAddress& address,
                                   Patience patience, std::string_view token);

// Every value must meet the condition. NaN is no value, and a reply with a status other than 2xx
// has none, whatever its body says: a proxy may give an old one for a Prometheus that is down.
ProbeResult judge_prometheus(const CheckSpec& spec, const TransferResult& transfer);

// What onNoData makes of there being none, and why. `status` is HTTP's; 0: no reply came.
ProbeResult no_data(const CheckSpec& spec, std::string_view why, int status = 0);

}  // namespace rhumb
