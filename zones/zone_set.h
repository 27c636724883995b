// All zones of one edition and what ties them together: the table of apexes, the checks of
// everywhere, and the gates that every set hangs on. Immutable; a reload makes a new one and shares
// the zones that stayed.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "dns/types.h"
#include "health/check.h"
#include "health/gates.h"
#include "zones/zone.h"

namespace rhumb {

inline constexpr std::size_t kMaxZones = 1'000'000;

// A zone with the bases that turn its local numbers into this edition's.
struct ZoneRef {
  const Zone* zone;
  std::uint32_t gate_base;
};

class ZoneSet {
 public:
  // Checks what only the whole can tell: two zones of one apex, unknown, twice defined or
  // routed-here check ids and addresses, limits; warns of zones that the zone above does not
  // delegate. `checks` are those of rhumb.yaml. Null when
  // anything was an error.
  static std::shared_ptr<const ZoneSet> link(std::vector<std::shared_ptr<const Zone>> zones,
                                             std::vector<CheckSpec> checks,
                                             Diagnostics& diagnostics);

  // The zone with the deepest apex at or above `name`; for DS at an apex, the zone above when that
  // is served here too (RFC 4035 §3.1.4.1). Null: no zone of ours.
  [[nodiscard]] const ZoneRef* find(const FoldedName& name, Type type) const noexcept;

  [[nodiscard]] std::span<const std::shared_ptr<const Zone>> zones() const { return zones_; }
  [[nodiscard]] std::span<const ZoneRef> refs() const { return refs_; }
  // Every check; check i has gate 1 + i (gate 0 is always alive).
  [[nodiscard]] std::span<const CheckSpec> checks() const { return checks_; }
  // Gates as they are while nothing is unhealthy; the health thread copies and drives them.
  [[nodiscard]] const Gates& gates() const { return gates_; }

 private:
  friend class ZoneSetLinker;
  explicit ZoneSet(Gates gates);
  // The zone with the deepest apex at or above suffix `label` of `name`, or null.
  [[nodiscard]] const ZoneRef* find_above(const FoldedName& name, int label) const noexcept;
  // The zone whose apex is suffix `label` of `name`, or null.
  [[nodiscard]] const ZoneRef* find_apex(const FoldedName& name, int label) const noexcept;

  std::vector<std::shared_ptr<const Zone>> zones_;
  std::vector<ZoneRef> refs_;
  std::vector<CheckSpec> checks_;
  Gates gates_;
  struct ApexSlot {
    std::uint32_t tag = 0;
    std::uint32_t zone = 0;  // 1 + index into refs_; 0: empty
  };
  std::vector<ApexSlot> apexes_;
  std::uint64_t apex_depths_ = 0;  // bit d: some apex has d labels (bit 63: 63 or more)
};

}  // namespace rhumb
