#include "server/fault_pace.h"

#include <utility>

namespace rhumb {

bool FaultPace::begins(std::int64_t now_ms) {
  ++count_;
  last_ms_ = now_ms;
  if (is_told_ || (told_ms_ && now_ms - *told_ms_ < kFaultLogMs)) return false;
  is_told_ = true;
  told_ms_ = now_ms;
  return true;
}

std::uint64_t FaultPace::ends(std::int64_t now_ms) {
  if (count_ == 0 || now_ms - last_ms_ < kFaultQuietMs) return 0;
  const std::uint64_t count = std::exchange(count_, 0);
  return std::exchange(is_told_, false) ? count : 0;
}

}  // namespace rhumb
