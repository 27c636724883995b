#include "server/event_log.h"

#include <algorithm>
#include <utility>

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
  if (event.reason.size() > kMaxEventReasonBytes) event.reason.resize(kMaxEventReasonBytes);
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

EventLog::Events EventLog::after(std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  Events found;
  const auto first = std::ranges::upper_bound(events_, sequence, {}, &LoggedEvent::sequence);
  found.events.assign(first, events_.end());
  const std::uint64_t came = last_ > sequence ? last_ - sequence : 0;
  found.missed = came - found.events.size();
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
