#include "server/probe_result.h"

#include <utility>

namespace rhumb {

ProbeResult succeeded(std::string reason, int status) {
  return {true, std::move(reason), 0, status, {}, true};
}

ProbeResult failed(std::string reason, int status) {
  return {false, std::move(reason), 0, status, {}, true};
}

ProbeResult without_data(std::string_view why) {
  ProbeResult result = failed("no data: " + std::string(why) + "; the check stays as it is");
  result.counts = false;
  return result;
}

std::string timed_out(const CheckSpec& spec, std::string_view doing) {
  return "timed out after " + std::to_string(spec.timeout_ms) + " ms (" + std::string(doing) + ")";
}

std::string explain_end(const CheckSpec& spec, const TransferResult& transfer) {
  if (transfer.end == TransferEnd::kTimedOut) return timed_out(spec, to_string(transfer.phase));
  return transfer.error;
}

}  // namespace rhumb
