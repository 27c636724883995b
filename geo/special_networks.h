// Networks of IANA's special-purpose registries (RFC 6890) whose addresses say nothing of where a
// client is: private, for documentation, multicast and the like.
#pragma once

#include <vector>

#include "base/ip.h"

namespace rhumb {

std::vector<IpPrefix> special_networks();

// Whether it is of those that no stranger on the Internet reaches: loopback, private (RFC 1918,
// RFC 4193), shared (RFC 6598) and link-local (RFC 3927, RFC 4291 §2.5.6).
bool is_inner(const IpAddress& address);

}  // namespace rhumb
