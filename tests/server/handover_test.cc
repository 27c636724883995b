#include "server/handover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace rhumb {
namespace {

using ::testing::HasSubstr;

constexpr char kHello[] =
    "{\"rhumb\":\"handover\",\"version\":1,\"kind\":\"hello\",\"program\":\"9.9\"}";

std::vector<HandoverMessage> one_of_each() {
  std::vector<HandoverMessage> all = {
      {.kind = HandoverKind::kHello, .program = "0.1.0"},
      {.kind = HandoverKind::kTake},
      {.kind = HandoverKind::kTaken},
      {.kind = HandoverKind::kYours},
      {.kind = HandoverKind::kState, .sockets = 6, .manager = "@/run/x", .watchdog_us = 30'000'000},
      handover_refusal("it reloads")};
  for (const HandoverSocket& socket :
       {HandoverSocket{SocketUse::kDns, Transport::kUdp, *Endpoint::parse("192.0.2.1:53"), 3},
        HandoverSocket{SocketUse::kDns, Transport::kTcp, *Endpoint::parse("[2001:db8::1]:53"), 0},
        HandoverSocket{.use = SocketUse::kHttp, .endpoint = *Endpoint::parse("127.0.0.1:8053")},
        HandoverSocket{SocketUse::kDns, Transport::kTcp, *Endpoint::parse("192.0.2.1:53"), 0, true},
        HandoverSocket{.use = SocketUse::kControl},
        HandoverSocket{.use = SocketUse::kControl, .is_inherited = true},
        HandoverSocket{.use = SocketUse::kHandover}}) {
    all.push_back({.kind = HandoverKind::kSocket, .socket = socket});
  }
  return all;
}

TEST(Handover, IsReadAsItWasWritten) {
  for (const HandoverMessage& message : one_of_each()) {
    const std::string text = write_handover(message);
    const auto read = read_handover(text);
    ASSERT_TRUE(read.ok()) << text << ": " << read.error();
    EXPECT_EQ(read.value(), message) << text;
  }
}

TEST(Handover, IsALineOfJsonThatTellsItsVersion) {
  EXPECT_EQ(write_handover({.kind = HandoverKind::kHello, .program = "9.9"}), kHello);
}

TEST(Handover, AnotherVersionIsRefusedWithWhatToDo) {
  std::string text = kHello;
  text.replace(text.find(":1,"), 3, ":2,");
  const auto read = read_handover(text);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(
      read.error(),
      "it speaks version 2 of the handover, and this rhumb version 1; stop the old server and "
      "start the new one instead");
}

TEST(Handover, ARefusalOfAnotherVersionIsUnderstood) {
  const auto read = read_handover(
      R"({"rhumb":"handover","version":7,"kind":"refused","reason":"too old","code":[1]})");
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read.value().reason, "too old");
}

TEST(Handover, ALongReasonIsCut) {
  const auto read = read_handover(write_handover(handover_refusal(std::string(5'000, '\n'))));
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(read.value().reason, std::string(kMaxHandoverReason, '\n'));
}

TEST(Handover, WhatIsNoMessageIsRefused) {
  for (const char* text :
       {"", "[]", "GET / HTTP/1.1", R"({"rhumb":"state","version":1,"kind":"take"})",
        R"({"version":1,"kind":"take"})"}) {
    const auto read = read_handover(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error(), "this is no message of a handover") << text;
  }
  const auto read = read_handover(std::string(kMaxHandoverBytes + 1, ' '));
  ASSERT_FALSE(read.ok());
}

TEST(Handover, WhatIsMissingWrongOrTooMuchIsRefused) {
  const std::string begin = R"({"rhumb":"handover","version":1,"kind":)";
  for (const char* rest :
       {R"("hello"})", R"("hello","program":1})", R"("take","more":1})", R"("socket","use":"ntp"})",
        R"("socket","use":"http","address":"127.0.0.1:0"})",
        R"("socket","use":"dns","transport":"udp","worker":-1,"address":"192.0.2.1:53"})",
        R"("state","sockets":1.5,"manager":"","watchdogUs":0})"}) {
    const auto read = read_handover(begin + rest);
    ASSERT_FALSE(read.ok()) << rest;
    EXPECT_EQ(read.error(), "a message of the handover is not whole") << rest;
  }
  const auto unknown = read_handover(begin + "\"dance\"}");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error(), HasSubstr("has no message \"dance\""));
}

}  // namespace
}  // namespace rhumb
