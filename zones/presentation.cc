#include "zones/presentation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxCharacterString = 255;  // octets (RFC 1035 §3.3)

// What the octets of a token mean to those who walk along it.
enum class Kind : std::uint8_t { kOther, kPlain, kDot, kBlank, kQuote, kBackslash };

constexpr std::array<Kind, 256> kKinds = [] {
  std::array<Kind, 256> kinds{};
  const auto set = [&](std::string_view characters, Kind kind) {
    for (const char c : characters) kinds[static_cast<std::uint8_t>(c)] = kind;
  };
  set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*/", Kind::kPlain);
  set(".", Kind::kDot);
  set(" \t\r\n", Kind::kBlank);
  set("\"", Kind::kQuote);
  set("\\", Kind::kBackslash);
  return kinds;
}();

Kind kind_of(char c) { return kKinds[static_cast<std::uint8_t>(c)]; }

// Octets of the escape that `text` begins with, its backslash included; 0 when it is none.
std::size_t decode_escape(std::string_view text, std::uint8_t& octet) {
  if (text.size() < 2) return 0;
  if (!is_digit(text[1])) {
    octet = static_cast<std::uint8_t>(text[1]);
    return 2;
  }
  if (text.size() < 4 || !is_digit(text[2]) || !is_digit(text[3])) return 0;
  const int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  if (value > 255) return 0;
  octet = static_cast<std::uint8_t>(value);
  return 4;
}

// The text between the quotes, or a token without any; an Error when they do not match.
Result<std::string_view> unquote(std::string_view token) {
  if (token.empty() || token.front() != '"') return token;
  if (end_of_quoted(token, 0) == token.size()) return token.substr(1, token.size() - 2);
  return Error{in_quotes(token) + " has no closing quote"};
}

// Seconds a unit stands for, 0 when it is none.
std::uint64_t unit_s(char unit) {
  switch (to_lower(static_cast<std::uint8_t>(unit))) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 604'800;
    default:
      return 0;
  }
}

// The sum of `text` in seconds, capped a little above 2^32; nullopt when it is no such thing.
std::optional<std::uint64_t> sum_periods_s(std::string_view text) {
  constexpr std::uint64_t kCap = std::uint64_t{1} << 33U;
  std::uint64_t sum = 0;
  bool bare = false;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || bare) return std::nullopt;
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + digits, number);
    if (parsed.ec != std::errc()) number = kCap;
    bare = digits == text.size() && sum == 0;
    const std::uint64_t unit = bare ? 1 : digits < text.size() ? unit_s(text[digits]) : 0;
    if (unit == 0) return std::nullopt;
    sum = std::min(kCap, sum + std::min(number, kCap) * unit);
    text.remove_prefix(bare ? digits : digits + 1);
  }
  return sum;
}

// Ends in a dot that is not escaped.
bool is_absolute(std::string_view token) {
  if (token.empty() || token.back() != '.') return false;
  const std::size_t before = token.find_last_not_of('\\', token.size() - 2);
  const std::size_t backslashes =
      token.size() - 1 - (before == std::string_view::npos ? 0 : before + 1);
  return token.size() == 1 || backslashes % 2 == 0;
}

// What Name::parse would take as it stands but nobody means; empty: nothing.
std::string_view misuse_of_name(std::string_view token) {
  for (std::size_t at = 0; at < token.size(); ++at) {
    const char c = token[at];
    if (c == '\\') ++at;
    if (c == '"') return "names are written without quotes";
    if (c == ';' || c == '(' || c == ')') return "write a backslash before ; ( or ) in a name";
  }
  return {};
}

}  // namespace

std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ++at;
  }
  return std::string_view::npos;
}

std::string_view Tokens::next() {
  if (rest_.empty()) return {};
  std::size_t at = 0;
  if (rest_[0] == '"') {
    at = std::min(end_of_quoted(rest_, 0), rest_.size());
  } else {
    while (true) {
      while (at < rest_.size() && kind_of(rest_[at]) < Kind::kBlank) ++at;
      if (at >= rest_.size() || kind_of(rest_[at]) == Kind::kBlank) break;
      at = rest_[at] == '"' ? std::min(end_of_quoted(rest_, at), rest_.size()) : at + 2;
    }
  }
  const std::string_view token = rest_.substr(0, at);
  at = token.size();
  while (at < rest_.size() && kind_of(rest_[at]) == Kind::kBlank) ++at;
  rest_.remove_prefix(at);
  return token;
}

Result<bool> decode_text(std::string_view token, std::vector<std::uint8_t>& out) {
  const Result<std::string_view> inner = unquote(token);
  if (!inner.ok()) return Error{inner.error()};
  const std::string_view text = inner.value();
  const bool quoted = text.size() != token.size();
  for (std::size_t at = 0; at < text.size();) {
    auto octet = static_cast<std::uint8_t>(text[at]);
    std::size_t size = 1;
    if (text[at] == '\\') size = decode_escape(text.substr(at), octet);
    if (size == 0) {
      return Error{in_quotes(token) + " has a bad escape; write \\DDD, 000 to 255, or \\X"};
    }
    if (text[at] == '"' && !quoted) {
      return Error{in_quotes(token) + " has a quote inside; write \\\" for a quote"};
    }
    out.push_back(octet);
    at += size;
  }
  return true;
}

std::vector<std::uint8_t> cut_text(std::string_view text) {
  std::vector<std::uint8_t> rdata;
  do {
    const std::string_view piece = text.substr(0, kMaxCharacterString);
    rdata.push_back(static_cast<std::uint8_t>(piece.size()));
    rdata.insert(rdata.end(), piece.begin(), piece.end());
    text.remove_prefix(piece.size());
  } while (!text.empty());
  return rdata;
}

Result<std::uint64_t> parse_number(std::string_view token, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (end != token.data() + token.size() || code != std::errc() || number > max) {
    return Error{in_quotes(token) + " is no number from 0 to " + std::to_string(max)};
  }
  return number;
}

Result<std::uint32_t> parse_period_s(std::string_view token, std::uint32_t max,
                                     std::string_view what) {
  std::uint32_t plain = 0;
  const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), plain);
  if (code == std::errc() && end == token.data() + token.size() && plain <= max) return plain;
  const std::optional<std::uint64_t> sum_s = sum_periods_s(token);
  if (!sum_s || token.empty()) {
    return Error{in_quotes(token) + " is no " + std::string(what) +
                 "; write seconds, or units as in 1h30m"};
  }
  if (*sum_s > max) {
    return Error{"the " + std::string(what) + " " + in_quotes(token) +
                 " is out of range; write at most " + std::to_string(max)};
  }
  return static_cast<std::uint32_t>(*sum_s);
}

std::size_t write_plain_name(std::string_view token, const Name* origin,
                             std::span<std::uint8_t, kMaxNameSize> out) {
  if (token.empty() || token.size() > kMaxNameSize - 2) return 0;
  std::size_t length_at = 0;  // of the label that is being written
  std::size_t at = 1;
  for (const char c : token) {
    const Kind kind = kind_of(c);
    if (kind == Kind::kPlain) {
      out[at++] = static_cast<std::uint8_t>(c);
      continue;
    }
    const std::size_t size = at - length_at - 1;
    if (kind != Kind::kDot || size == 0 || size > kMaxLabelSize) return 0;
    out[length_at] = static_cast<std::uint8_t>(size);
    length_at = at++;
  }
  const std::size_t size = at - length_at - 1;
  if (size > kMaxLabelSize) return 0;
  out[length_at] = static_cast<std::uint8_t>(size);  // of an absolute name, the root's 0
  if (size == 0) return at;
  if (origin == nullptr || at + origin->wire().size() > kMaxNameSize) return 0;
  std::ranges::copy(origin->wire(), out.begin() + static_cast<std::ptrdiff_t>(at));
  return at + origin->wire().size();
}

Result<Name> parse_scoped_name(std::string_view token, const NameScope& scope) {
  const std::string_view misuse = misuse_of_name(token);
  if (!misuse.empty()) return Error{in_quotes(token) + " is no name: " + std::string(misuse)};
  const bool relative = !is_absolute(token);
  if (relative && scope.origin == nullptr) {
    return Error{in_quotes(token) +
                 " is relative, but no $ORIGIN stands before it; begin the file with $ORIGIN and "
                 "the zone's name, or write a final dot"};
  }
  Result<Name> name = Name::parse(token, relative ? *scope.origin : Name());
  if (!name.ok()) return Error{in_quotes(token) + " is no name: " + name.error()};
  if (relative && token != "@" && scope.relative != nullptr) {
    scope.relative->push_back(name.value());
  }
  return name;
}

}  // namespace rhumb
