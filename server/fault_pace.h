// Of a fault that comes again and again, what is worth a line of the log: that it began, and that
// it is over; never each time. A value, of one thread; it reads no clock.
#pragma once

#include <cstdint>
#include <optional>

namespace rhumb {

// So long without the fault, and it is over.
inline constexpr std::int64_t kFaultQuietMs = 2'000;
// What is over and begins anew within this time is told of only then.
inline constexpr std::int64_t kFaultLogMs = 60'000;

class FaultPace {
 public:
  // The fault has come. True: that it began is to be told.
  [[nodiscard]] bool begins(std::int64_t now_ms);
  // It has come, and is not over yet as far as is known.
  [[nodiscard]] bool is_on() const { return count_ > 0; }
  // All is well at this moment. How often it came, if that it is over is to be told; else 0.
  [[nodiscard]] std::uint64_t ends(std::int64_t now_ms);

 private:
  std::uint64_t count_ = 0;
  bool is_told_ = false;
  std::int64_t last_ms_ = 0;             // of the fault
  std::optional<std::int64_t> told_ms_;  // that it began
};

}  // namespace rhumb
