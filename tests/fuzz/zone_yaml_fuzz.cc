// Any bytes as a YAML zone: read without harm, built into a zone where they make one, and linked
// where its aliases lead.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "health/check.h"
#include "zones/builder.h"
#include "zones/zone_set.h"
#include "zones/zone_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes as text
  // It would read the files of the machine that it runs on. Escapes could spell it, too.
  if (text.find("ile") != std::string_view::npos || text.find('\\') != std::string_view::npos) {
    return 0;
  }
  rhumb::ZoneBuilder builder;
  rhumb::Diagnostics diagnostics;
  const rhumb::SourceFile file{.path = "fuzz.yaml", .stamp = {}};
  if (rhumb::read_zone_yaml_text(text, file, {}, builder, diagnostics)) {
    const auto zone = builder.build({}, diagnostics);
    if (zone != nullptr) (void)rhumb::ZoneSet::link({zone}, {}, {}, diagnostics);
  }
  return 0;
}
