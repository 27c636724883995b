#include "server/operator_body.h"

#include "server/operator.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  const Result<OperatorBody> body = read_override_body(text);
  return body.ok() ? "" : body.error();
}

TEST(OperatorBody, ReadsAllOfAnOverride) {
  const auto body =
      read_override_body(R"({"state":"healthy","for":"30m","reason":"false alarm","force":true})");
  ASSERT_TRUE(body.ok()) << body.error();
  EXPECT_EQ(body.value(), (OperatorBody{Health::kHealthy, 1'800'000, "false alarm", true}));
}

TEST(OperatorBody, OnlyTheStateMustBeThere) {
  const auto body = read_override_body(R"({"state":"unhealthy"})");
  ASSERT_TRUE(body.ok()) << body.error();
  EXPECT_EQ(body.value(), (OperatorBody{Health::kUnhealthy, std::nullopt, "", false}));
}

TEST(OperatorBody, ANumberIsSeconds) {
  const auto body = read_override_body(R"({"state":"unhealthy","for":90})");
  ASSERT_TRUE(body.ok()) << body.error();
  EXPECT_EQ(body.value().for_ms, 90'000);
}

TEST(OperatorBody, ADrainNeedsNothing) {
  ASSERT_TRUE(read_drain_body("").ok());
  EXPECT_EQ(read_drain_body("").value(), OperatorBody{});
  const auto body = read_drain_body(R"({"for":"2h","reason":"power"})");
  ASSERT_TRUE(body.ok()) << body.error();
  EXPECT_EQ(body.value(), (OperatorBody{Health::kUnhealthy, 7'200'000, "power", false}));
  EXPECT_FALSE(read_drain_body(R"({"state":"unhealthy"})").ok());
}

TEST(OperatorBody, WhatIsWrongSaysWhatToWrite) {
  EXPECT_EQ(error_of("{}"), R"("state" is missing; write {"state":"unhealthy"})");
  EXPECT_EQ(error_of("[]"), R"("state" is missing; write {"state":"unhealthy"})");
  EXPECT_THAT(error_of(""), HasSubstr("the body is no JSON"));
  EXPECT_THAT(error_of(R"({"state":"dead"})"),
              HasSubstr("is not known here; write one of healthy, unhealthy"));
  EXPECT_EQ(error_of(R"({"state":true})"), R"("state": write "healthy" or "unhealthy")");
  EXPECT_EQ(error_of(R"({"state":"healthy","reasons":"x"})"),
            R"(unknown key "reasons"; did you mean "reason"?)");
  EXPECT_EQ(error_of(R"({"state":"healthy","for":true})"),
            R"("for": write a duration such as "30m")");
  EXPECT_EQ(error_of(R"({"state":"healthy","for":0})"),
            R"("for": 0 is over at once; leave "for" out for no end)");
  EXPECT_THAT(error_of(R"({"state":"healthy","for":"1y"})"), HasSubstr("\"for\": "));
  EXPECT_EQ(error_of(R"({"state":"healthy","for":"99999w"})"),
            R"("for": at most 3650d are possible; leave "for" out for no end)");
  EXPECT_EQ(error_of(R"({"state":"healthy","force":"yes"})"), R"("force": write true or false)");
  EXPECT_EQ(error_of(R"({"state":"healthy","reason":7})"), R"("reason": write a text)");
}

TEST(OperatorBody, AReasonIsBounded) {
  const std::string fits(kMaxReasonBytes, 'x');
  EXPECT_EQ(error_of(R"({"state":"healthy","reason":")" + fits + "\"}"), "");
  EXPECT_EQ(error_of(R"({"state":"healthy","reason":")" + fits + "x\"}"),
            R"("reason": at most 512 octets are possible)");
}

}  // namespace
}  // namespace rhumb
