// The server's clock, and how times and durations are written for people and programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

// What the system's two clocks show at one moment.
struct Moment {
  std::int64_t wall_ms = 0;       // Unix time, which anybody may set
  std::int64_t monotonic_ms = 0;  // since some time or other, and never set
};

// Unix time at the start plus what has passed since: it never jumps, whatever is done to the
// system's time. A value; copies agree.
class Clock {
 public:
  Clock();
  explicit Clock(Moment start) : start_(start) {}
  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] std::int64_t at(Moment moment) const {
    return start_.wall_ms + moment.monotonic_ms - start_.monotonic_ms;
  }
  [[nodiscard]] std::int64_t started_ms() const { return start_.wall_ms; }

 private:
  Moment start_;
};

// The monotonic clock, which all processes share, for how long something takes: without a system
// call.
std::uint64_t monotonic_ns();
std::int64_t monotonic_ms();

// The system's time of day, for log lines: Unix time in milliseconds.
std::int64_t wall_clock_ms();
// The same in nanoseconds.
std::uint64_t wall_clock_ns();

// The same in whole seconds, cheaper and up to a tick late: for each batch of questions.
std::uint32_t coarse_wall_clock_s();

// RFC 3339 in UTC: 2026-11-20T10:00:00.123Z
std::string to_rfc3339(std::int64_t unix_ms);
// The reverse, for what to_rfc3339 writes.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

// The two largest units that count: 350ms, 12s, 3m12s, 5h3m, 12d4h.
std::string to_short_duration(std::int64_t duration_ms);
// Of what is left of one: rounded up, so that it begins as it was said.
std::string to_short_time_left(std::int64_t left_ms);

}  // namespace rhumb
