// What the databases say of all networks, flattened: for either family the address at which each
// stretch begins, and its place. Filled by geo/maxmind in rising order, read by geo/compile.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "geo/place.h"

namespace rhumb {

// 128 bits of an address; IPv4 in the low 32.
struct AddressNumber {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  auto operator<=>(const AddressNumber&) const = default;
};

// From `first` to the next stretch's first, or the end of the family. Stretches begin at 0 and
// rise.
struct PlaceStretch {
  AddressNumber first;
  std::uint32_t place = 0;  // index into places; 0: nothing is known
};

struct PlaceTable {
  std::vector<GeoPlace> places{GeoPlace{}};  // the first is empty
  std::vector<PlaceStretch> v4;              // empty: nothing is known of any
  std::vector<PlaceStretch> v6;              // without what is IPv4 in IPv6
};

}  // namespace rhumb
