#include "server/event_stream.h"

#include <utility>

#include "server/control_json.h"
#include "text/json.h"

namespace rhumb {

EventStream::~EventStream() {
  if (listener_ != 0) log_.unlisten(listener_);
}

std::string EventStream::next() {
  const EventLog::Events found = log_.after(last_);
  std::string lines;
  std::uint64_t missed = has_begun_ ? found.missed : 0;
  std::size_t told = 0;
  for (const LoggedEvent& event : found.events) {
    if (told++ == kMaxEventsOfPiece) break;
    JsonWriter json(lines);
    write_event(json, event, std::exchange(missed, 0));
    lines += '\n';
    last_ = event.sequence;
  }
  has_begun_ = true;
  return lines;
}

void EventStream::on_more(std::function<void()> more) { listener_ = log_.listen(std::move(more)); }

}  // namespace rhumb
