// Where static CNAMEs and DNAMEs lead from a name, as answer/ follows them. For load time: what a
// check's address or the scope of an answer depends on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dns/name.h"
#include "zones/zone.h"

namespace rhumb {

inline constexpr int kMaxFollowed = 16;  // CNAMEs and DNAMEs; what is behind more is not found

// The node that answers for a name, and how many of the name's labels stand before its owner: none
// if it is the name's own or a wildcard.
struct Source {
  const Node* node = nullptr;  // null: nothing, or another server does
  int below = 0;
};

[[nodiscard]] bool is_in_zone(const Zone& zone, const FoldedName& name);

// RFC 1034 §4.3.2 step 3; nothing below a cut, where another server decides. Requires: `name` is in
// the zone.
[[nodiscard]] Source source_of(const Zone& zone, const FoldedName& name);

// The name in an image of one CNAME or DNAME that is copied below `owner`, as wire.
[[nodiscard]] std::vector<std::uint8_t> target_of(const Image& image, const FoldedName& owner);

// Where a static CNAME or DNAME leads from `name`, which `source` answers for, as wire that may be
// too long for a name (RFC 6672 §2.2); nullopt if there is none.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> next_of(const Zone& zone, Source source,
                                                               const FoldedName& name);

}  // namespace rhumb
