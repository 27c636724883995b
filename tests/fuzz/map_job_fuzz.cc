// Any bytes as a map job: taken apart without harm, and a job that comes out packs to what it came
// from.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "geo/map_job.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // NOLINT: as a message
  const auto job = rhumb::unpack_map_job(bytes);
  // Maps have one entry a name, prefixes no bits behind their end: so the first way back may be
  // shorter or other, and only the second is the same.
  if (!job) return 0;
  const std::string packed = rhumb::pack(*job);
  const auto again = rhumb::unpack_map_job(packed);
  if (!again || rhumb::pack(*again) != packed) std::abort();
  return 0;
}
