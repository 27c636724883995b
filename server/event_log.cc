#include "server/event_log.h"

#include <algorithm>
#include <utility>

#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::array<std::size_t, 3> kShares = {0, kGroupEventShare, kOperatorEventShare};

std::size_t shelf_of(EventKind kind) {
  if (kind == EventKind::kHealth) return 0;
  return kind == EventKind::kGroup ? 1 : 2;
}

}  // namespace

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
    shelves_[shelf_of(event.kind)].push_back(std::move(event));
    ++last_;
    make_room();
  }
  tell_listeners();
}

// The shares are less than the whole: when it is full, some shelf has more than its own.
void EventLog::make_room() {
  std::size_t kept = 0;
  Shelf* oldest = nullptr;
  for (std::size_t i = 0; i < shelves_.size(); ++i) {
    Shelf& shelf = shelves_[i];
    kept += shelf.size();
    if (shelf.size() <= kShares[i]) continue;
    if (oldest == nullptr || shelf.front().sequence < oldest->front().sequence) oldest = &shelf;
  }
  if (kept > kMaxEvents) oldest->pop_front();
}

void EventLog::skip(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  last_ += count;
}

EventLog::Events EventLog::after(std::uint64_t sequence, std::size_t max) const {
  Events found;
  found.events.reserve(std::min(max, kMaxEvents));  // before who adds has to wait
  const std::lock_guard lock(mutex_);
  found.restarted = sequence > last_;
  if (found.restarted) sequence = 0;
  std::array<Shelf::const_iterator, 3> next;
  for (std::size_t i = 0; i < shelves_.size(); ++i) {
    next[i] = std::ranges::upper_bound(shelves_[i], sequence, {}, &LoggedEvent::sequence);
  }
  while (found.events.size() < max) {
    Shelf::const_iterator* earliest = nullptr;
    for (std::size_t i = 0; i < shelves_.size(); ++i) {
      if (next[i] == shelves_[i].end()) continue;
      if (earliest == nullptr || next[i]->sequence < (*earliest)->sequence) earliest = &next[i];
    }
    if (earliest == nullptr) break;
    found.events.push_back(*(*earliest)++);
  }
  const std::uint64_t up_to = found.events.empty() ? last_ : found.events.back().sequence;
  found.missed = up_to - sequence - found.events.size();
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
