#include "server/event_log.h"

#include <algorithm>
#include <utility>

#include "text/utf8.h"

namespace rhumb {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kHealth:
      return "health";
    case EventKind::kOverride:
      return "override";
    case EventKind::kDrain:
      return "drain";
    case EventKind::kReload:
      return "reload";
    case EventKind::kGroup:
      return "group";
  }
  return "";
}

void EventLog::add(LoggedEvent event) {
  event.reason.resize(cut(event.reason, kMaxEventReasonBytes).size());
  {
    const std::lock_guard lock(mutex_);
    event.sequence = last_ + 1;
    events_.push_back(std::move(event));
    ++last_;
    if (events_.size() > kMaxEvents) events_.pop_front();
  }
  tell_listeners();
}

void EventLog::skip(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  last_ += count;
}

EventLog::Events EventLog::after(std::uint64_t sequence, std::size_t max) const {
  Events found;
  found.events.reserve(std::min(max, kMaxEvents));  // before who adds has to wait
  const std::lock_guard lock(mutex_);
  const auto first = std::ranges::upper_bound(events_, sequence, {}, &LoggedEvent::sequence);
  const auto kept = static_cast<std::size_t>(events_.end() - first);
  const std::size_t count = std::min(max, kept);
  found.events.assign(first, first + static_cast<std::ptrdiff_t>(count));
  const std::uint64_t up_to = count > 0 ? found.events.back().sequence : last_;
  const std::uint64_t came = up_to > sequence ? up_to - sequence : 0;
  found.missed = came - count;
  return found;
}

std::uint64_t EventLog::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::uint64_t EventLog::listen(std::function<void()> more) {
  const std::lock_guard lock(listening_);
  listeners_.emplace(++last_listener_, std::move(more));
  return last_listener_;
}

void EventLog::unlisten(std::uint64_t listener) {
  const std::lock_guard lock(listening_);
  listeners_.erase(listener);
}

void EventLog::tell_listeners() {
  const std::lock_guard lock(listening_);
  for (const auto& [number, more] : listeners_) more();
}

}  // namespace rhumb
