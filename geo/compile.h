// Compiles location rules into client maps: sweeps once over the networks of databases, overrides
// and tables, and asks the rule for an order at each. Pure and slow; runs in the helper's child.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "geo/atlas.h"
#include "geo/place_table.h"
#include "geo/rule.h"

namespace rhumb {

// What the databases say; both tables are empty without databases.
struct Databases {
  PlaceTable places;  // of City or Country
  PlaceTable asns;    // of ASN: places that have nothing but the AS number
};

// One map a rule, in their order, as ClientMap::adopt() takes them. Requires: every region and
// collection that a rule names is in the atlas.
std::vector<std::vector<std::byte>> compile_maps(const std::vector<Rule>& rules, const Atlas& atlas,
                                                 const Databases& databases);

// The map behind Maps::special.
std::vector<std::byte> compile_special(const std::vector<Override>& overrides);

}  // namespace rhumb
