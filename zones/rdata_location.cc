#include "zones/rdata_location.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "text/quote.h"

namespace rhumb {
namespace {

struct Axis {
  std::string_view letters;
  std::string_view what;
  std::uint64_t max_degrees;
};
constexpr Axis kLatitude{"NnSs", "latitude", 90};
constexpr Axis kLongitude{"EeWw", "longitude", 180};

// Digits, then at most `decimals` more behind a dot; the whole number of them, 10^-decimals each.
std::optional<std::uint64_t> parse_decimal(std::string_view token, std::size_t decimals) {
  const std::size_t dot = std::min(token.find('.'), token.size());
  std::string digits(token.substr(0, dot));
  const std::string_view fraction = token.substr(std::min(dot + 1, token.size()));
  if (digits.empty() || fraction.size() > decimals) return std::nullopt;
  digits.append(fraction).append(decimals - fraction.size(), '0');
  constexpr std::uint64_t kMax = 100'000'000'000;
  const Result<std::uint64_t> number = parse_number(digits, kMax);
  if (!number.ok()) return std::nullopt;
  return number.value();
}

std::string print_decimal(std::uint64_t value, std::size_t decimals) {
  std::string digits = std::to_string(value);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  return digits.insert(digits.size() - decimals, ".");
}

bool is_letter_of(std::string_view token, const Axis& axis) {
  return token.size() == 1 && axis.letters.find(token[0]) != std::string_view::npos;
}

// Degrees, minutes and seconds up to the letter of their half of the globe.
Result<std::string> read_angle(Tokens& tokens, const Axis& axis) {
  const Error wrong{std::string(axis.what) + " is wrong; write one like 52 22 23.000 " +
                    axis.letters[0]};
  std::array<std::uint64_t, 3> parts{};  // degrees, minutes, milliseconds
  constexpr std::array<std::uint64_t, 2> kMaxParts{59, 59'999};
  std::size_t count = 0;
  std::string_view token = tokens.next();
  for (; !is_letter_of(token, axis); token = tokens.next()) {
    if (count == parts.size()) return wrong;
    const auto part = parse_decimal(token, count == 2 ? 3 : 0);
    if (!part || *part > (count == 0 ? axis.max_degrees : kMaxParts[count - 1])) return wrong;
    parts[count++] = *part;
  }
  const bool beyond = parts[0] == axis.max_degrees && (parts[1] > 0 || parts[2] > 0);
  if (count == 0 || beyond) return wrong;
  const char letter = static_cast<char>(token[0] & ~0x20);
  return std::to_string(parts[0]) + " " + std::to_string(parts[1]) + " " +
         print_decimal(parts[2], 3) + " " + letter + " ";
}

std::optional<std::uint64_t> parse_metres(std::string_view token, std::uint64_t max_cm) {
  if (!token.empty() && (token.back() == 'm' || token.back() == 'M')) token.remove_suffix(1);
  const std::optional<std::uint64_t> value_cm = parse_decimal(token, 2);
  return value_cm && *value_cm <= max_cm ? value_cm : std::nullopt;
}

// The altitude, then size and precisions as far as they are given.
Result<std::string> read_metres(Tokens& tokens) {
  constexpr std::uint64_t kMaxDepthCm = 10'000'000;
  constexpr std::uint64_t kMaxHeightCm = 4'284'967'295;
  constexpr std::uint64_t kMaxSizeCm = 9'000'000'000;
  std::string_view token = tokens.next();
  const bool below = token.starts_with('-');
  const auto altitude =
      parse_metres(token.substr(below ? 1 : 0), below ? kMaxDepthCm : kMaxHeightCm);
  if (!altitude) return Error{in_quotes(token) + " is no altitude; write one like -2.00m"};
  std::string text = (below ? "-" : "") + print_decimal(*altitude, 2) + "m";
  for (int i = 0; i < 3 && !tokens.at_end(); ++i) {
    token = tokens.next();
    const auto size = parse_metres(token, kMaxSizeCm);
    if (!size) return Error{in_quotes(token) + " is no size or precision; write one like 10m"};
    text += " " + print_decimal(*size, 2) + "m";
  }
  return text;
}

}  // namespace

Result<std::string> full_location(Tokens tokens) {
  Result<std::string> latitude = read_angle(tokens, kLatitude);
  if (!latitude.ok()) return latitude;
  Result<std::string> longitude = read_angle(tokens, kLongitude);
  if (!longitude.ok()) return longitude;
  Result<std::string> metres = read_metres(tokens);
  if (!metres.ok()) return metres;
  if (!tokens.at_end()) return Error{"there is text left over: " + in_quotes(tokens.rest())};
  return latitude.value() + longitude.value() + metres.value();
}

}  // namespace rhumb
