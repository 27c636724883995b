// Where the secrets for cookies come from: a file that several servers may share, or chance.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "dns/cookie.h"

namespace rhumb {

inline constexpr std::size_t kMaxCookieSecretFileBytes = 4'096;

// A secret of 32 hexadecimal digits a line, the one that makes cookies first; blank lines and those
// that begin with `#` aside. The error goes on behind the file's name and tells no secret.
Result<CookieSecrets> parse_cookie_secrets(std::string_view text);

// The same of a file, of kMaxCookieSecretFileBytes at most.
Result<CookieSecrets> read_cookie_secret_file(const std::string& path);

// A secret of nobody else's. Nullopt: the kernel has no chance to give.
std::optional<SipKey> draw_cookie_secret();

}  // namespace rhumb
