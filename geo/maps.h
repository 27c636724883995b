// The client maps of one edition: one for each location rule of its zone set, and who is taken for
// a client at all. Immutable; a changed database makes a new one beside the same zones.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/own_lines.h"
#include "geo/client_map.h"

namespace rhumb {

// Apart from the count of who shares it, which each flip writes.
struct alignas(kCacheLine) Maps {
  std::vector<std::shared_ptr<const ClientMap>> of_rule;  // by the rule's number in the ZoneSet
  // Order {0} for special-purpose addresses (RFC 6890) that no override covers, which are no place
  // for a client to be; else empty. Null: no rule and nothing sticky asks for it.
  std::shared_ptr<const ClientMap> special;
};

}  // namespace rhumb
