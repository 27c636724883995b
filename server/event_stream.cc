#include "server/event_stream.h"

#include <utility>

#include "server/control_json.h"
#include "text/json.h"

namespace rhumb {

EventStream::~EventStream() {
  if (listener_ != 0) log_.unlisten(listener_);
}

// What is missed between events that are kept is told with the first of the piece.
std::string EventStream::next() {
  const EventLog::Events found = log_.after(last_, kMaxEventsOfPiece);
  std::string lines;
  EventGap gap{has_begun_ ? found.missed : 0, found.restarted};
  for (const LoggedEvent& event : found.events) {
    JsonWriter json(lines);
    write_event(json, event, std::exchange(gap, {}));
    lines += '\n';
  }
  if (!found.events.empty()) last_ = found.events.back().sequence;
  has_begun_ = true;
  return lines;
}

void EventStream::on_more(std::function<void()> more) { listener_ = log_.listen(std::move(more)); }

}  // namespace rhumb
