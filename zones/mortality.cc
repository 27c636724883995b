#include "zones/mortality.h"

namespace rhumb {

Mortality::Mortality(const ZoneSet& zones) : worst_(zones.gates()) {
  const CheckRefs& checks = zones.checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto gate = static_cast<GateNumber>(1 + i);
    if (checks[i].type != CheckType::kCalculated) {
      if (!is_always_healthy(checks[i])) worst_.set(gate, false);
    } else if (checks[i].inverted) {
      worst_.force(gate, Forced::kDead);
    }
  }
}

}  // namespace rhumb
