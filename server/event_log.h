// The last things that happened, numbered in the order in which they did: verdicts that changed,
// what operators said, reloads, groups that entered or left last resort. It counts nothing else and
// writes no log line. Bounded: the oldest give way, those of a kind that has more than its share
// first, so that a storm of health events leaves what operators said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

inline constexpr std::size_t kMaxEvents = 4'096;
// Of them, of groups and of what operators said: they do not give way to others.
inline constexpr std::size_t kGroupEventShare = 1'024;
inline constexpr std::size_t kOperatorEventShare = 1'024;
inline constexpr std::size_t kMaxEventReasonBytes = 512;  // more is cut off

enum class EventKind : std::uint8_t { kHealth, kOverride, kDrain, kReload, kGroup };

// "health", "override", …
std::string_view to_string(EventKind kind);

struct LoggedEvent {
  std::uint64_t sequence = 0;  // 1 is the first since the start
  std::int64_t at_ms = 0;      // Unix time
  EventKind kind = EventKind::kHealth;
  std::string id;  // a check's id, a label with its value, a group's name and type
  std::string from;
  std::string to;
  std::string reason;
};

// Safe to use from every thread.
class EventLog {
 public:
  // Gives the event its number.
  void add(LoggedEvent event);
  // Numbers so many events that are not kept, as if they had been added and had given way.
  void skip(std::uint64_t count);

  struct Events {
    std::vector<LoggedEvent> events;  // in order
    std::uint64_t missed = 0;         // came before the last of these, and are no longer kept
    bool restarted = false;           // the number is of another run: this is all that is kept
  };
  // What came after the event of this number; 0: all that is kept. The earliest `max` of them: what
  // is missed behind the last of these is told with the next.
  [[nodiscard]] Events after(std::uint64_t sequence, std::size_t max = kMaxEvents) const;
  // The number of the last event; 0: there was none.
  [[nodiscard]] std::uint64_t last() const;

  // Calls `more` after each add(), on the thread that adds: it must neither block nor call this
  // object. Returns what unlisten() takes, after which it is not called any more.
  std::uint64_t listen(std::function<void()> more);
  void unlisten(std::uint64_t listener);

 private:
  void tell_listeners();

  using Shelf = std::deque<LoggedEvent>;  // in order

  void make_room();

  mutable std::mutex mutex_;      // guards what follows
  std::array<Shelf, 3> shelves_;  // of health, of groups, of what operators said
  std::uint64_t last_ = 0;

  std::mutex listening_;  // held while listeners are called
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t last_listener_ = 0;
};

}  // namespace rhumb
