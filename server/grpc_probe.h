// GRPC checks: what grpc.health.v1.Health/Check is asked over HTTP/2, and what the reply means.
// Pure functions of their arguments.
#pragma once

#include "health/check.h"
#include "server/probe_result.h"
#include "server/transfer.h"

namespace rhumb {

TransferRequest grpc_request(const CheckSpec& spec, const IpAddress& address, Patience patience);

ProbeResult judge_grpc(const CheckSpec& spec, const TransferResult& transfer);

}  // namespace rhumb
