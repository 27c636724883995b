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
#include "dns/types.h"
#include "geo/rule.h"
#include "health/check.h"
#include "zones/arena.h"
#include "zones/group.h"
#include "zones/hints.h"
#include "zones/source.h"

namespace rhumb {

// One name of the zone; in the arena its lower-case wire name follows (padded to 4), then its
// SetHeads by type, then the Ref of its wildcard child if it has one.
struct Node {
  enum Flag : std::uint8_t {
    kCut = 1,        // NS below the apex: authority ends here (RFC 1034 §4.2.1)
    kDname = 2,      // owns a DNAME: names below are redirected (RFC 6672)
    kHidden = 4,     // below a cut or DNAME: kept for glue, never an answer of its own
    kWildChild = 8,  // the wildcard "*" stands directly below
  };
  std::uint8_t name_size;
  std::uint8_t labels;
  std::uint8_t flags;
  std::uint8_t set_count;  // 0: an empty non-terminal (RFC 8020)

  [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] std::span<const std::uint8_t> name() const;
  [[nodiscard]] std::span<const struct SetHead> sets() const;
};

// One type at a name.
struct SetHead {
  enum Flag : std::uint16_t {
    kRouted = 1,  // body is an index into Zone::groups(), else a Ref to an Image
    kGlue = 2,    // body is a Ref to a GlueList, for find_glue() alone
  };
  Type type;
  std::uint16_t flags;
  std::uint32_t body;
};

// A pointer in an image to a suffix of the owner's name; it is written anew for every reply.
struct Fixup {
  std::uint16_t at;           // offset of the two pointer octets in the image's wire
  std::uint16_t suffix_size;  // with the root's octet: it starts at 12 + asked size - this
};

// A record set in wire form, each record as C00C type class ttl rdlength rdata. In the arena the
// wire follows (padded to 4), then the fix-ups. A fix-up refers to a suffix of the owner (of the
// owner's parent, for a wildcard), so an image is copied as it is below a question for its owner or
// any name below its owner.
struct Image {
  std::uint16_t rr_count;
  std::uint16_t size;  // octets of wire
  std::uint16_t fixup_count;
  std::uint16_t flags;  // 0; with DNSSEC it will say that a Ref to the signatures follows

  [[nodiscard]] std::span<const std::uint8_t> wire() const;
  [[nodiscard]] std::span<const Fixup> fixups() const;
};

// The addresses that belong to a cut's NS set, found on load. `count` GlueItems follow.
struct GlueItem {
  Ref node;
  std::uint32_t in_domain;  // 1: below this cut, so that referrals need it (RFC 9471 §3.1)
};
struct GlueList {
  std::uint32_t count;
  [[nodiscard]] std::span<const GlueItem> items() const;
};

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

// The glue of a cut; null when none of its name servers has an address in this zone.
[[nodiscard]] const SetHead* find_glue(const Node& cut) noexcept;

// The set of `type` at a node, or null. Glue is no set, whatever type is asked.
[[nodiscard]] const SetHead* find_set(const Node& node, Type type) noexcept;

}  // namespace rhumb
