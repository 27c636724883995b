// What stands in a zone's arena: names, the heads of their record sets, these as ready-made wire
// images, and glue. Plain data that is read where it lies, in a few instructions for every answer;
// it knows neither the arena nor the zone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/types.h"
#include "zones/arena.h"

namespace rhumb {

// What follows `part` in its arena, `skip` octets further on.
template <typename T, typename Part>
const T* behind(const Part* part, std::size_t skip = 0) {
  return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(part + 1) + skip);
}

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
  [[nodiscard]] std::span<const std::uint8_t> name() const {
    return {behind<std::uint8_t>(this), name_size};
  }
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

inline std::span<const SetHead> Node::sets() const {
  return {behind<SetHead>(this, align_ref(name_size)), set_count};
}

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

  [[nodiscard]] std::span<const std::uint8_t> wire() const {
    return {behind<std::uint8_t>(this), size};
  }
  [[nodiscard]] std::span<const Fixup> fixups() const {
    return {behind<Fixup>(this, align_ref(size)), fixup_count};
  }
};

// The addresses that belong to a cut's NS set, found on load. `count` GlueItems follow.
struct GlueItem {
  Ref node;
  std::uint32_t in_domain;  // 1: below this cut, so that referrals need it (RFC 9471 §3.1)
};
struct GlueList {
  std::uint32_t count;
  [[nodiscard]] std::span<const GlueItem> items() const { return {behind<GlueItem>(this), count}; }
};

// The glue of a cut; null when none of its name servers has an address in this zone.
[[nodiscard]] inline const SetHead* find_glue(const Node& cut) noexcept {
  for (const SetHead& head : cut.sets()) {
    if (head.flags == SetHead::kGlue) return &head;
  }
  return nullptr;
}

// The set of `type` at a node, or null. Glue is no set, whatever type is asked.
[[nodiscard]] inline const SetHead* find_set(const Node& node, Type type) noexcept {
  for (const SetHead& head : node.sets()) {
    if (head.type == type && head.flags != SetHead::kGlue) return &head;
  }
  return nullptr;
}

}  // namespace rhumb
