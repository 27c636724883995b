#include "text/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "text/quote.h"

namespace rhumb {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t ms;
};
constexpr std::uint64_t kSecondMs = 1000;
constexpr Unit kUnits[] = {{"ms", 1},
                           {"s", kSecondMs},
                           {"", kSecondMs},
                           {"m", kSecondMs * 60},
                           {"h", kSecondMs * 3600},
                           {"d", kSecondMs * 86400},
                           {"w", kSecondMs * 86400 * 7}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool has_leading_zero(std::string_view digits) { return digits.size() > 1 && digits[0] == '0'; }

std::string range_text(std::int64_t min, std::int64_t max) {
  return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

// The shortest text without exponent that reads back as the same number.
std::string decimal_text(double number) {
  std::array<char, 32> text{};
  const auto [end, code] =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return code == std::errc() ? std::string(text.data(), end) : std::string();
}

std::string range_text(double min, double max) {
  return "a decimal number from " + decimal_text(min) + " to " + decimal_text(max);
}

// Digits, or digits with a point between them.
bool is_unsigned_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_digits(text);
  return is_digits(text.substr(0, point)) && is_digits(text.substr(point + 1));
}

Error not_a_duration(std::string_view text) {
  return {in_quotes(text) + " is no duration; write a whole number with ms, s, m, h, d or w"};
}

const Unit* find_unit(std::string_view name) {
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [name](const Unit& u) { return u.name == name; });
  return unit == std::end(kUnits) ? nullptr : unit;
}

std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (code != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

Result<std::int64_t> parse_whole(std::string_view text, std::int64_t min, std::int64_t max) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (!is_digits(digits)) {
    return Error{in_quotes(text) + " is no whole number; write " + range_text(min, max)};
  }
  if (has_leading_zero(digits) || (negative && digits == "0")) {
    return Error{in_quotes(text) + " has a leading zero or a sign too many; write " +
                 range_text(min, max)};
  }
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < min || number > max) {
    return Error{std::string(text.substr(0, kMaxQuotedBytes)) + " is out of range; write " +
                 range_text(min, max)};
  }
  return number;
}

Result<double> parse_decimal(std::string_view text, double min, double max) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (!is_unsigned_decimal(digits)) {
    return Error{in_quotes(text) + " is no decimal number; write " + range_text(min, max)};
  }
  if (has_leading_zero(digits.substr(0, digits.find('.')))) {
    return Error{in_quotes(text) + " has a leading zero; write " + range_text(min, max)};
  }
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < min || number > max) {
    return Error{std::string(text.substr(0, kMaxQuotedBytes)) + " is out of range; write " +
                 range_text(min, max)};
  }
  return number == 0 ? 0 : number;  // no negative zero
}

Result<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Error{in_quotes(text) + " is no boolean; write true or false"};
}

Result<std::uint64_t> parse_duration_ms(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const Unit* unit = find_unit(text.substr(digits));
  if (digits == 0 || unit == nullptr || has_leading_zero(text.substr(0, digits))) {
    return not_a_duration(text);
  }
  const std::optional<std::uint64_t> number = to_number(text.substr(0, digits));
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit->ms) {
    return Error{in_quotes(text) + " is too long a duration; write a shorter one"};
  }
  return *number * unit->ms;
}

Result<std::uint32_t> parse_ttl_s(std::string_view text) {
  const Result<std::uint64_t> duration_ms = parse_duration_ms(text);
  if (!duration_ms.ok()) return Error{duration_ms.error()};
  if (duration_ms.value() % kSecondMs != 0) {
    return Error{in_quotes(text) + " is not in whole seconds; write a whole number of seconds"};
  }
  const std::uint64_t ttl_s = duration_ms.value() / kSecondMs;
  if (ttl_s > kMaxTtlS) {
    return Error{in_quotes(text) + " is too long; write at most " + std::to_string(kMaxTtlS) +
                 " seconds"};
  }
  return static_cast<std::uint32_t>(ttl_s);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

Error unknown_name(std::string_view text, std::span<const std::string_view> names) {
  std::string message = in_quotes(text) + " is not known here";
  const char* between = "; write one of ";
  for (const std::string_view name : names) {
    message.append(between).append(name);
    between = ", ";
  }
  return {message};
}

}  // namespace rhumb
