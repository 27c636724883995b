#include "zones/zone_set.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "zones/linker.h"
#include "zones/slots.h"

namespace rhumb {
namespace {

constexpr int kDeepest = 63;  // of apex_depths_; deeper ones share its bit

int depth_bit(int labels) { return std::min(labels, kDeepest); }

}  // namespace

ZoneSet::ZoneSet() : gates_(GatesBuilder().build().value()) {}

std::shared_ptr<const ZoneSet> ZoneSet::link(std::vector<std::shared_ptr<const Zone>> zones,
                                             std::vector<CheckSpec> checks, const Atlas& atlas,
                                             Diagnostics& diagnostics, const LinkOptions& options) {
  Diagnostics found;
  auto set = ZoneSetLinker(atlas, options, found).run(std::move(zones), std::move(checks));
  found.sort_by_place();  // not first by which step found it
  diagnostics.append(std::move(found));
  return set;
}

const ZoneRef* ZoneSet::enter_apex(std::size_t index) {
  FoldedName name;
  fold(refs_[index].zone->apex().name(), name);
  if (const ZoneRef* const other = find_apex(name, 0)) return other;
  const auto count = static_cast<std::uint32_t>(apexes_.size());
  std::uint32_t at = first_slot(name.hash[0], count);
  while (apexes_[at].zone != 0) at = next_slot(at, count);
  apexes_[at] = {.tag = slot_tag(name.hash[0]), .zone = static_cast<std::uint32_t>(index + 1)};
  apex_depths_ |= std::uint64_t{1} << depth_bit(name.labels);
  return nullptr;
}

const ZoneRef* ZoneSet::find(const FoldedName& name, Type type) const noexcept {
  const ZoneRef* const deepest = find_above(name, 0);
  if (type != Type::kDs || deepest == nullptr) return deepest;
  const bool at_apex = deepest->zone->apex().labels == name.labels;
  if (!at_apex || name.labels == 0) return deepest;
  const ZoneRef* const parent = find_above(name, 1);
  return parent != nullptr ? parent : deepest;
}

const ZoneRef* ZoneSet::find_above(const FoldedName& name, int label) const noexcept {
  int depth = name.labels - label;
  for (; depth >= kDeepest && (apex_depths_ >> kDeepest) != 0; --depth) {
    const ZoneRef* const found = find_apex(name, name.labels - depth);
    if (found != nullptr) return found;
  }
  // A bit for each depth from 0 to that of the name; only those that have an apex are tried.
  const std::uint64_t reach = (std::uint64_t{2} << std::min(depth, kDeepest - 1)) - 1;
  for (std::uint64_t left = apex_depths_ & reach; left != 0;) {
    const int deepest = static_cast<int>(std::bit_width(left)) - 1;
    const ZoneRef* const found = find_apex(name, name.labels - deepest);
    if (found != nullptr) return found;
    left ^= std::uint64_t{1} << deepest;
  }
  return nullptr;
}

const ZoneRef* ZoneSet::find_apex(const FoldedName& name, int label) const noexcept {
  const std::span<const ApexSlot> slots = apexes_;
  const auto count = static_cast<std::uint32_t>(slots.size());
  const std::uint64_t hash = name.hash[static_cast<std::size_t>(label)];
  for (std::uint32_t at = first_slot(hash, count); slots[at].zone != 0; at = next_slot(at, count)) {
    if (slots[at].tag != slot_tag(hash)) continue;
    const ZoneRef& ref = refs_[slots[at].zone - 1];
    if (std::ranges::equal(ref.zone->apex().name(), name.suffix(label))) return &ref;
  }
  return nullptr;
}

}  // namespace rhumb
