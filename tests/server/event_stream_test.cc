#include "server/event_stream.h"

#include <atomic>

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void add(EventLog& log, const std::string& id) {
  log.add({.at_ms = 0,
           .kind = EventKind::kHealth,
           .id = id,
           .from = "healthy",
           .to = "unhealthy",
           .reason = "refused"});
}

TEST(EventStream, TellsWhatIsKeptAndThenWhatComes) {
  EventLog log;
  add(log, "a");
  EventStream stream(log, std::nullopt);
  EXPECT_EQ(stream.next(),
            "{\"sequence\":1,\"at\":\"1970-01-01T00:00:00.000Z\",\"kind\":\"health\",\"id\":\"a\","
            "\"from\":\"healthy\",\"to\":\"unhealthy\",\"reason\":\"refused\"}\n");
  EXPECT_EQ(stream.next(), "");
  add(log, "b");
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":2,"));
}

TEST(EventStream, BeginsBehindAnEventThatIsNamed) {
  EventLog log;
  add(log, "a");
  add(log, "b");
  EventStream stream(log, 1);
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":2,"));
}

TEST(EventStream, BeginsAnewBehindAnEventOfAnotherRun) {
  EventLog log;
  EventStream stream(log, 100'000);
  EXPECT_EQ(stream.next(), "");
  add(log, "a");
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":1,\"restarted\":true,"));
  add(log, "b");
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":2,\"at\""));
}

TEST(EventStream, OneWhoFallsBehindIsToldWhatHeMissed) {
  EventLog log;
  add(log, "a");
  EventStream stream(log, std::nullopt);
  EXPECT_THAT(stream.next(), Not(HasSubstr("missed")));
  for (std::size_t i = 0; i < kMaxEvents + 5; ++i) add(log, "b");
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":7,\"missed\":5,"));
}

TEST(EventStream, APieceIsBounded) {
  EventLog log;
  for (std::size_t i = 0; i < kMaxEvents; ++i) add(log, "b");
  EventStream stream(log, std::nullopt);
  std::size_t pieces = 0;
  while (!stream.next().empty()) ++pieces;
  EXPECT_EQ(pieces, kMaxEvents / kMaxEventsOfPiece);
}

TEST(EventStream, WhatIsMissedBetweenEventsIsToldOnce) {
  EventLog log;
  add(log, "a");
  EventStream stream(log, std::nullopt);
  EXPECT_THAT(stream.next(), Not(HasSubstr("missed")));
  for (std::size_t i = 0; i < kMaxEventsOfPiece; ++i) add(log, "b");
  log.skip(5);
  add(log, "c");
  EXPECT_THAT(stream.next(), Not(HasSubstr("missed")));
  EXPECT_THAT(stream.next(), StartsWith("{\"sequence\":263,\"missed\":5,"));
}

TEST(EventStream, IsToldOfMoreUntilItEnds) {
  EventLog log;
  int told = 0;
  {
    EventStream stream(log, std::nullopt);
    stream.on_more([&] { ++told; });
    add(log, "a");
  }
  add(log, "b");
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace rhumb
