// The server's clock, and how times and durations are written for people and programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

// Unix time at the start plus what has passed since: it never jumps, whatever is done to the
// system's time. A value; copies agree.
class Clock {
 public:
  Clock();
  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] std::int64_t started_ms() const { return started_ms_; }

 private:
  std::int64_t started_ms_;  // Unix time
  std::int64_t monotonic_start_ms_;
};

// The system's time of day, for log lines: Unix time in milliseconds.
std::int64_t wall_clock_ms();

// RFC 3339 in UTC: 2026-11-20T10:00:00.123Z
std::string to_rfc3339(std::int64_t unix_ms);
// The reverse, for what to_rfc3339 writes.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// The two largest units that count: 350ms, 12s, 3m12s, 5h3m, 12d4h.
std::string to_short_duration(std::int64_t duration_ms);

}  // namespace rhumb
