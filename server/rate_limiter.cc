#include "server/rate_limiter.h"

#include <exception>
#include <string>
#include <string_view>

namespace rhumb {
namespace {

// Charges that other threads may get in before; whoever loses so often is one of a flood.
constexpr int kMaxChargeTries = 16;

std::string_view answers_of(AccountKind kind) {
  switch (kind) {
    case AccountKind::kName:
      return "name";
    case AccountKind::kNoName:
      return "nxdomain";
    case AccountKind::kSynthesised:
      return "synthesised";
    case AccountKind::kError:
      return "error";
    case AccountKind::kNetwork:
      return "all";
  }
  return {};
}

std::string limited_zone(const View& view, const Outcome& outcome) {
  if (outcome.zone == Outcome::kNone) return "-";
  return to_string(view.zones->refs()[outcome.zone].zone->info().apex.lower());
}

}  // namespace

RateLimiter::RateLimiter(std::uint64_t seed, Log& log)
    : seed_(seed), log_(log), lines_(std::make_unique<std::array<Line, kLines>>()) {}

RateLimitAction RateLimiter::judge(const View& view, const RateLimits& limits, const Query& query,
                                   const Outcome& outcome, std::uint64_t now_ns) noexcept {
  if (outcome.valid_cookie || is_exempt(limits, query.source)) return RateLimitAction::kSend;
  const Ticks now = to_ticks(now_ns);
  Charge charged =
      charge_account(account_of(query, outcome, seed_), now, limits.of_account, limits.slip);
  const bool is_of_network = charged.action == RateLimitAction::kSend;
  if (is_of_network) {
    charged = charge_account(network_account_of(query.source, seed_), now, limits.of_network,
                             limits.slip);
  }
  if (charged.begins) [[unlikely]]
    tell(view, query, outcome, is_of_network ? AccountKind::kNetwork : account_kind(outcome),
         now_ns);
  return charged.action;
}

Charge RateLimiter::charge_account(std::uint64_t hash, Ticks now, const Allowance& allowance,
                                   std::uint8_t slip) noexcept {
  Line& line = (*lines_)[hash % kLines];
  const auto tag = static_cast<std::uint32_t>(hash >> (64U - Account::kTagBits));
  for (int tries = 0; tries < kMaxChargeTries; ++tries) {
    auto [slot, packed] = find_place(line, tag, now);
    Account account = unpack(packed);
    if (packed == 0 || account.tag != tag) account = {.tag = tag, .withheld = 0, .full_at = now};
    const Charge charged = charge(account, now, allowance, slip);
    if (slot->compare_exchange_strong(packed, pack(charged.account), std::memory_order_relaxed)) {
      return charged;
    }
  }
  return {.account = {}, .action = RateLimitAction::kDrop, .begins = false};
}

// The account's own, or else the place of the one that is nearest to full.
RateLimiter::Place RateLimiter::find_place(Line& line, std::uint32_t tag, Ticks now) noexcept {
  Place fullest{.slot = nullptr, .packed = 0};
  Ticks least_owed = 0;
  for (std::atomic<std::uint64_t>& slot : line.accounts) {
    const std::uint64_t packed = slot.load(std::memory_order_relaxed);
    const bool is_free = packed == 0;
    const Account account = unpack(packed);
    if (!is_free && account.tag == tag) return {.slot = &slot, .packed = packed};
    const Ticks owed = is_free ? 0 : owed_ticks(account, now);
    if (fullest.slot != nullptr && owed >= least_owed) continue;
    fullest = {.slot = &slot, .packed = packed};
    least_owed = owed;
  }
  return fullest;
}

// The worker that finds that it is time writes the line; who cannot is none the worse for it.
void RateLimiter::tell(const View& view, const Query& query, const Outcome& outcome,
                       AccountKind kind, std::uint64_t now_ns) noexcept {
  untold_.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t due_ns = next_line_ns_.load(std::memory_order_relaxed);
  if (now_ns < due_ns || !next_line_ns_.compare_exchange_strong(due_ns, now_ns + kRateLimitLogNs,
                                                                std::memory_order_relaxed)) {
    return;
  }
  try {
    log_.warn("replies to a network are limited",
              {{"network", to_string(limited_network(query.source))},
               {"answers", std::string(answers_of(kind))},
               {"zone", limited_zone(view, outcome)},
               {"begun", std::to_string(untold_.exchange(0, std::memory_order_relaxed))}});
  } catch (const std::exception&) {  // there is no memory for it
    return;
  }
}

}  // namespace rhumb
