// The two messages of grpc.health.v1.Health/Check, each with its frame (five bytes: not compressed,
// and the length), as bytes. What comes from a target is parsed within bounds and never trusted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rhumb {

constexpr std::size_t kMaxGrpcReplyBytes = 4'096;  // a HealthCheckResponse has 2 bytes

// HealthCheckResponse.ServingStatus; others may come with later versions of the protocol.
enum class Serving : std::uint64_t { kUnknown, kServing, kNotServing, kServiceUnknown };

// A framed HealthCheckRequest; an empty service is the server as a whole.
std::string grpc_health_request(std::string_view service);

// The status in a framed HealthCheckResponse. Unknown fields are passed over; of a field that
// stands twice the last one counts, as everywhere in protobuf.
Result<Serving> parse_grpc_health(std::string_view body);

}  // namespace rhumb
