#include "dns/cookie.h"

#include <algorithm>
#include <cassert>

#include "base/hash.h"
#include "dns/reader.h"
#include "dns/writer.h"

namespace rhumb {
namespace {

constexpr std::uint8_t kVersion = 1;  // RFC 9018 §4.1
constexpr std::size_t kHashAt = 16;   // behind client cookie, version, reserved, timestamp
constexpr std::size_t kHashSize = 8;  // RFC 9018 §4.4
constexpr std::size_t kAddressRoom = 16;
constexpr std::int32_t kLifetimeS = 3600;  // RFC 9018 §4.3, and for the next two
constexpr std::int32_t kFutureS = 300;     // what clocks of servers that share a secret differ
constexpr std::int32_t kFreshS = 1800;     // older ones are made new

using Octets = std::span<const std::uint8_t>;
using Hash = std::array<std::uint8_t, kHashSize>;

// RFC 9018 §4.4: of all before the hash, and the client's address.
Hash hash_of(Octets head, const IpAddress& client, const SipKey& secret) {
  std::array<std::uint8_t, kHashAt + kAddressRoom> message;
  const auto address = client.bytes();
  std::ranges::copy(head.first(kHashAt), message.begin());
  std::ranges::copy(address, message.begin() + kHashAt);
  const std::uint64_t hash = sip_hash(secret, std::span(message).first(kHashAt + address.size()));
  Hash octets;
  for (std::size_t i = 0; i < kHashSize; ++i) octets[i] = static_cast<std::uint8_t>(hash >> 8 * i);
  return octets;
}

// Seconds since the cookie was made, by serial number arithmetic (RFC 9018 §4.3).
std::int32_t age_s(Octets cookie, std::uint32_t now_s) {
  Reader timestamp(cookie.subspan(kHashAt - 4, 4));
  return static_cast<std::int32_t>(now_s - timestamp.u32());
}

// The number of the secret that made it; secrets.count: none did.
std::size_t maker_of(Octets cookie, const IpAddress& client, const CookieSecrets& secrets) {
  for (std::size_t i = 0; i < secrets.count; ++i) {
    const Hash hash = hash_of(cookie, client, secrets.keys[i]);
    // As words: in time that does not tell how much of a guess was right.
    if (read_word(hash) == read_word(cookie.subspan(kHashAt, kHashSize))) return i;
  }
  return secrets.count;
}

void make(Octets client_cookie, const IpAddress& client, std::uint32_t now_s, const SipKey& secret,
          std::span<std::uint8_t, kFullCookieSize> out) {
  Writer writer(out);
  writer.bytes(client_cookie);
  writer.u32(std::uint32_t{kVersion} << 24U);  // and three octets that are reserved
  writer.u32(now_s);
  writer.bytes(hash_of(out, client, secret));
}

}  // namespace

void read_cookie(Octets data, Cookie& cookie) noexcept {
  if (cookie.present() || cookie.malformed) return;
  constexpr std::size_t kMin = kClientCookieSize + kMinServerCookieSize;
  constexpr std::size_t kMax = kClientCookieSize + kMaxServerCookieSize;
  const bool fits =
      data.size() == kClientCookieSize || (data.size() >= kMin && data.size() <= kMax);
  if (fits) {
    cookie.octets = data;
  } else {
    cookie.malformed = true;
  }
}

CookieReply answer_cookie(const Cookie& asked, const IpAddress& client, std::uint32_t now_s,
                          const CookieSecrets& secrets) noexcept {
  assert(asked.present() && secrets.heeds_cookies());
  CookieReply reply;
  const Octets octets = asked.octets;
  if (octets.size() == kFullCookieSize && octets[kClientCookieSize] == kVersion) {
    const std::int32_t age = age_s(octets, now_s);
    if (age <= kLifetimeS && age >= -kFutureS) {
      const std::size_t maker = maker_of(octets, client, secrets);
      reply.valid = maker < secrets.count;
      if (maker == 0 && age <= kFreshS) {
        std::ranges::copy(octets, reply.octets.begin());
        return reply;
      }
    }
  }
  make(octets.first(kClientCookieSize), client, now_s, secrets.keys[0], reply.octets);
  return reply;
}

}  // namespace rhumb
