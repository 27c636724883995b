// What came of a check's last probe, as it is shown and kept.
#pragma once

#include <cstdint>
#include <string>

namespace rhumb {

struct LastProbe {
  bool ok = false;
  std::int64_t at_ms = 0;  // Unix time of the result
  std::int64_t duration_ms = 0;
  std::string reason;
  bool counts = true;  // false: it told nothing, and moved nothing

  bool operator==(const LastProbe&) const = default;
};

}  // namespace rhumb
