#include "server/cookie_secrets.h"

#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "text/blanks.h"
#include "zones/source.h"

namespace rhumb {
namespace {

std::optional<SipKey> parse_secret(std::string_view text) {
  SipKey key{};
  if (text.size() != key.size() * 2) return std::nullopt;
  for (std::uint8_t& octet : key) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, octet, 16);
    if (error != std::errc() || end != text.data() + 2) return std::nullopt;
    text.remove_prefix(2);
  }
  return key;
}

}  // namespace

Result<CookieSecrets> parse_cookie_secrets(std::string_view text) {
  CookieSecrets secrets;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::optional<SipKey> secret = parse_secret(line);
    if (!secret) {
      return Error{"line " + std::to_string(number) +
                   " is no secret of 32 hexadecimal digits; make one with `openssl rand -hex 16`"};
    }
    if (secrets.count == kMaxCookieSecrets) {
      return Error{"has more than " + std::to_string(kMaxCookieSecrets) +
                   " secrets; remove the oldest"};
    }
    secrets.keys[secrets.count++] = *secret;
  }
  if (secrets.heeds_cookies()) return secrets;
  return Error{"has no secret; write one into it, such as `openssl rand -hex 16` makes"};
}

Result<CookieSecrets> read_cookie_secret_file(const std::string& path) {
  const Result<SourceText> source = SourceText::read(path, kMaxCookieSecretFileBytes);
  if (!source.ok()) return Error{source.error()};
  return parse_cookie_secrets(source.value().text());
}

std::optional<SipKey> draw_cookie_secret() {
  SipKey key{};
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) return std::nullopt;
  return key;
}

}  // namespace rhumb
