// Any bytes as the reply of a gRPC health check: a status or an error, within the bytes given.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/grpc_health.h"
#include "server/grpc_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT: as a body
  const auto serving = rhumb::parse_grpc_health(bytes);
  if (!serving.ok() && serving.error().empty()) std::abort();
  rhumb::TransferResult transfer;
  transfer.end = rhumb::TransferEnd::kDone;
  transfer.status = 200;
  transfer.http_version = 2;
  transfer.headers = bytes;
  transfer.body = bytes;
  if (rhumb::judge_grpc({}, transfer).reason.empty()) std::abort();
  transfer.headers = "content-type: application/grpc\r\ngrpc-status: 0\r\n\r\n";
  const auto is_serving = serving.ok() && serving.value() == rhumb::Serving::kServing;
  if (rhumb::judge_grpc({}, transfer).ok != is_serving) std::abort();
  return 0;
}
