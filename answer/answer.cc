#include "answer/answer.h"

#include "answer/client.h"
#include "answer/explain.h"
#include "answer/identity.h"
#include "answer/reply.h"
#include "answer/resolve.h"

namespace rhumb {
namespace {

void look_up(const View& view, const Query& query, const Position& position, Client& client,
             Reply& reply, Outcome& outcome, Explain* explain) noexcept {
  if (position.zone == nullptr) {
    outcome.rcode = Rcode::kRefused;  // a name in no zone of ours
    return;
  }
  outcome.zone = static_cast<std::uint32_t>(position.zone - view.zones->refs().data());
  resolve(view, position, query, client, reply, outcome, explain);
}

void tell_of_client(const Reply& reply, Client& client, Explain& explain) {
  explain.client = client.address();
  explain.from = client.from();
  explain.wants_scope = reply.echoes_subnet();
  explain.scope = client.scope();
}

// RFC 7873 §5.4: what is said to a query that has but a cookie.
Rcode judge_cookie(const Cookie& cookie, const Reply& reply) {
  const bool is_good = !cookie.has_server_part() || reply.has_valid_cookie();
  return is_good ? Rcode::kNoError : Rcode::kBadCookie;
}

// RFC 8914 §4: why it is refused.
ExtendedError why(const Query& query, Rcode rcode) {
  if (rcode != Rcode::kRefused) [[likely]]
    return ExtendedError::kNone;
  if (query.screen == Screen::kAnswer) return ExtendedError::kNotAuthoritative;
  return query.klass == Class::kIn ? ExtendedError::kProhibited : ExtendedError::kNotSupported;
}

}  // namespace

Outcome answer(const View& view, const Query& query, std::span<std::uint8_t> out,
               Explain* explain) noexcept {
  return answer(view, query, position_of(view, query), out, explain);
}

Outcome answer(const View& view, const Query& query, const Position& position,
               std::span<std::uint8_t> out, Explain* explain) noexcept {
  if (query.screen == Screen::kSilent) return {};
  Reply reply(query, view.options, out);
  Client client(view, query);
  Outcome outcome{.rcode = query.rcode};
  if (query.rcode == Rcode::kNoError) [[likely]] {
    if (reply.malformed()) [[unlikely]] {
      outcome.rcode = Rcode::kFormErr;
    } else if (query.screen == Screen::kAnswer) [[likely]] {
      look_up(view, query, position, client, reply, outcome, explain);
    } else if (query.screen == Screen::kCookie) {
      outcome.rcode = judge_cookie(query.edns.cookie, reply);
    } else {
      outcome.rcode = tell_identity(view.options, query, reply);
    }
  }
  if (explain != nullptr) [[unlikely]]
    tell_of_client(reply, client, *explain);
  reply.set_scope(client.scope_bits());
  outcome.valid_cookie = reply.has_valid_cookie();
  outcome.length = reply.finish(outcome.rcode, why(query, outcome.rcode));
  outcome.truncated = reply.truncated();
  return outcome;
}

// What parse() refuses stays refused; all else is for TCP to say. Whoever asks in another's name
// may choose the options, and the longest of all would be the server's own name.
Outcome answer_with_tc(const View& view, const Query& query, const Outcome& outcome,
                       std::span<std::uint8_t> out) noexcept {
  const AnswerOptions options{.udp_size = view.options.udp_size,
                              .client_subnet = view.options.client_subnet,
                              .cookie_secrets = view.options.cookie_secrets,
                              .identity = nullptr,
                              .rate_limits = nullptr};
  Reply reply(query, options, out);
  reply.set_truncated();
  Outcome said{.rcode = query.rcode, .zone = outcome.zone};
  said.length = reply.finish(query.rcode, ExtendedError::kNone);
  said.truncated = true;
  return said;
}

}  // namespace rhumb
