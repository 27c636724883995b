// Which check is to be probed when: a heap of due times by check number. It starts nothing and
// knows no clock; the caller takes what is due, probes it, and sets it again with the result.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rhumb {

using CheckNumber = std::uint32_t;

// A check's place within its interval, the same in every run, so that checks do not fire together.
std::uint64_t phase_of(std::string_view id);

// When a check is due whose result came at `now_ms` after `took_ms`, and whose machine says
// `delay_ms`. A delay shorter than the interval (recheck, end of holdDown) counts from the result,
// to the millisecond. A whole interval counts from the probe's begin, so that a slow target is
// asked as often as a quick one, and is moved to the check's own phase: the first instant ≡ phase
// (mod interval) at least half an interval after the begin, or now. Requires: interval_ms > 0,
// now_ms >= took_ms >= 0.
std::int64_t next_due(std::int64_t now_ms, std::int64_t delay_ms, std::int64_t interval_ms,
                      std::uint64_t phase, std::int64_t took_ms = 0);

class Schedule {
 public:
  // Adds the check, or moves it to another time. `due_ms` = now: at once. Memory is 12 bytes for
  // every number up to the highest, 4 for each one waiting.
  void set(CheckNumber check, std::int64_t due_ms);
  // set() needs no more memory for numbers less than `checks`. Throws std::bad_alloc.
  void make_room(std::size_t checks);
  // Nothing happens if it is not waiting.
  void remove(CheckNumber check);
  // Takes out the check that is due first, if it is due by now; of equal times, the lowest number.
  std::optional<CheckNumber> take_due(std::int64_t now_ms);

  // When take_due() will next have something; nullopt: nothing waits.
  [[nodiscard]] std::optional<std::int64_t> next_due_ms() const;
  [[nodiscard]] bool contains(CheckNumber check) const;
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::uint32_t kNotWaiting = UINT32_MAX;

  [[nodiscard]] bool before(CheckNumber left, CheckNumber right) const;
  void put(std::size_t at, CheckNumber check);
  void rise(std::size_t at);
  void sink(std::size_t at);

  std::vector<CheckNumber> heap_;        // binary heap by (due, number)
  std::vector<std::int64_t> due_ms_;     // by check number
  std::vector<std::uint32_t> position_;  // by check number: index in heap_, or kNotWaiting
};

}  // namespace rhumb
