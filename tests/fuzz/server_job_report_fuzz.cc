// Any bytes as a helper's report: read without harm, and packed again as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/job_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT: as a packet
  const auto report = rhumb::unpack_report(bytes);
  if (report && rhumb::unpack_report(rhumb::pack(*report)) != report) std::abort();
  const auto request = rhumb::unpack_request(bytes);
  if (request && rhumb::pack(*request) != bytes) std::abort();
  return 0;
}
