#include "zones/mortality.h"

namespace rhumb {

Mortality::Mortality(const ZoneSet& zones) : worst_(zones.gates()) {
  const auto checks = zones.checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (!is_always_healthy(checks[i])) worst_.set(static_cast<GateNumber>(1 + i), false);
  }
}

}  // namespace rhumb
