// A zone as it is served: an immutable arena of names, record sets as ready-made wire images, and
// groups of routed sets. Found by hash, read without allocation. Never changed after ZoneBuilder
// froze it, and never knows who asks: it refers outside itself by zone-local numbers only (gates,
// links and location rules).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dns/name.h"
#include "geo/rule.h"
#include "health/check.h"
#include "zones/arena.h"
#include "zones/group.h"
#include "zones/hints.h"
#include "zones/node.h"
#include "zones/source.h"

namespace rhumb {

// What people and reloads ask of a zone; no query reads it.
struct ZoneInfo {
  Name apex;
  std::uint32_t serial = 0;
  std::uint32_t records = 0;        // resource records, every candidate of every group counted
  std::uint64_t digest = 0;         // of the content save the SOA serial; the same on every server
  std::vector<SourceFile> sources;  // every file it was read from
  std::vector<CheckSpec> checks;    // defined in this zone
  std::vector<GroupInfo> groups;    // by group number
  std::vector<AliasInfo> links;     // by link number
  std::vector<Rule> rules;          // by rule number, each once
  std::vector<HintedSet> hinted;    // the sets that hint at addresses
};

class Zone {
 public:
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
  ~Zone() = default;

  // The node of suffix `label` of `name`, or null.
  [[nodiscard]] const Node* find(const FoldedName& name, int label) const noexcept;
  // Every node, in no order. For errors: no query asks for all.
  [[nodiscard]] std::vector<const Node*> nodes() const;
  // The wildcard child of `parent`. Requires: parent.has(kWildChild).
  [[nodiscard]] const Node* wildcard(const Node& parent) const noexcept;
  [[nodiscard]] const Node* node(Ref ref) const { return arena_.at<Node>(ref); }
  [[nodiscard]] const Image* image(Ref ref) const { return arena_.at<Image>(ref); }
  [[nodiscard]] const GlueList* glue(Ref ref) const { return arena_.at<GlueList>(ref); }
  [[nodiscard]] const Node& apex() const { return *node(apex_); }
  // The SOA as it stands in negative answers: TTL = min(its own, MINIMUM) (RFC 2308 §3).
  [[nodiscard]] const Image& negative_soa() const { return *image(negative_soa_); }
  [[nodiscard]] std::span<const Group> groups() const { return groups_; }
  [[nodiscard]] std::span<const RoutedSet> sets_of(const Group& group) const {
    return std::span(sets_).subspan(group.first_set, group.set_count);
  }
  // The mask of the group's rank `rank`.
  [[nodiscard]] std::span<const std::uint64_t> rank(const Group& group, std::size_t rank) const {
    return std::span(ranks_).subspan(group.first_rank + rank * group.rank_words(),
                                     group.rank_words());
  }
  // No name of the zone has more labels, so longer questions start their search here.
  [[nodiscard]] int max_labels() const { return max_labels_; }
  [[nodiscard]] std::uint32_t gate_count() const { return gate_count_; }
  [[nodiscard]] const ZoneInfo& info() const { return info_; }
  // Brings nearer where find() will start and, once that has come, the node it will end at.
  void prefetch_slot(const FoldedName& name, int label) const noexcept;
  void prefetch_node(const FoldedName& name, int label) const noexcept;

 private:
  friend class ZoneFreezer;
  Zone() = default;

  struct Slot {
    std::uint32_t tag;
    Ref node;  // 0: empty
  };
  Arena arena_;
  Ref slots_ = 0;
  std::uint32_t slot_count_ = 0;
  Ref apex_ = 0;
  Ref negative_soa_ = 0;
  int max_labels_ = 0;
  std::uint32_t gate_count_ = 0;
  std::vector<Group> groups_;
  std::vector<RoutedSet> sets_;
  std::vector<std::uint64_t> ranks_;
  ZoneInfo info_;
};

}  // namespace rhumb
