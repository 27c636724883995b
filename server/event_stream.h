// The events of a log as a stream of JSON, one a line: those that are kept, and then what comes.
// One who falls behind is told what he missed; nothing is kept for him.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "server/control_api.h"
#include "server/event_log.h"

namespace rhumb {

inline constexpr std::size_t kMaxEventsOfPiece = 256;

class EventStream : public ReplyStream {
 public:
  // `log` is borrowed. It begins behind the event `after`, or with all that is kept.
  EventStream(EventLog& log, std::optional<std::uint64_t> after)
      : log_(log), last_(after.value_or(0)), has_begun_(after.has_value()) {}
  ~EventStream() override;
  std::string next() override;
  void on_more(std::function<void()> more) override;

 private:
  EventLog& log_;
  std::uint64_t last_;          // told
  bool has_begun_;              // what is no longer kept was missed
  std::uint64_t listener_ = 0;  // 0: none
};

}  // namespace rhumb
