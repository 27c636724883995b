// TLS checks: a handshake, and how long the target's certificate still lasts. Pure functions of
// their arguments, time included.
#pragma once

#include <cstdint>

#include "health/check.h"
#include "server/probe_result.h"
#include "server/transfer.h"

namespace rhumb {

TransferRequest tls_request(const CheckSpec& spec, const IpAddress& address, Patience patience);

// Whole days are counted, rounded down, from `now_s`, which is Unix time.
ProbeResult judge_tls(const CheckSpec& spec, const TransferResult& transfer, std::int64_t now_s);

}  // namespace rhumb
