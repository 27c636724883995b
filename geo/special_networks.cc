#include "geo/special_networks.h"

#include <algorithm>
#include <string_view>

namespace rhumb {
namespace {

constexpr std::string_view kSpecial[] = {
    "0.0.0.0/8",        // this network (RFC 791)
    "10.0.0.0/8",       // private (RFC 1918)
    "100.64.0.0/10",    // shared by a carrier's customers (RFC 6598)
    "127.0.0.0/8",      // loopback (RFC 1122)
    "169.254.0.0/16",   // link-local (RFC 3927)
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments (RFC 6890)
    "192.0.2.0/24",     // documentation (RFC 5737)
    "192.88.99.0/24",   // 6to4 relays, deprecated (RFC 7526)
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks (RFC 2544)
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast (RFC 5771)
    "240.0.0.0/4",      // reserved (RFC 1112), and 255.255.255.255
    "::/128",           // unspecified (RFC 4291)
    "::1/128",          // loopback
    "64:ff9b:1::/48",   // local translation (RFC 8215)
    "100::/64",         // discard (RFC 6666)
    "100:0:0:1::/64",   // dummy (RFC 9780)
    "2001:2::/48",      // benchmarks (RFC 5180)
    "2001:10::/28",     // ORCHID, deprecated (RFC 4843)
    "2001:20::/28",     // ORCHIDv2 (RFC 7343)
    "2001:30::/28",     // drone identification (RFC 9374)
    "2001:db8::/32",    // documentation (RFC 3849)
    "3fff::/20",        // documentation (RFC 9637)
    "5f00::/16",        // segment routing (RFC 9602)
    "fc00::/7",         // unique local (RFC 4193)
    "fe80::/10",        // link-local
    "fec0::/10",        // site-local, deprecated (RFC 3879)
    "ff00::/8",         // multicast
};

constexpr std::string_view kInner[] = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                       "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                                       "fc00::/7",      "fe80::/10",      "::1/128"};

}  // namespace

std::vector<IpPrefix> special_networks() {
  std::vector<IpPrefix> networks;
  for (const std::string_view text : kSpecial) networks.push_back(*IpPrefix::parse(text));
  return networks;
}

bool is_inner(const IpAddress& address) {
  return std::ranges::any_of(kInner, [&address](std::string_view network) {
    return IpPrefix::parse(network)->contains(address);
  });
}

}  // namespace rhumb
