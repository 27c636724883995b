// The model's part about places: in what order locations suit a client, and for how wide a block of
// addresses that holds. Tries addresses one by one.
#pragma once

#include <functional>
#include <vector>

#include "base/ip.h"
#include "geo/atlas.h"
#include "geo/rule.h"

namespace rhumb::testing {

// The IPv4 address that an IPv6 one stands for, or itself.
IpAddress as_looked_up(const IpAddress& address);
// Whether it cannot be a client's (RFC 6890), as far as no override covers it.
bool is_special(const Atlas& atlas, const IpAddress& address);
// Indices of `locations`, the best first.
std::vector<std::size_t> model_order(const std::vector<Location>& locations, const Atlas& atlas,
                                     const IpAddress& client);

// What an address amounts to, such as an order of locations.
using ValueOf = std::function<std::vector<std::size_t>(const IpAddress&)>;
// Bits of the widest block around `address` in which `value` is the same, if it changes nowhere but
// at the edges of networks of the atlas and of the special-purpose registries.
int model_block(const Atlas& atlas, const IpAddress& address, const ValueOf& value);

// Of the block of clients that a sticky group draws alike for.
int model_sticky_block(const IpAddress& address);

}  // namespace rhumb::testing
