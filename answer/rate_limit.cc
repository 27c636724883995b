#include "answer/rate_limit.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace rhumb {
namespace {

// How far apart the clock readings of two threads may be, so that none takes what the other has
// just written for old.
constexpr Ticks kClockSlackTicks = kTicksPerSecond;

constexpr unsigned kWithheldBits = 4;
static_assert(Account::kTagBits + kWithheldBits + kTicksBits == 64);
static_assert(kMaxSlip < 1U << kWithheldBits);

// Of limited_network(): its bits, and in the octet that is left its family.
std::uint64_t number_of_network(const IpAddress& client) {
  static_assert(kLimitedV4Bits % 8 == 0 && kLimitedV6Bits == 56);
  const std::size_t octets = (client.is_v4() ? kLimitedV4Bits : kLimitedV6Bits) / 8;
  const auto family = static_cast<std::uint64_t>(client.family());
  return read_word(client.bytes().first(octets)) | family << 56U;
}

std::uint64_t account(AccountKind kind, const IpAddress& client, std::uint64_t which,
                      std::uint64_t seed) {
  const std::uint64_t seed_of_kind = seed ^ static_cast<std::uint64_t>(kind);
  return mix(mix(seed_of_kind, number_of_network(client)), which);
}

bool is_error(const Outcome& outcome) {
  if (outcome.zone == Outcome::kNone) return true;
  return outcome.rcode != Rcode::kNoError && outcome.rcode != Rcode::kNxDomain &&
         outcome.rcode != Rcode::kYxDomain;
}

}  // namespace

std::vector<IpPrefix> disjoint(std::vector<IpPrefix> networks) {
  std::ranges::sort(networks);  // what holds others comes before them
  std::vector<IpPrefix> kept;
  for (const IpPrefix& network : networks) {
    if (kept.empty() || !kept.back().contains(network.address)) kept.push_back(network);
  }
  return kept;
}

bool is_exempt(const RateLimits& limits, const IpAddress& client) noexcept {
  if (limits.exempt.empty()) [[likely]]
    return false;
  const auto begins_later = [](const IpAddress& address, const IpPrefix& network) {
    return address < network.address;
  };
  const auto next =
      std::upper_bound(limits.exempt.begin(), limits.exempt.end(), client, begins_later);
  return next != limits.exempt.begin() && std::prev(next)->contains(client);
}

IpPrefix limited_network(const IpAddress& client) noexcept {
  return IpPrefix::of(client, client.is_v4() ? kLimitedV4Bits : kLimitedV6Bits);
}

AccountKind account_kind(const Outcome& outcome) noexcept {
  if (is_error(outcome)) return AccountKind::kError;
  if (outcome.name_exists) return AccountKind::kName;
  return outcome.rcode == Rcode::kNxDomain ? AccountKind::kNoName : AccountKind::kSynthesised;
}

std::uint64_t account_of(const Query& query, const Outcome& outcome, std::uint64_t seed) noexcept {
  const AccountKind kind = account_kind(outcome);
  std::uint64_t which = 0;
  switch (kind) {
    case AccountKind::kName:
      which = query.name.hash[0];
      break;
    case AccountKind::kNoName:
    case AccountKind::kSynthesised:
      which = outcome.zone;
      break;
    case AccountKind::kError:
    case AccountKind::kNetwork:
      break;
  }
  return account(kind, query.source, which, seed);
}

std::uint64_t network_account_of(const IpAddress& client, std::uint64_t seed) noexcept {
  return account(AccountKind::kNetwork, client, 0, seed);
}

std::uint64_t pack(const Account& account) noexcept {
  return std::uint64_t{account.tag} << (kTicksBits + kWithheldBits) |
         std::uint64_t{account.withheld} << kTicksBits | account.full_at;
}

Account unpack(std::uint64_t packed) noexcept {
  return {.tag = static_cast<std::uint32_t>(packed >> (kTicksBits + kWithheldBits)),
          .withheld = static_cast<std::uint8_t>(packed >> kTicksBits & ((1U << kWithheldBits) - 1)),
          .full_at = wrapped(packed)};
}

Ticks owed_ticks(const Account& account, Ticks now) noexcept {
  const Ticks owed = wrapped(account.full_at - now);  // of the past, it is very large
  return owed <= kMaxOwedTicks + kClockSlackTicks ? std::min(owed, kMaxOwedTicks) : 0;
}

Charge charge(Account account, Ticks now, const Allowance& allowance, std::uint8_t slip) noexcept {
  const Ticks owed = owed_ticks(account, now) + allowance.cost;
  account.full_at = wrapped(now + std::min(owed, kMaxOwedTicks));
  if (owed <= allowance.burst) {
    account.withheld = 0;
    return {account, RateLimitAction::kSend, false};
  }
  const bool begins = account.withheld == 0;
  account.withheld =
      account.withheld >= slip ? std::uint8_t{1} : static_cast<std::uint8_t>(account.withheld + 1);
  const bool is_slip = account.withheld == slip;
  return {account, is_slip ? RateLimitAction::kSendTc : RateLimitAction::kDrop, begins};
}

}  // namespace rhumb
