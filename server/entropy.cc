#include "server/entropy.h"

#include <sys/random.h>

namespace rhumb {

std::uint64_t draw_entropy() {
  std::uint64_t drawn = 0;
  return getrandom(&drawn, sizeof drawn, 0) == sizeof drawn ? drawn : 1;
}

}  // namespace rhumb
