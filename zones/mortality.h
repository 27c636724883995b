// Which checks, record sets and groups can die at all: the network of gates as it would be if every
// check that can fail had failed, and those that are inverted over others had, too. But for these
// the network is monotone, so what is alive then is alive always.
#pragma once

#include "health/gates.h"
#include "zones/zone_set.h"

namespace rhumb {

class Mortality {
 public:
  // Costs one walk over the gates.
  explicit Mortality(const ZoneSet& zones);

  [[nodiscard]] bool can_die(GateNumber gate) const { return !worst_.is_alive(gate); }

 private:
  Gates worst_;
};

// Of set `set` of a group, and of the group itself.
[[nodiscard]] inline GateNumber gate_of(const ZoneRef& zone, const Group& group, std::size_t set) {
  return zone.gate_base + group.first_gate + static_cast<GateNumber>(set);
}
[[nodiscard]] inline GateNumber gate_of(const ZoneRef& zone, const Group& group) {
  return zone.gate_base + group.group_gate();
}

// A check that is never probed and counts as healthy.
[[nodiscard]] constexpr bool is_always_healthy(const CheckSpec& check) {
  return check.disabled && !check.inverted;
}

}  // namespace rhumb
