// Response rate limiting: which account a reply is charged to, and what a charge does to an
// account. Pure functions of their arguments, time included; the table of accounts belongs to
// whoever sends. An account is a token bucket told by one number, the time when it will be full
// again.
#pragma once

#include <cstdint>
#include <vector>

#include "answer/answer.h"
#include "base/ip.h"
#include "base/own_lines.h"
#include "dns/query.h"

namespace rhumb {

inline constexpr std::uint32_t kMaxResponsesPerSecond = 10'000;
inline constexpr std::uint8_t kMaxSlip = 10;
inline constexpr std::size_t kMaxExempt = 1'024;

// Clients are told apart by network: whoever has one address has more of them.
inline constexpr std::uint8_t kLimitedV4Bits = 24;
inline constexpr std::uint8_t kLimitedV6Bits = 56;

// Time here is a count of ticks that wraps after 19 hours.
using Ticks = std::uint64_t;
inline constexpr unsigned kTicksBits = 36;
inline constexpr unsigned kNsInTickBits = 10;
inline constexpr Ticks kTicksPerSecond = 1'000'000'000U >> kNsInTickBits;
// Of a count that has gone beyond the wrap, or beneath 0.
constexpr Ticks wrapped(Ticks ticks) { return ticks & ((Ticks{1} << kTicksBits) - 1); }
constexpr Ticks to_ticks(std::uint64_t monotonic_ns) {
  return wrapped(monotonic_ns >> kNsInTickBits);
}

// So many times what one account may be told, a network may be told in all, of whatever accounts.
inline constexpr std::uint32_t kAccountsOfNetwork = 5;

// How fast a bucket fills.
struct Allowance {
  Ticks cost;   // of a reply
  Ticks burst;  // that may be owed: a second's worth of replies
};
constexpr Allowance allowance_of(std::uint32_t responses_per_second) {
  const Ticks cost = kTicksPerSecond / responses_per_second;
  return {.cost = cost, .burst = cost * responses_per_second};
}

// A value that is made whole and not changed. Apart from the count of who shares it, which each
// flip writes.
struct alignas(kCacheLine) RateLimits {
  std::uint32_t responses_per_second = 1;  // 1 to kMaxResponsesPerSecond, to an account
  std::uint8_t slip = 2;                   // each such reply over the limit is one with TC; 0: none
  std::vector<IpPrefix> exempt{};          // as disjoint() leaves them
  Allowance of_account = allowance_of(responses_per_second);                       // left out
  Allowance of_network = allowance_of(kAccountsOfNetwork * responses_per_second);  // left out
};

// The same addresses, in rising order, without those networks that are part of another.
std::vector<IpPrefix> disjoint(std::vector<IpPrefix> networks);
// Whether one of the exempt networks holds it.
bool is_exempt(const RateLimits& limits, const IpAddress& client) noexcept;
// The network that a client is counted with.
IpPrefix limited_network(const IpAddress& client) noexcept;

// What replies have in common that are counted together, of one network.
enum class AccountKind : std::uint8_t {
  kName,         // the asked name exists: all types of it
  kNoName,       // NXDOMAIN: all names of the zone
  kSynthesised,  // from a wildcard, a DNAME or a cut: all names of the zone
  kError,        // all errors, and what is said of the server itself
  kNetwork,      // all that the network is told
};
AccountKind account_kind(const Outcome& outcome) noexcept;

// The account that this reply is charged to. Different `seed`s make different accounts, so that
// nobody can choose a question to hit another's.
std::uint64_t account_of(const Query& query, const Outcome& outcome, std::uint64_t seed) noexcept;
// The one of kNetwork, to which it is charged besides.
std::uint64_t network_account_of(const IpAddress& client, std::uint64_t seed) noexcept;

// How far beyond empty a bucket goes: what is withheld is charged too, so that who goes on above
// the limit is told nothing in full, and the silence of a second and of a reply's cost is enough
// to be told again.
inline constexpr Ticks kMaxOwedTicks = 2 * kTicksPerSecond;

struct Account {
  static constexpr unsigned kTagBits = 24;

  std::uint32_t tag = 0;      // kTagBits of the account's hash
  std::uint8_t withheld = 0;  // replies since the last with TC, itself counted; 0: not limited
  Ticks full_at = 0;

  bool operator==(const Account&) const = default;
};
std::uint64_t pack(const Account& account) noexcept;
Account unpack(std::uint64_t packed) noexcept;

// Ticks until it is full: 0 to kMaxOwedTicks. One that is not from about now, since it is old or
// the clock has jumped, is full; of those whose age is all but a number of wraps, which are 3 s of
// 19 hours, nobody can tell.
Ticks owed_ticks(const Account& account, Ticks now) noexcept;

enum class RateLimitAction : std::uint8_t {
  kSend,
  kSendTc,  // what answer_with_tc() writes
  kDrop,
};

struct Charge {
  Account account;  // as it is now
  RateLimitAction action;
  bool begins;  // it was not limited before
};
Charge charge(Account account, Ticks now, const Allowance& allowance, std::uint8_t slip) noexcept;

}  // namespace rhumb
