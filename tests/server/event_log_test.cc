#include "server/event_log.h"

#include <atomic>
#include <thread>

namespace rhumb {
namespace {

LoggedEvent event(const std::string& id, EventKind kind = EventKind::kHealth) {
  return {.at_ms = 7, .kind = kind, .id = id, .from = "healthy", .to = "unhealthy", .reason = ""};
}

void fill(EventLog& log, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) log.add(event(std::to_string(i)));
}

TEST(EventLog, NumbersEventsFromOne) {
  EventLog log;
  EXPECT_EQ(log.last(), 0U);
  log.add(event("a"));
  log.add(event("b"));
  const EventLog::Events all = log.after(0);
  ASSERT_EQ(all.events.size(), 2U);
  EXPECT_EQ(all.events[0].sequence, 1U);
  EXPECT_EQ(all.events[0].id, "a");
  EXPECT_EQ(all.events[1].sequence, 2U);
  EXPECT_EQ(all.missed, 0U);
  EXPECT_EQ(log.last(), 2U);
}

TEST(EventLog, GivesWhatCameAfter) {
  EventLog log;
  fill(log, 5);
  const EventLog::Events rest = log.after(3);
  ASSERT_EQ(rest.events.size(), 2U);
  EXPECT_EQ(rest.events[0].sequence, 4U);
  EXPECT_TRUE(log.after(5).events.empty());
  EXPECT_FALSE(log.after(5).restarted);
}

TEST(EventLog, GivesAllBehindANumberOfAnotherRun) {
  EventLog log;
  EXPECT_TRUE(log.after(99).events.empty());
  fill(log, 5);
  const EventLog::Events all = log.after(99);
  EXPECT_EQ(all.events.size(), 5U);
  EXPECT_EQ(all.missed, 0U);
  EXPECT_TRUE(all.restarted);
}

TEST(EventLog, KeepsTheLastOnesAndSaysHowManyWereMissed) {
  EventLog log;
  fill(log, kMaxEvents + 10);
  const EventLog::Events all = log.after(3);
  EXPECT_EQ(all.events.size(), kMaxEvents);
  EXPECT_EQ(all.events.front().sequence, 11U);
  EXPECT_EQ(all.missed, 7U);
}

TEST(EventLog, KeepsWhatOperatorsSaidAndGroupsInAStormOfHealthEvents) {
  EventLog log;
  for (const EventKind kind : {EventKind::kOverride, EventKind::kDrain, EventKind::kReload}) {
    log.add(event("a", kind));
  }
  fill(log, 2 * kMaxEvents);
  log.add(event("g", EventKind::kGroup));
  fill(log, 2 * kMaxEvents);
  const EventLog::Events all = log.after(0);
  ASSERT_EQ(all.events.size(), kMaxEvents);
  EXPECT_EQ(all.events[0].kind, EventKind::kOverride);
  EXPECT_EQ(all.events[2].sequence, 3U);
  EXPECT_EQ(all.events[3].kind, EventKind::kGroup);
  EXPECT_EQ(all.events[4].sequence, 9U + 3 * kMaxEvents);
  EXPECT_EQ(all.missed, 4U + 3 * kMaxEvents);
}

TEST(EventLog, WhatOperatorsSaidKeepsToItsShareWhenItIsFull) {
  EventLog log;
  fill(log, kMaxEvents);
  for (std::size_t i = 0; i < 2 * kMaxEvents; ++i) log.add(event("d", EventKind::kDrain));
  EXPECT_EQ(log.after(0).events.front().kind, EventKind::kDrain);
  fill(log, 2 * kMaxEvents);
  const auto all = log.after(0).events;
  EXPECT_EQ(all.size(), kMaxEvents);
  EXPECT_EQ(all[kOperatorEventShare - 1].kind, EventKind::kDrain);
  EXPECT_EQ(all[kOperatorEventShare].kind, EventKind::kHealth);
}

TEST(EventLog, WhatIsSkippedCountsAsMissed) {
  EventLog log;
  log.add(event("a"));
  log.skip(5);
  log.add(event("b"));
  const EventLog::Events rest = log.after(1);
  ASSERT_EQ(rest.events.size(), 1U);
  EXPECT_EQ(rest.events[0].sequence, 7U);
  EXPECT_EQ(rest.missed, 5U);
}

TEST(EventLog, CutsALongReason) {
  EventLog log;
  LoggedEvent long_one = event("a");
  long_one.reason = std::string(10'000, 'x');
  log.add(long_one);
  EXPECT_EQ(log.after(0).events[0].reason, std::string(kMaxEventReasonBytes, 'x'));
}

TEST(EventLog, CutsNoCharacterInTwo) {
  EventLog log;
  LoggedEvent long_one = event("a");
  long_one.reason = std::string(kMaxEventReasonBytes - 1, 'x') + "\u00e9";
  log.add(long_one);
  EXPECT_EQ(log.after(0).events[0].reason, std::string(kMaxEventReasonBytes - 1, 'x'));
}

TEST(EventLog, GivesTheEarliestOfMoreThanIsWanted) {
  EventLog log;
  fill(log, 5);
  const EventLog::Events some = log.after(1, 2);
  ASSERT_EQ(some.events.size(), 2U);
  EXPECT_EQ(some.events[0].sequence, 2U);
  EXPECT_EQ(some.events[1].sequence, 3U);
  EXPECT_EQ(some.missed, 0U);
}

TEST(EventLog, CallsWhoListensUntilTheyDoNot) {
  EventLog log;
  int calls = 0;
  const std::uint64_t listener = log.listen([&] { ++calls; });
  fill(log, 3);
  EXPECT_EQ(calls, 3);
  log.unlisten(listener);
  fill(log, 1);
  EXPECT_EQ(calls, 3);
}

TEST(EventLogThreads, NoNumberIsLostOrTwiceGiven) {
  constexpr std::size_t kAdders = 4;
  constexpr std::size_t kEach = 1'000;
  EventLog log;
  std::atomic<std::size_t> calls{0};
  const std::uint64_t listener = log.listen([&] { ++calls; });
  std::vector<std::thread> adders;
  for (std::size_t i = 0; i < kAdders; ++i) adders.emplace_back([&] { fill(log, kEach); });
  for (std::thread& adder : adders) adder.join();
  log.unlisten(listener);
  EXPECT_EQ(calls, kAdders * kEach);
  const std::vector<LoggedEvent> all = log.after(0).events;
  ASSERT_EQ(all.size(), kAdders * kEach);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i].sequence, i + 1);
}

}  // namespace
}  // namespace rhumb
