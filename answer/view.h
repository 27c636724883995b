// All that a query may see: one immutable edition of zones, what is alive in it, and the server's
// options. The publisher swaps it whole; a query reads it and nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/own_lines.h"
#include "dns/cookie.h"
#include "geo/maps.h"
#include "zones/zone_set.h"

namespace rhumb {

struct RateLimits;

constexpr std::uint16_t kMaxUdpSize = 4096;  // octets of a UDP reply, whatever a client takes

constexpr std::size_t kMaxNsidSize = 128;      // octets: any reply of 512 octets has room for it
constexpr std::size_t kMaxIdentitySize = 255;  // octets: one character-string (RFC 1035 §3.3)

// What the server says of itself to those who ask for it. What is empty is not told.
struct Identity {
  std::string nsid{};     // RFC 5001
  std::string server{};   // id.server and hostname.bind, in class CH (RFC 4892)
  std::string version{};  // version.bind and version.server, likewise
};

struct AnswerOptions {
  std::uint16_t udp_size =
      1232;                   // <= kMaxUdpSize: largest UDP reply, and what our OPT says (octets)
  bool client_subnet = true;  // the ECS option is heeded (RFC 7871)
  CookieSecrets cookie_secrets;              // none: the COOKIE option is not heeded (RFC 7873)
  std::shared_ptr<const Identity> identity;  // null: nothing is told
  std::shared_ptr<const RateLimits> rate_limits;  // for who sends the answers; null: no limit
};

// It and its bits stand on cache lines of their own: the thread that makes it writes beside them
// all the while.
struct alignas(kCacheLine) View {
  std::shared_ptr<const ZoneSet> zones;
  std::shared_ptr<const Maps> maps;  // of the zones' location rules; null: there are none
  SharedWords alive;                 // bit g of the whole: gate g is alive
  // Likewise, but only what an operator took out (override, drain, SWITCH) is dead: among the rest
  // chooses who finds nothing alive. Empty: nothing is taken out.
  SharedWords standing;
  AnswerOptions options;
  std::uint64_t generation = 0;  // grows with every publish
};

}  // namespace rhumb
