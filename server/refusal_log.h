// Logs that changes were refused for want of a token: the first at once, and then a line a minute
// at most that tells how many there were, so that guessing fills no disk.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/clock.h"
#include "server/control_api.h"
#include "server/log.h"

namespace rhumb {

inline constexpr std::int64_t kRefusalLogMs = 60'000;

class RefusalLog {
 public:
  // `log` is borrowed.
  explicit RefusalLog(Log& log) : log_(log) {}
  void note(std::string_view from, const ControlRequest& request, std::string_view reason);

 private:
  Log& log_;
  Clock clock_;
  std::int64_t last_ms_ = 0;   // of a line
  std::uint64_t refused_ = 0;  // since
};

}  // namespace rhumb
