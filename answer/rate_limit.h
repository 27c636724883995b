// Response rate limiting: which account a reply is charged to, and what a charge does to an
// account. Pure functions of their arguments, time included; the table of accounts is who sends's.
// An account is a token bucket told by one number, the time when it will be full again.
#pragma once

#include <cstdint>
#include <vector>

#include "answer/answer.h"
#include "base/ip.h"
#include "dns/query.h"

namespace rhumb {

inline constexpr std::uint32_t kMaxResponsesPerSecond = 10'000;
inline constexpr std::uint8_t kMaxSlip = 10;
inline constexpr std::size_t kMaxExempt = 1'024;

// Clients are told apart by network: whoever has one address has more of them.
inline constexpr std::uint8_t kLimitedV4Bits = 24;
inline constexpr std::uint8_t kLimitedV6Bits = 56;

// Time here is a count of ticks that wraps after 73 minutes.
inline constexpr unsigned kNsInTickBits = 10;
inline constexpr std::uint32_t kTicksPerSecond = 1'000'000'000U >> kNsInTickBits;
constexpr std::uint32_t to_ticks(std::uint64_t monotonic_ns) {
  return static_cast<std::uint32_t>(monotonic_ns >> kNsInTickBits);
}

// A value that is made whole and not changed.
struct RateLimits {
  std::uint32_t responses_per_second = 1;  // 1 to kMaxResponsesPerSecond, to an account
  std::uint8_t slip = 2;                   // each such reply over the limit is one with TC; 0: none
  std::vector<IpPrefix> exempt{};          // as disjoint() leaves them
  std::uint32_t cost_ticks = kTicksPerSecond / responses_per_second;  // of a reply; left out
};

// The same addresses, in rising order, without those networks that are part of another.
std::vector<IpPrefix> disjoint(std::vector<IpPrefix> networks);
// Whether one of the exempt networks holds it.
bool is_exempt(const RateLimits& limits, const IpAddress& client) noexcept;
// The network that a client is counted with.
IpPrefix limited_network(const IpAddress& client) noexcept;

// What replies have in common that are counted together, of one network.
enum class AccountKind : std::uint8_t {
  kName,    // the asked name exists: all types of it
  kNoName,  // NXDOMAIN: all names of the zone
  kMade,    // from a wildcard, a DNAME or a cut: all names of the zone
  kError,   // all errors, and what is said of the server itself
};
AccountKind account_kind(const Outcome& outcome) noexcept;

// The account that this reply is charged to. Different `seed`s make different accounts, so that
// nobody can choose a question to hit another's.
std::uint64_t account_of(const Query& query, const Outcome& outcome, std::uint64_t seed) noexcept;

// How far beyond empty a bucket goes: what is withheld is charged too, so that who goes on above
// the limit is told nothing at all, and a second's silence is enough to be told again.
inline constexpr std::uint32_t kMaxOwedTicks = 2 * kTicksPerSecond;

struct Account {
  static constexpr unsigned kTagBits = 24;

  std::uint32_t tag = 0;      // kTagBits of the account's hash
  std::uint8_t withheld = 0;  // replies since the last with TC, itself counted; 0: not limited
  std::uint32_t full_at = 0;  // in ticks

  bool operator==(const Account&) const = default;
};
std::uint64_t pack(const Account& account) noexcept;
Account unpack(std::uint64_t packed) noexcept;

// Ticks until it is full: 0 to kMaxOwedTicks. One that is not from about now, since it is old or
// the clock has jumped, is full.
std::uint32_t owed_ticks(const Account& account, std::uint32_t now) noexcept;

enum class Verdict : std::uint8_t {
  kSend,
  kSendTc,  // what answer_with_tc() writes
  kDrop,
};

struct Charge {
  Account account;  // as it is now
  Verdict verdict;
  bool begins;  // it was not limited before
};
Charge charge(Account account, std::uint32_t now, const RateLimits& limits) noexcept;

}  // namespace rhumb
