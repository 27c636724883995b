// Any bytes as the reply of a query API: values or an error, and a reason in any case.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/prometheus_probe.h"
#include "server/prometheus_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT: as a body
  const auto values = rhumb::parse_prometheus_reply(bytes);
  rhumb::TransferResult transfer;
  transfer.end = rhumb::TransferEnd::kDone;
  transfer.status = 200;
  transfer.body = bytes;
  const rhumb::ProbeResult result = rhumb::judge_prometheus({}, transfer);
  if (result.reason.empty() || (result.ok && !values.ok())) std::abort();
  return 0;
}
