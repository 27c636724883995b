// DNS cookies (RFC 7873) with the server's half as RFC 9018 makes it, so that servers which share a
// secret take each other's. The core knows no time: it comes with the query.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ip.h"
#include "base/sip_hash.h"

namespace rhumb {

inline constexpr std::uint16_t kCookieOption = 10;      // RFC 7873 §4
inline constexpr std::size_t kClientCookieSize = 8;     // RFC 7873 §4
inline constexpr std::size_t kFullCookieSize = 24;      // with a server cookie of RFC 9018 §4
inline constexpr std::size_t kMinServerCookieSize = 8;  // RFC 7873 §4: of any server's making
inline constexpr std::size_t kMaxServerCookieSize = 32;
inline constexpr std::size_t kMaxCookieSecrets = 4;

// The first makes cookies, each of them is good for those that are brought. None: cookies are not
// heeded.
struct CookieSecrets {
  std::array<SipKey, kMaxCookieSecrets> keys{};
  std::size_t count = 0;

  [[nodiscard]] bool heeds_cookies() const { return count > 0; }
  bool operator==(const CookieSecrets&) const = default;
};

// Of a query: borrowed from it.
struct Cookie {
  bool malformed = false;                // a query has it, but not so; the octets say nothing
  std::span<const std::uint8_t> octets;  // the client's, then perhaps a server's; empty: none

  [[nodiscard]] bool present() const { return !octets.empty(); }
  [[nodiscard]] bool has_server_part() const { return octets.size() > kClientCookieSize; }
};

// Reads the data of one option into `cookie`, unless one was read before: only the first counts
// (RFC 7873 §5.2).
void read_cookie(std::span<const std::uint8_t> data, Cookie& cookie) noexcept;

struct CookieReply {
  bool valid = false;  // the server cookie that was brought is one of ours, for this client
  std::array<std::uint8_t, kFullCookieSize> octets;
};

// What is said to `asked`, sent from `client` at the Unix time `now_s`: its own when that is fresh,
// else a new one. Requires: asked.present(), and a secret.
CookieReply answer_cookie(const Cookie& asked, const IpAddress& client, std::uint32_t now_s,
                          const CookieSecrets& secrets) noexcept;

}  // namespace rhumb
