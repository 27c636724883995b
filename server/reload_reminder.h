// Says again, as long as files on disk are refused, that a restart would fail: the first line of it
// may be long gone from who reads the log. It reads no clock.
#pragma once

#include <cstdint>

#include "server/log.h"
#include "server/reload.h"

namespace rhumb {

inline constexpr std::int64_t kReloadReminderMs = 3'600'000;

class ReloadReminder {
 public:
  // Whether it is time to say again what was found, and said, at `found_ms`. Once for each
  // kReloadReminderMs since.
  [[nodiscard]] bool is_due(std::int64_t found_ms, std::int64_t now_ms);
  // Logs a line if it is time.
  void look(Reloader& reloader, std::int64_t now_ms, Log& log);

 private:
  std::int64_t found_ms_ = 0;
  std::int64_t said_ms_ = 0;
};

}  // namespace rhumb
