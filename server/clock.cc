#include "server/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "text/scalar.h"

namespace rhumb {
namespace {

struct Unit {
  std::int64_t size_s;
  char name;
};
constexpr std::array<Unit, 4> kUnits = {{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};

}  // namespace

Clock::Clock() : start_{wall_clock_ms(), monotonic_ms()} {}

std::int64_t Clock::now_ms() const { return at({wall_clock_ms(), monotonic_ms()}); }

std::uint64_t monotonic_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

std::int64_t monotonic_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::int64_t wall_clock_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::uint32_t coarse_wall_clock_s() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec);
}

std::uint64_t wall_clock_ns() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

std::string to_rfc3339(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> day{};
  const std::size_t size = std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string text(day.data(), size);
  const std::string millis = std::to_string(unix_ms % 1000);
  return text + "." + std::string(3 - millis.size(), '0') + millis + "Z";
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || std::string_view(rest).size() != 5 || rest[0] != '.') return std::nullopt;
  const Result<std::int64_t> millis =
      parse_whole(std::string("1") + std::string(rest + 1, 3), 1000, 1999);
  if (!millis.ok() || rest[4] != 'Z') return std::nullopt;
  return std::int64_t{timegm(&parts)} * 1000 + millis.value() - 1000;
}

std::string to_short_time_left(std::int64_t left_ms) {
  if (left_ms < 1000) return to_short_duration(left_ms);
  const std::int64_t left_s = (left_ms + 999) / 1000;
  const auto* unit =
      std::ranges::find_if(kUnits, [&](const auto& of) { return left_s >= of.size_s; });
  const auto* shown = unit + 1 == kUnits.end() ? unit : unit + 1;
  return to_short_duration((left_s + shown->size_s - 1) / shown->size_s * shown->size_s * 1000);
}

std::string to_short_duration(std::int64_t duration_ms) {
  if (duration_ms < 1000) return std::to_string(duration_ms) + "ms";
  const std::int64_t whole_s = duration_ms / 1000;
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (whole_s < kUnits[i].size_s) continue;
    std::string text = std::to_string(whole_s / kUnits[i].size_s) + kUnits[i].name;
    if (i + 1 == kUnits.size()) return text;
    const std::int64_t rest = whole_s % kUnits[i].size_s / kUnits[i + 1].size_s;
    return rest == 0 ? text : text + std::to_string(rest) + kUnits[i + 1].name;
  }
  return "0s";
}

}  // namespace rhumb
