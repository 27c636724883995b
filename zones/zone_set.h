// All zones of one edition and what ties them together: the table of apexes, the checks of
// everywhere, the gates that every set hangs on, and where aliases lead. Immutable; a reload makes
// a new one and shares the zones that stayed.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/own_lines.h"
#include "dns/name.h"
#include "dns/types.h"
#include "geo/atlas.h"
#include "geo/rule.h"
#include "health/check.h"
#include "health/check_refs.h"
#include "health/gates.h"
#include "zones/counter_slots.h"
#include "zones/remains.h"
#include "zones/zone.h"

namespace rhumb {

inline constexpr std::size_t kMaxZones = 1'000'000;
inline constexpr int kMaxAliasDepth = 16;      // aliases one behind the other
inline constexpr int kMaxGroupsPerTree = 256;  // that one leads to over aliases, itself counted
inline constexpr int kMaxRulesPerTree = 8;     // of these, and of where their CNAMEs lead
inline constexpr int kMaxAnswerSets = 256;     // that these may answer with together

// A zone with the bases that turn its local numbers into this edition's.
struct ZoneRef {
  const Zone* zone;
  std::uint32_t gate_base;
  std::uint32_t link_base;
  std::uint32_t rule_base;
  std::uint32_t group_base;
  std::uint32_t counter_slot;  // of CounterSlots: where it is counted
};

// Where an alias leads in this edition.
struct Link {
  const ZoneRef* zone;
  const Node* node;    // whose set it is; null: that name has no set of this family
  const SetHead* set;  // routed or plain; null with node
};

// How far a group leads over aliases and, but for its height, over CNAMEs, and what the scope of an
// answer may depend on there.
struct Reach {
  std::uint32_t first;  // into the numbers of rules
  std::uint16_t count;  // of rules, each once; kMaxRulesPerTree at most
  bool sticky;          // a group there draws by a hash of the client
  std::uint8_t height;  // of groups behind one another that it leads to; kMaxAliasDepth at most
};

// Whether all that is to be served was read; what is missing may stand in what was not, and is not
// called unknown.
struct Extent {
  bool zones = true;
  bool checks = true;  // their ids
  bool atlas = true;
};
inline constexpr Extent kPart{.zones = false, .checks = false, .atlas = false};

struct LinkOptions {
  Extent extent;
  std::span<const CheckUse> uses = {};  // of checks, by zones that are not among those to be linked
  CounterSlots* slots = nullptr;        // from which zones take theirs; null: all share one
};

// Apart from the count of who shares it, which each flip writes.
class alignas(kCacheLine) ZoneSet {
 public:
  // Checks what only the whole can tell: two zones of one apex, unknown, twice defined or
  // routed-here check ids and addresses, checks that depend on themselves, limits; warns of zones
  // that the zone above does not delegate. Finds where aliases lead, and refuses loops, depths,
  // dead ends and answers that fit no reply; looks up in `atlas` what location rules name. `checks`
  // are those of rhumb.yaml, and of zones that could not be read. Null when anything was an error.
  static std::shared_ptr<const ZoneSet> link(std::vector<std::shared_ptr<const Zone>> zones,
                                             std::vector<CheckSpec> checks, const Atlas& atlas,
                                             Diagnostics& diagnostics,
                                             const LinkOptions& options = {});

  // The zone with the deepest apex at or above `name`; for DS at an apex, the zone above when that
  // is served here too (RFC 4035 §3.1.4.1). Null: no zone of ours.
  [[nodiscard]] const ZoneRef* find(const FoldedName& name, Type type) const noexcept;

  [[nodiscard]] std::span<const std::shared_ptr<const Zone>> zones() const { return zones_; }
  [[nodiscard]] std::span<const ZoneRef> refs() const { return refs_; }
  // Every check; check i has gate 1 + i (gate 0 is always alive), a leaf unless it is CALCULATED.
  [[nodiscard]] const CheckRefs& checks() const { return checks_; }
  [[nodiscard]] const Link& link(const ZoneRef& zone, std::uint32_t number) const {
    return links_[zone.link_base + number];
  }
  // The location rules of everywhere, each once; a client map is compiled for each.
  [[nodiscard]] std::span<const Rule> rules() const { return rules_; }
  // The number in rules() of a zone's rule.
  [[nodiscard]] std::uint32_t rule_number(const ZoneRef& zone, std::uint32_t number) const {
    return rule_numbers_[zone.rule_base + number];
  }
  [[nodiscard]] const Reach& reach(const ZoneRef& zone, std::uint32_t group) const {
    return reaches_[zone.group_base + group];
  }
  // Numbers in rules().
  [[nodiscard]] std::span<const std::uint32_t> rules_of(const Reach& reach) const {
    return std::span(reach_rules_).subspan(reach.first, reach.count);
  }
  // Gates as they are while nothing is unhealthy; the health thread copies and drives them.
  [[nodiscard]] const Gates& gates() const { return gates_; }

 private:
  friend class ZoneSetLinker;
  ZoneSet();
  // Makes a zone of refs_ one that is found; instead the zone that has its apex already, or null.
  const ZoneRef* enter_apex(std::size_t index);
  // The zone with the deepest apex at or above suffix `label` of `name`, or null.
  [[nodiscard]] const ZoneRef* find_above(const FoldedName& name, int label) const noexcept;
  // The zone whose apex is suffix `label` of `name`, or null.
  [[nodiscard]] const ZoneRef* find_apex(const FoldedName& name, int label) const noexcept;

  std::vector<std::shared_ptr<const Zone>> zones_;
  std::vector<ZoneRef> refs_;
  std::vector<CheckSpec> own_checks_;  // that stand in no zone
  CheckRefs checks_;                   // these, then the zones'
  std::vector<Link> links_;            // by ZoneRef::link_base and number
  std::vector<Rule> rules_;
  std::vector<std::uint32_t> rule_numbers_;  // by ZoneRef::rule_base and number
  std::vector<Reach> reaches_;               // by ZoneRef::group_base and number
  std::vector<std::uint32_t> reach_rules_;
  Gates gates_;
  struct ApexSlot {
    std::uint32_t tag = 0;
    std::uint32_t zone = 0;  // 1 + index into refs_; 0: empty
  };
  std::vector<ApexSlot> apexes_;
  std::uint64_t apex_depths_ = 0;  // bit d: some apex has d labels (bit 63: 63 or more)
};

}  // namespace rhumb
