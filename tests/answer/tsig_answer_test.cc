// Queries that are signed with keys which nobody has given this server (RFC 8945 §5.2.1).
#include <gtest/gtest.h>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/dns/tsig_octets.h"

namespace rhumb::testing {
namespace {

using ::rhumb::Octets;

Octets signed_message(const Ask& question, const TsigParts& parts) {
  Octets message = message_of(question);
  ++message[11];
  return std::move(message) + tsig(parts);
}

Answered ask_signed(const Ask& question, const TsigParts& parts = {}) {
  const Octets message = signed_message(question, parts);
  return ask_octets(rich(), {.message = message, .source = {}, .transport = question.transport});
}

const TsigParts kUnknownKey{.mac = octets("\0\0"), .id_and_error = octets("\x12\x34\0\x11")};

TEST(TsigAnswer, IsThisToTheOctet) {
  const Octets question = octets("\7example\3org\0\0\6\0\1");
  const Answered plain = ask_signed({.name = "example.org.", .type = Type::kSoa, .edns = false});
  EXPECT_EQ(plain.reply, octets("\x12\x34\x80\x09\0\1\0\0\0\0\0\1") + question + tsig(kUnknownKey));
  EXPECT_EQ(plain.outcome.rcode, Rcode::kNotAuth);
  const Answered with_opt = ask_signed({.name = "example.org.", .type = Type::kSoa});
  EXPECT_EQ(with_opt.reply, octets("\x12\x34\x80\x09\0\1\0\0\0\0\0\2") + question +
                                octets("\0\0\x29\4\xD0\0\0\0\0\0\0") + tsig(kUnknownKey));
}

TEST(TsigAnswer, KeepsAnOwnerThatEndsWithinTheQuestion) {
  TsigParts expected = kUnknownKey;
  expected.owner = octets("\3key\xC0\x0C");
  const Answered answered =
      ask_signed({.name = "example.org.", .edns = false}, {.owner = expected.owner});
  const auto record = tsig(expected);
  ASSERT_GT(answered.reply.size(), record.size());
  EXPECT_EQ(Octets(answered.reply.end() - static_cast<std::ptrdiff_t>(record.size()),
                   answered.reply.end()),
            record);
}

TEST(TsigAnswer, IsTheSameForWhateverIsAsked) {
  for (const Class klass : {Class::kIn, Class::kCh, Class::kNone, Class::kAny}) {
    for (const Type type : {Type::kA, Type::kAxfr, Type::kTkey, Type::kTsig, Type::kAny}) {
      for (const char* name : {"www.example.org.", "not.served.example.", "."}) {
        const Answered answered = ask_signed({.name = name, .type = type, .klass = klass});
        const Decoded reply = decode(answered.reply).value();
        EXPECT_EQ(reply.rcode, 9);
        EXPECT_TRUE(reply.answer.empty());
        EXPECT_TRUE(reply.authority.empty());
        EXPECT_TRUE(reply.additional.empty());
        EXPECT_TRUE(reply.tsig);
      }
    }
  }
}

TEST(TsigAnswer, SaysThatItIsTruncatedWhereTheRecordDoesNotFit) {
  const Octets longest = labels(3, 63) + labels(1, 61) + octets("\0");
  const TsigParts large{.owner = longest, .algorithm = longest};
  Ask question{.name = "www.example.org.", .edns = false};
  const Answered over_udp = ask_signed(question, large);
  EXPECT_EQ(over_udp.reply,
            octets("\x12\x34\x82\x09\0\1\0\0\0\0\0\0") + octets("\3www\7example\3org\0\0\1\0\1"));
  EXPECT_TRUE(over_udp.outcome.truncated);
  question.transport = Transport::kTcp;
  const Answered over_tcp = ask_signed(question, large);
  EXPECT_FALSE(over_tcp.outcome.truncated);
  EXPECT_TRUE(decode(over_tcp.reply).value().tsig);
}

TEST(TsigAnswer, OfABadFormIsAFormatErrorWithTheQuestion) {
  const Answered answered =
      ask_signed({.name = "www.example.org.", .edns = false}, {.algorithm = octets("\xC0\x0C")});
  EXPECT_EQ(answered.reply,
            octets("\x12\x34\x80\1\0\1\0\0\0\0\0\0") + octets("\3www\7example\3org\0\0\1\0\1"));
}

TEST(TsigAnswer, IsNoneToSig0WhichIsPassedOver) {  // RFC 2931 §3.1: nobody is asked to heed it
  Octets message = message_of({.name = "www.example.org.", .edns = false});
  message[11] = 1;
  message = std::move(message) + octets(
                                     "\0\0\x18\0\xFF\0\0\0\0\0\x13"
                                     "\0\0\x0D\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0");
  const Answered answered = ask_octets(rich(), {.message = message, .source = {}});
  EXPECT_EQ(answered.outcome.rcode, Rcode::kNoError);
  EXPECT_EQ(answered.reply[7], 1) << "the answer is in it";
}

}  // namespace
}  // namespace rhumb::testing
