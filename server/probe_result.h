// What one probe of a check gave: whether the target is well, and a reason that a person on call
// can read. Plain values, and the words that probes of several types share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "health/check.h"
#include "server/transfer.h"

namespace rhumb {

struct ProbeResult {
  bool ok = false;
  std::string reason;                // "status 200", "connected", "connection refused", …
  std::int64_t duration_ms = 0;      // from leaving the line to the verdict
  int status = 0;                    // HTTP; 0: no reply came
  std::optional<IpAddress> address;  // asked last; nullopt: none was found
  bool counts = true;  // false: it tells nothing of the target, and the check stays as it is
};

// What people may want to know beside the result.
struct ProbeDetails {
  TransferTimes times;
  std::optional<Certificate> certificate;
  std::string body;  // its first bytes
};

enum class Detail : std::uint8_t { kVerdict, kAll };

// What asking one address gave.
struct Attempt {
  ProbeResult result;
  ProbeDetails details;      // with Detail::kAll
  bool unreachable = false;  // no connection came about: another address may do better
};

// How long one address may take.
struct Patience {
  std::int64_t timeout_ms = 0;
  std::int64_t connect_timeout_ms = 0;  // of the TCP handshake alone; 0: none but timeout_ms
};

ProbeResult succeeded(std::string reason, int status = 0);
ProbeResult failed(std::string reason, int status = 0);
// It tells nothing of the target: "no data: WHY; the check stays as it is".
ProbeResult without_data(std::string_view why);

// "timed out after 2000 ms (connecting)"
std::string timed_out(const CheckSpec& spec, std::string_view doing);

// Why a transfer that is not kDone gave no whole reply.
std::string explain_end(const CheckSpec& spec, const TransferResult& transfer);

}  // namespace rhumb
