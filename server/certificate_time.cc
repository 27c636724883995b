#include "server/certificate_time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace rhumb {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a number off the front, and the one character behind it.
std::optional<int> take_number(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

}  // namespace

std::optional<std::int64_t> parse_certificate_time(std::string_view text) {
  unsigned month = 0;
  while (month < kMonths.size() && !text.starts_with(kMonths[month])) ++month;
  if (month == kMonths.size()) return std::nullopt;
  text.remove_prefix(3);
  std::array<int, 5> numbers{};  // day, hour, minute, second, year
  for (int& number : numbers) {
    const std::optional<int> taken = take_number(text);
    if (!taken) return std::nullopt;
    number = *taken;
  }
  if (text != "GMT" || numbers[1] > 23 || numbers[2] > 59 || numbers[3] > 60 || numbers[4] > 9999) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(numbers[4]),
                                         std::chrono::month(month + 1),
                                         std::chrono::day(static_cast<unsigned>(numbers[0])));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + numbers[1]) * 60 + numbers[2]) * 60 + numbers[3];
}

std::string to_date(std::int64_t unix_s) {
  const auto days =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(unix_s)));
  const std::chrono::year_month_day date(days);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

}  // namespace rhumb
