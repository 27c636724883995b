// Whether a host name is routed by the zones of one edition: by itself or by where its aliases,
// CNAMEs and DNAMEs lead. For load time; it follows static records as answer/ does, but over all
// zones.
#pragma once

#include <string>

#include "zones/zone_set.h"

namespace rhumb {

// Whether who asks, or what is alive, decides the addresses of `host`. False for an IP address.
// Requires: the aliases of `zones` are linked, and without loops.
[[nodiscard]] bool is_routed_here(const ZoneSet& zones, const std::string& host);

}  // namespace rhumb
