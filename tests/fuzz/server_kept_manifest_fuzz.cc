// Any bytes as the list of the last good files: either refused, or one that says the same when it
// is written again, with one configuration and no path that is not from the root.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/kept_manifest.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  const auto read = rhumb::read_manifest(text);
  if (!read.ok()) {
    require(!read.error().empty());
    return 0;
  }
  const auto again = rhumb::read_manifest(rhumb::write_manifest(read.value()));
  require(again.ok() && again.value() == read.value());
  std::size_t configs = 0;
  for (const rhumb::KeptEntry& entry : read.value().entries) {
    require(entry.path.starts_with('/') && entry.path.find('\0') == std::string::npos);
    require(entry.copy != 0 || entry.use == rhumb::KeptUse::kDatabase);
    configs += entry.use == rhumb::KeptUse::kConfig ? 1U : 0U;
  }
  require(configs == 1);
  return 0;
}
