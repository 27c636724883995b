// Networks inside one another laid out flat: which is the narrowest around each address, and which
// is around that. Knows nothing of what the networks are for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ip.h"
#include "geo/place_table.h"

namespace rhumb {

// From `first` to the next stretch's first, or the end of the family.
struct NetworkStretch {
  AddressNumber first;
  std::uint32_t network = 0;  // the narrowest that holds it: 1 + its index; 0: none does

  bool operator==(const NetworkStretch&) const = default;
};

struct FlatNetworks {
  std::vector<NetworkStretch> v4;  // each family's begin at 0 and rise; empty: no networks
  std::vector<NetworkStretch> v6;
  std::vector<std::uint32_t> around;  // of network n, the next wider at n - 1; 0: none
};

// Of equal networks, the last is taken for the narrowest.
FlatNetworks flatten(std::span<const IpPrefix> networks);

}  // namespace rhumb
