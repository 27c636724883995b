// For whom an answer is made, and for how many others it holds (rule 6 of "What is chosen"). Who it
// is is found out when it first matters, since most answers are the same for everyone.
#pragma once

#include <cstdint>
#include <span>

#include "answer/view.h"
#include "base/ip.h"
#include "dns/query.h"
#include "geo/client_map.h"
#include "zones/zone_set.h"

namespace rhumb {

// Which address was taken for the client, and why.
enum class ClientFrom : std::uint8_t {
  kSource,         // where the query came from: it tells of no subnet
  kSubnet,         // of the subnet that it tells of
  kSubnetOff,      // where it came from: subnets are not heeded here
  kSubnetEmpty,    // where it came from: the subnet has no bits
  kSubnetSpecial,  // where it came from: the subnet is no place for a client to be (RFC 6890)
};

// What the scope is as long as it is for.
enum class ScopeCause : std::uint8_t { kNone, kSpecial, kRule, kSticky };

struct Scope {
  std::uint8_t bits;
  ScopeCause cause;
  std::uint32_t rule;   // of kRule: its number in the ZoneSet
  const ZoneRef* zone;  // and the group that a name led to, from which it is reached
  const Group* group;
};

// Whether an answer is to say for whom it holds.
inline bool wants_scope(const View& view, const Query& query) {
  return query.edns.client_subnet.source_prefix > 0 && view.options.client_subnet;
}

// Client::address(), unless the subnet is no place for a client to be.
inline const IpAddress& likely_client(const View& view, const Query& query) {
  return wants_scope(view, query) ? query.edns.client_subnet.address : query.source;
}

class Client {
 public:
  Client(const View& view, const Query& query) noexcept : view_(view), query_(query) {}

  // An address of the client, or the nearest to it that is known.
  [[nodiscard]] const IpAddress& address() noexcept {
    if (address_ == nullptr) find_out();
    return *address_;
  }
  [[nodiscard]] ClientFrom from() noexcept {
    if (address_ == nullptr) find_out();
    return from_;
  }
  // map.order_of(address())
  [[nodiscard]] std::span<const std::uint8_t> order_in(const ClientMap& map) noexcept {
    const IpAddress& client = address();
    const bool is_known = &map == matched_ && from_ == ClientFrom::kSubnet;
    return is_known ? match_.order : map.order_of(client);
  }

  // The answer may depend on all that can be reached from this group: neither chance nor health
  // shall show in the scope.
  void widen_scope(const ZoneRef& zone, const Group& group) noexcept {
    if (wants_scope(view_, query_)) [[unlikely]]
      widen(zone, group);
  }
  // Bits of the subnet on which the answer so far depends.
  [[nodiscard]] std::uint8_t scope_bits() const { return scope_bits_; }
  [[nodiscard]] Scope scope() const {
    return scope_bits_ == 0 ? Scope{.bits = 0,
                                    .cause = ScopeCause::kNone,
                                    .rule = 0,
                                    .zone = nullptr,
                                    .group = nullptr}
                            : scope_;
  }

 private:
  void find_out() noexcept;
  void widen(const ZoneRef& zone, const Group& group) noexcept;
  void widen(const Scope& scope) noexcept;

  const View& view_;
  const Query& query_;
  const IpAddress* address_ = nullptr;  // of query_; null: not found out yet
  ClientFrom from_;                     // found out with it
  std::uint8_t special_block_;          // likewise: of the subnet in Maps::special
  std::uint8_t scope_bits_ = 0;
  Scope scope_;                         // set with scope_bits_
  const ClientMap* matched_ = nullptr;  // where the subnet was looked up last
  ClientMap::Match match_;              // what was found there
};

}  // namespace rhumb
