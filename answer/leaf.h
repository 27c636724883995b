// A record set of an answer with the name it stands at in its zone, which aliases may make another
// than the one it is answered under.
#pragma once

#include <cstdint>

#include "zones/zone.h"

namespace rhumb {

struct Leaf {
  const Image* image;
  const Node* owner;
  std::uint32_t ttl_s;  // the image's
};

}  // namespace rhumb
