#include "server/dns_reply.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace rhumb {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const std::string kName =
    "\x03www\x07"
    "example\x00"s;

class DnsReplyTest : public testing::Test {
 protected:
  DnsReplyTest() { expected_.name = kName; }

  // A reply with these flags and answer records, the question as it was asked.
  [[nodiscard]] std::string reply(std::string_view flags, char answers,
                                  std::string_view records) const {
    const auto asked = dns_question(expected_, 0x1234);
    std::string text = "\x12\x34"s + std::string(flags) + "\x00\x01\x00"s + answers + "\0\0\0\0"s;
    text.append(asked.begin() + 12, asked.end());
    return text + std::string(records);
  }
  // A record of www.example.
  static std::string record(char type, std::string_view rdata) {
    return "\xC0\x0C\x00"s + type + "\x00\x01\x00\x00\x00\x1E\x00"s +
           static_cast<char>(rdata.size()) + std::string(rdata);
  }
  [[nodiscard]] DnsReply judge(std::string_view message) const {
    return judge_dns(expected_, dns_question(expected_, 0x1234), bytes(message));
  }
  void expect(std::uint16_t type, std::string_view rdata, std::string_view value) {
    expected_.type = type;
    expected_.rdata = rdata;
    expected_.value = value;
  }

  DnsExpectation expected_;
};

constexpr std::string_view kGoodReply = "\x81\x80"sv;

TEST_F(DnsReplyTest, TheQuestionIsPlainAndDesiresRecursion) {
  const auto asked = dns_question(expected_, 0x1234);
  EXPECT_EQ(std::string(asked.begin(), asked.end()),
            "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07"
            "example\x00\x00\x01\x00\x01"s);
}

TEST_F(DnsReplyTest, AnyRecordOfTheTypeWillDo) {
  const DnsReply got = judge(reply(kGoodReply, 1, record(1, "\xC0\x00\x02\x01"sv)));
  EXPECT_EQ(got.kind, DnsReply::Kind::kJudged);
  EXPECT_TRUE(got.ok);
  EXPECT_EQ(got.reason, "A 192.0.2.1");
}

TEST_F(DnsReplyTest, AValueIsLookedForAmongAll) {
  expect(1, "\xC0\x00\x02\x02"sv, "192.0.2.2");
  const std::string other = record(1, "\xC0\x00\x02\x01"sv);
  const std::string wanted = record(1, "\xC0\x00\x02\x02"sv);
  EXPECT_EQ(judge(reply(kGoodReply, 2, other + wanted)).reason, "A 192.0.2.2");
  EXPECT_EQ(judge(reply(kGoodReply, 1, other)).reason, "A 192.0.2.1, expected 192.0.2.2");
  EXPECT_EQ(judge(reply(kGoodReply, 2, other + other)).reason,
            "A 192.0.2.1 and 1 more, expected 192.0.2.2");
  EXPECT_FALSE(judge(reply(kGoodReply, 1, other)).ok);
}

TEST_F(DnsReplyTest, AChainLeadsToTheRecord) {
  const std::string chain = record(5,
                                   "\x01"
                                   "a\xC0\x10"sv);
  EXPECT_EQ(judge(reply(kGoodReply, 2, chain + record(1, "\xC0\x00\x02\x01"sv))).reason,
            "A 192.0.2.1");
  EXPECT_EQ(judge(reply(kGoodReply, 1, chain)).reason, "no A record in the reply");
}

TEST_F(DnsReplyTest, NamesCompareWholeAndInLowerCase) {
  expect(15,
         "\x00\x0A\x04mail\x07"
         "example\x00"sv,
         "10 mail.example.");
  EXPECT_EQ(judge(reply(kGoodReply, 1, record(15, "\x00\x0A\x04MAIL\xC0\x10"sv))).reason,
            "MX 10 mail.example.");
  EXPECT_EQ(judge(reply(kGoodReply, 1, record(15, "\x00\x14\x04mail\xC0\x10"sv))).reason,
            "MX 20 mail.example., expected 10 mail.example.");
}

TEST_F(DnsReplyTest, OpaqueDataComparesOctetByOctet) {
  expect(16, "\x02no"sv, "\"no\"");
  EXPECT_EQ(judge(reply(kGoodReply, 1, record(16, "\x02No"sv))).reason,
            "TXT \\# 3 024e6f, expected \"no\"");
}

TEST_F(DnsReplyTest, TheRcodeComesFirst) {
  EXPECT_EQ(judge(reply("\x81\x82"sv, 0, "")).reason, "rcode SERVFAIL, expected NOERROR");
  EXPECT_EQ(judge(reply("\x81\x8C"sv, 0, "")).reason, "rcode 12, expected NOERROR");
  expected_.rcode = 3;
  const DnsReply got = judge(reply("\x81\x83"sv, 0, ""));
  EXPECT_TRUE(got.ok);
  EXPECT_EQ(got.reason, "rcode NXDOMAIN");
}

TEST_F(DnsReplyTest, AnErrorMayComeWithoutTheQuestion) {
  EXPECT_EQ(judge("\x12\x34\x81\x81\0\0\0\0\0\0\0\0"sv).reason, "rcode FORMERR, expected NOERROR");
  EXPECT_EQ(judge("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"sv).reason, "the reply is malformed");
}

TEST_F(DnsReplyTest, WhatAnswersAnotherQuestionIsForeign) {
  std::string other = reply(kGoodReply, 1, record(1, "\xC0\x00\x02\x01"sv));
  other[13] = 'x';
  EXPECT_EQ(judge(other).kind, DnsReply::Kind::kForeign);
  other[13] = 'W';  // case may change
  EXPECT_EQ(judge(other).kind, DnsReply::Kind::kJudged);
  other[0] = '\x13';
  EXPECT_EQ(judge(other).kind, DnsReply::Kind::kForeign);
  EXPECT_EQ(judge("").kind, DnsReply::Kind::kForeign);
}

TEST_F(DnsReplyTest, AnEchoIsNoReply) {
  EXPECT_EQ(judge(reply("\x01\x00"sv, 0, "")).reason, "the reply is a question itself");
}

TEST_F(DnsReplyTest, TruncationIsTold) {
  EXPECT_EQ(judge(reply("\x83\x80"sv, 0, "")).kind, DnsReply::Kind::kTruncated);
}

TEST_F(DnsReplyTest, BrokenRepliesAreMalformed) {
  const std::string good = reply(kGoodReply, 1, record(1, "\xC0\x00\x02\x01"sv));
  for (std::size_t size = 29; size < good.size(); ++size) {
    EXPECT_EQ(judge(good.substr(0, size)).reason, "the reply is malformed") << size;
  }
  expect(5, "", "");
  for (const std::string_view loop : {"\xC0\x29"sv,
                                      "\x01"
                                      "a\xC0\x29"sv,
                                      "\xFF\xFF"sv, "\x40"sv,
                                      "\x05"
                                      "ab"sv}) {
    EXPECT_EQ(judge(reply(kGoodReply, 1, record(5, loop))).reason, "the reply is malformed");
  }
}

}  // namespace
}  // namespace rhumb
