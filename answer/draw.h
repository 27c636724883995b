// Chance out of a query's entropy: as many draws as an answer needs, the same ones every time.
#pragma once

#include <cstdint>

#include "base/hash.h"

namespace rhumb {

// The `n`th number out of `entropy`, independent of the others to any test. mix() of two numbers
// that differ in a few bits would not be; this is wyrand, a counter squared and folded.
inline std::uint64_t derive(std::uint64_t entropy, std::uint64_t n) {
  const std::uint64_t counter = entropy + (n + 1) * 0xA0761D6478BD642FU;
  return mix(counter, counter);
}

// A number below `bound`, evenly: multiply and shift, no modulo.
inline std::uint32_t draw_below(std::uint32_t bound, std::uint64_t random) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint32_t>(Wide{random} * bound >> 64U);
}

}  // namespace rhumb
