// The query log: of all questions so many a second as lines of the log, each with the number of
// questions that it stands for. Decides which; what a line says comes from the tap.
#pragma once

#include <cstdint>

#include "server/log.h"
#include "server/tap_record.h"

namespace rhumb {

inline constexpr std::uint32_t kMaxQueryLogPerSecond = 100;

class QueryLog {
 public:
  // 0 lines a second: none at all. Borrows `log`.
  QueryLog(std::uint32_t per_second, Log& log) : per_second_(per_second), log_(log) {}

  // Whether a line may be written now. Requires: time does not go back.
  [[nodiscard]] bool is_due(std::int64_t now_ms);
  // Writes the record's line, if one is due; else the next line stands for its questions too.
  void take(const TapRecord& record);

 private:
  void write(const TapRecord& record, std::uint64_t stands_for);

  const std::uint32_t per_second_;
  Log& log_;
  std::int64_t refilled_ms_ = 0;
  std::uint64_t credit_ = 0;   // in thousandths of a line
  std::uint64_t carried_ = 0;  // questions of samples without a line
};

}  // namespace rhumb
