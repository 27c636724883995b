// Networks of IANA's special-purpose registries (RFC 6890) whose addresses say nothing of where a
// client is: private, for documentation, multicast and the like.
#pragma once

#include <vector>

#include "base/ip.h"

namespace rhumb {

std::vector<IpPrefix> special_networks();

}  // namespace rhumb
