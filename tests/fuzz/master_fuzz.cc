// Any bytes as a master file: read without harm and in linear time, built into a zone where they
// make one.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "text/scalar.h"
#include "zones/builder.h"
#include "zones/master_file.h"

namespace {

// It would read the files of the machine that it runs on.
bool includes(std::string_view text) {
  constexpr std::string_view kInclude = "$INCLUDE";
  for (std::size_t at = 0; at + kInclude.size() <= text.size(); ++at) {
    if (rhumb::equal_ignoring_case(text.substr(at, kInclude.size()), kInclude)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  if (includes(text)) return 0;
  rhumb::ZoneBuilder builder;
  rhumb::Diagnostics diagnostics;
  rhumb::read_master_text(text, "fuzz.zone", {}, builder, diagnostics);
  (void)builder.build({}, diagnostics);
  return 0;
}
