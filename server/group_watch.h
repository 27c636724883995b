// Which groups are in last resort, with none of their sets alive, and which of them entered or left
// it since it was last looked at.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "health/gates.h"
#include "zones/zone_set.h"

namespace rhumb {

struct GroupTurn {
  GateNumber group = 0;  // its own gate
  bool last_resort = false;
};

class GroupWatch {
 public:
  // Looks at all groups of another edition. Those that are new are told of when they are in last
  // resort; those that are gone are not.
  std::vector<GroupTurn> look_at_all(const std::shared_ptr<const ZoneSet>& zones,
                                     const Gates& gates);
  // Looks at the groups of the sets among these gates.
  std::vector<GroupTurn> look_at(std::span<const GateNumber> flipped, const Gates& gates);

  // "www.example.com. A". Requires: `group` is of a GroupTurn of the last edition looked at.
  [[nodiscard]] std::string name(GateNumber group) const;
  [[nodiscard]] std::size_t in_last_resort() const { return in_last_resort_.size(); }

 private:
  struct Found {
    const ZoneRef* zone;
    std::size_t group;
    [[nodiscard]] GateNumber gate() const {
      return zone->gate_base + zone->zone->groups()[group].group_gate();
    }
  };
  [[nodiscard]] Found find(GateNumber gate) const;
  [[nodiscard]] static std::string name_of(const Found& found);

  std::shared_ptr<const ZoneSet> zones_;  // null: none was looked at
  std::unordered_set<GateNumber> in_last_resort_;
};

}  // namespace rhumb
