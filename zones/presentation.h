// The small pieces of RFC 1035 §5.1 presentation form that records are made of: tokens, texts with
// escapes, numbers, TTLs and names. Pure; errors name the piece and leave the place to the caller.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "text/blanks.h"

namespace rhumb {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where the quoted text ends that begins at `at` of `text`: behind its closing quote, or npos when
// there is none on its line.
std::size_t end_of_quoted(std::string_view text, std::size_t at);

// Takes the tokens of one line from left to right, as they are written: quotes and escapes kept.
// What begins with a quote ends with its partner; elsewhere a quoted stretch is part of its token.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(trim_blanks(text)) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  // Empty at the end.
  std::string_view next();
  // All that is left, without outer blanks.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;  // never begins or ends with a blank
};

// Appends the octets that a token stands for: quotes taken off, \DDD and \X decoded.
Result<bool> decode_text(std::string_view token, std::vector<std::uint8_t>& out);

// The rdata of a TXT record that has `text` as it stands, cut into character-strings.
std::vector<std::uint8_t> cut_text(std::string_view text);

// Decimal digits, at most `max`.
Result<std::uint64_t> parse_number(std::string_view token, std::uint64_t max);

// Seconds, or BIND's units as in 1h30m; at most `max`. `what` is what the message calls it.
Result<std::uint32_t> parse_period_s(std::string_view token, std::uint32_t max,
                                     std::string_view what);

// What relative names are read against.
struct NameScope {
  const Name* origin = nullptr;  // null: there is none yet, and a relative name is an error
  std::vector<Name>* relative = nullptr;  // takes each name that was relative, as completed
};

// The wire of a name that is spelt with letters, digits and hyphens and the like alone, as most
// are, into `out`; 0: it is not, or it is no name, or relative without an origin. The short cut
// before parse_scoped_name().
std::size_t write_plain_name(std::string_view token, const Name* origin,
                             std::span<std::uint8_t, kMaxNameSize> out);

// One token as a name. Stricter than Name::parse: no quotes, and IDNs only in punycode.
Result<Name> parse_scoped_name(std::string_view token, const NameScope& scope);

}  // namespace rhumb
