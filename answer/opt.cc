#include "answer/opt.h"

#include <algorithm>
#include <array>

namespace rhumb {
namespace {

constexpr std::size_t kFixedSize = 11;      // without options (RFC 6891 §6.1.2)
constexpr std::size_t kOptionHeadSize = 4;  // code and length
constexpr std::size_t kKeepaliveSize = 6;   // RFC 7828 §3.1
constexpr std::uint8_t kDnssecOk = 0x80;    // of the upper octet (RFC 6891 §6.1.4)

// Whether the query is malformed to a server with these options. A malformed option is so to those
// who heed it (RFC 7871 §7.2.1, RFC 7873 §5.2.2), and a query that has but a cookie (§5.4) to those
// who heed none.
bool is_malformed(const AnswerOptions& options, const Query& query) {
  const Edns& edns = query.edns;
  const bool is_wrong_cookie = edns.cookie.malformed && options.cookie_secrets.heeds_cookies();
  const bool is_empty = query.screen == Screen::kCookie && !options.cookie_secrets.heeds_cookies();
  return query.rcode == Rcode::kFormErr || is_wrong_cookie || is_empty ||
         (edns.client_subnet.malformed && options.client_subnet);
}

// RFC 7828 §3.1, §3.3.2: in units of 100 ms, over TCP alone. 0: nothing is to be told.
std::uint16_t keepalive_of(const Query& query) {
  if (!query.edns.keepalive || query.transport != Transport::kTcp) return 0;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(query.idle_timeout_ms / 100, 0xFFFF));
}

}  // namespace

Opt::Opt(const Query& query, const AnswerOptions& options) noexcept
    : edns_(query.edns), udp_size_(options.udp_size) {
  if (!edns_.present) return;
  size_ = kFixedSize;
  malformed_ = is_malformed(options, query);
  if (malformed_) return;
  echoes_subnet_ = edns_.client_subnet.present && options.client_subnet;
  if (echoes_subnet_) size_ += option_size(edns_.client_subnet);
  has_cookie_ = edns_.cookie.present() && options.cookie_secrets.heeds_cookies();
  if (has_cookie_) {
    cookie_ = answer_cookie(edns_.cookie, query.source, query.now_s, options.cookie_secrets);
    size_ += kOptionHeadSize + cookie_.octets.size();
  }
  keepalive_ = keepalive_of(query);
  if (keepalive_ > 0) size_ += kKeepaliveSize;
  if (edns_.nsid && options.identity != nullptr) nsid_ = options.identity->nsid;
  if (!nsid_.empty()) size_ += kOptionHeadSize + nsid_.size();
}

void Opt::write(Rcode rcode, ExtendedError why, Writer& writer) const noexcept {
  const std::size_t why_size = why == ExtendedError::kNone ? 0 : kExtendedErrorSize;
  const std::size_t options_size = size_ - kFixedSize + why_size;
  // At once, since every reply ends so and few have options.
  const std::array<std::uint8_t, kFixedSize> fixed = {
      0,
      0,
      static_cast<std::uint8_t>(Type::kOpt),
      static_cast<std::uint8_t>(udp_size_ >> 8U),
      static_cast<std::uint8_t>(udp_size_),
      static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> kHeaderRcodeBits),
      0,  // version
      static_cast<std::uint8_t>(edns_.dnssec_ok ? kDnssecOk : 0),
      0,
      static_cast<std::uint8_t>(options_size >> 8U),
      static_cast<std::uint8_t>(options_size)};
  writer.octets(fixed);
  if (options_size > 0) [[unlikely]]
    write_options(why, writer);
}

void Opt::write_options(ExtendedError why, Writer& writer) const noexcept {
  // RFC 7871 §7.2.1: family, prefix and address as they were sent, and the scope.
  if (echoes_subnet_) write_client_subnet(edns_.client_subnet, scope_, writer);
  if (has_cookie_) {
    writer.u16(kCookieOption);
    writer.u16(static_cast<std::uint16_t>(cookie_.octets.size()));
    writer.bytes(cookie_.octets);
  }
  if (keepalive_ > 0) {
    writer.u16(kKeepaliveOption);
    writer.u16(sizeof keepalive_);
    writer.u16(keepalive_);
  }
  if (!nsid_.empty()) {
    writer.u16(kNsidOption);
    writer.u16(static_cast<std::uint16_t>(nsid_.size()));
    writer.text(nsid_);
  }
  if (why != ExtendedError::kNone) {  // RFC 8914 §2, without text
    writer.u16(kExtendedErrorOption);
    writer.u16(sizeof why);
    writer.u16(static_cast<std::uint16_t>(why));
  }
}

}  // namespace rhumb
