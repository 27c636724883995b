#include "health/schedule.h"

#include <algorithm>
#include <cassert>
#include <span>

#include "base/hash.h"

namespace rhumb {

std::uint64_t phase_of(std::string_view id) {
  std::uint64_t phase = 0;
  for (const char letter : id) phase = mix(phase, static_cast<std::uint8_t>(letter));
  return phase;
}

std::int64_t next_due(std::int64_t now_ms, std::int64_t delay_ms, std::int64_t interval_ms,
                      std::uint64_t phase, std::int64_t took_ms) {
  assert(interval_ms > 0 && took_ms >= 0 && now_ms >= took_ms);
  if (delay_ms < interval_ms) return now_ms + std::max<std::int64_t>(delay_ms, 0);
  const auto own = static_cast<std::int64_t>(phase % static_cast<std::uint64_t>(interval_ms));
  const std::int64_t half_way = now_ms - took_ms + (interval_ms + 1) / 2;
  const std::int64_t earliest = std::max(half_way, now_ms);
  const std::int64_t past = (earliest - own) % interval_ms;  // since the phase's last instant
  if (past <= 0) return earliest - past;
  return earliest + interval_ms - past;
}

void Schedule::set(CheckNumber check, std::int64_t due_ms) {
  if (check >= position_.size()) {
    due_ms_.resize(check + std::size_t{1});
    position_.resize(check + std::size_t{1}, kNotWaiting);
  }
  due_ms_[check] = due_ms;
  if (position_[check] == kNotWaiting) {
    heap_.push_back(check);
    put(heap_.size() - 1, check);
  }
  rise(position_[check]);
  sink(position_[check]);
}

void Schedule::make_room(std::size_t checks) {
  if (checks <= position_.size() && checks <= heap_.capacity()) return;
  heap_.reserve(checks);
  due_ms_.resize(std::max(checks, due_ms_.size()));
  position_.resize(std::max(checks, position_.size()), kNotWaiting);
}

void Schedule::remove(CheckNumber check) {
  if (!contains(check)) return;
  const std::size_t hole = position_[check];
  const CheckNumber last = heap_.back();
  heap_.pop_back();
  position_[check] = kNotWaiting;
  if (last == check) return;
  put(hole, last);
  rise(hole);
  sink(position_[last]);
}

std::optional<CheckNumber> Schedule::take_due(std::int64_t now_ms) {
  if (heap_.empty() || due_ms_[heap_.front()] > now_ms) return std::nullopt;
  const CheckNumber check = heap_.front();
  remove(check);
  return check;
}

std::optional<std::int64_t> Schedule::next_due_ms() const {
  if (heap_.empty()) return std::nullopt;
  return due_ms_[heap_.front()];
}

bool Schedule::contains(CheckNumber check) const {
  return check < position_.size() && position_[check] != kNotWaiting;
}

bool Schedule::before(CheckNumber left, CheckNumber right) const {
  if (due_ms_[left] != due_ms_[right]) return due_ms_[left] < due_ms_[right];
  return left < right;
}

void Schedule::put(std::size_t at, CheckNumber check) {
  heap_[at] = check;
  position_[check] = static_cast<std::uint32_t>(at);
}

void Schedule::rise(std::size_t at) {
  const CheckNumber check = heap_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 2;
    if (!before(check, heap_[parent])) break;
    put(at, heap_[parent]);
    at = parent;
  }
  put(at, check);
}

void Schedule::sink(std::size_t at) {
  const CheckNumber check = heap_[at];
  while (true) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], check)) break;
    put(at, heap_[child]);
    at = child;
  }
  put(at, check);
}

}  // namespace rhumb
