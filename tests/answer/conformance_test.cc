// The checks of RFC 8906 §8, each by the number of its section, with what the reply must be; and
// what RFC 6891 and RFC 9619 ask beside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/support/sanitized.h"

namespace rhumb::testing {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t kRd = 0x0100;
constexpr std::uint16_t kZ = 0x0040;
constexpr std::uint16_t kAd = 0x0020;
constexpr std::uint16_t kCd = 0x0010;

Ask soa() { return {.name = "example.org.", .type = Type::kSoa, .edns = false}; }

// The flags of a message, rcode included.
int flags_of(const Answered& answered) { return answered.reply[2] << 8 | answered.reply[3]; }

// A whole message is asked, and the flags are these; all else is of decode().
Decoded expect(const Ask& question, int flags) {
  const Answered answered = ask(rich(), question);
  EXPECT_EQ(flags_of(answered), flags);
  return decode(answered.reply).value();
}

void expect_soa(const Ask& question, int flags) {
  const Decoded reply = expect(question, flags);
  EXPECT_EQ(reply.rcode, 0);
  ASSERT_EQ(reply.answer.size(), 1U);
  EXPECT_THAT(reply.answer[0], ::testing::HasSubstr(" SOA "));
  EXPECT_EQ(reply.edns, question.edns);
}

constexpr int kReplyAa = 0x8400;  // QR and AA

TEST(Rfc8906, Section8_1_1_ZoneIsConfigured) { expect_soa(soa(), kReplyAa); }

TEST(Rfc8906, Section8_1_2_UnknownTypes) {
  for (const int type : {1000, 65280, 65535}) {
    const Decoded reply =
        expect({.name = "example.org.", .type = static_cast<Type>(type), .edns = false}, kReplyAa);
    EXPECT_TRUE(reply.answer.empty());
    EXPECT_FALSE(reply.edns);
  }
}

TEST(Rfc8906, Section8_1_3_HeaderBits) {
  for (const std::uint16_t bit : {kCd, kAd, kZ}) {
    Ask question = soa();
    question.flags = bit;
    expect_soa(question, kReplyAa);
  }
  Ask recursive = soa();
  recursive.flags = kRd;
  expect_soa(recursive, kReplyAa | kRd);
}

TEST(Rfc8906, Section8_1_4_UnknownOpcodes) {
  for (std::uint16_t opcode = 1; opcode < 16; ++opcode) {
    const auto high = static_cast<std::uint8_t>(opcode << 3U);
    const auto bits = static_cast<std::uint16_t>(opcode << 11U);
    const Octets empty = {0x12, 0x34, high, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // a header alone
    const Octets expected = {
        0x12, 0x34, static_cast<std::uint8_t>(0x80U | high), 4, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(ask_octets(rich(), {.message = empty, .source = {}}).reply, expected);
    for (const Class klass : {Class::kIn, Class::kCh, Class::kHs, Class::kNone, Class::kAny}) {
      const Ask question{.name = "example.org.", .type = Type::kSoa, .flags = bits, .klass = klass};
      EXPECT_EQ(ask(rich(), question).reply, expected);
    }
  }
}

TEST(Rfc8906, Section8_1_5_Tcp) {
  Ask question = soa();
  question.transport = Transport::kTcp;
  expect_soa(question, kReplyAa);
}

TEST(Rfc8906, Section8_2_1_Edns) {
  expect_soa({.name = "example.org.", .type = Type::kSoa}, kReplyAa);
}

// The octets of a reply whose OPT is all that stands behind the question.
Octets error_with_opt(std::uint8_t rcode, const Octets& opt_ttl) {
  Octets reply = {0x12, 0x34, 0x80, rcode, 0,   1,   0,   0, 0, 0, 0, 1, 7, 'e', 'x', 'a', 'm',
                  'p',  'l',  'e',  3,     'o', 'r', 'g', 0, 0, 6, 0, 1, 0, 0,   41,  4,   208};
  reply.insert(reply.end(), opt_ttl.begin(), opt_ttl.end());
  reply.insert(reply.end(), {0, 0});
  return reply;
}

TEST(Rfc8906, Section8_2_2_EdnsVersion1) {
  EXPECT_EQ(ask(rich(), {.name = "example.org.", .type = Type::kSoa, .edns_version = 1}).reply,
            error_with_opt(0, {1, 0, 0, 0}));
}

TEST(Rfc8906, Section8_2_3_UnknownOptions) {
  for (const Octets& options : {Octets{0, 100, 0, 0}, Octets{0xFF, 0xFF, 0, 2, 1, 2}}) {
    const Ask plain{.name = "example.org.", .type = Type::kSoa};
    Ask with = plain;
    with.options = options;
    EXPECT_EQ(ask(rich(), with).reply, ask(rich(), plain).reply);  // not echoed
    expect_soa(with, kReplyAa);
  }
}

// A question with OPT as these octets.
Octets with_opt(const Octets& opt, Octets flags = {0, 0}) {
  Octets message = {0x12, 0x34, flags[0], flags[1], 0,   1, 0,   0,   0,   0, 0, 1, 7, 'e', 'x',
                    'a',  'm',  'p',      'l',      'e', 3, 'o', 'r', 'g', 0, 0, 6, 0, 1};
  message.insert(message.end(), opt.begin(), opt.end());
  return message;
}

TEST(Rfc8906, Section8_2_4_UnknownFlags) {
  const Octets asked = with_opt({0, 0, 41, 4, 208, 0, 0, 0x7F, 0xFF, 0, 0});
  const Octets plain = with_opt({0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(ask_octets(rich(), {.message = asked, .source = {}}).reply,
            ask_octets(rich(), {.message = plain, .source = {}}).reply);
}

TEST(Rfc8906, Section8_2_5_EdnsVersion1AndUnknownFlags) {
  const Octets asked = with_opt({0, 0, 41, 4, 208, 0, 1, 0x7F, 0xFF, 0, 0});
  EXPECT_EQ(ask_octets(rich(), {.message = asked, .source = {}}).reply,
            error_with_opt(0, {1, 0, 0, 0}));
}

TEST(Rfc8906, Section8_2_6_EdnsVersion1AndUnknownOptions) {
  EXPECT_EQ(ask(rich(), {.name = "example.org.",
                         .type = Type::kSoa,
                         .edns_version = 1,
                         .options = {0, 100, 0, 0}})
                .reply,
            error_with_opt(0, {1, 0, 0, 0}));
}

TEST(Rfc8906, Section8_2_7_TruncatedReplies) {
  std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
  for (int i = 0; i < 100; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
  const View view = view_of(link({zone_of(zone)}));
  const Answered answered = ask(view, {.name = "big.example.org.", .udp_size = 512});
  EXPECT_EQ(flags_of(answered), 0x8600);
  const Decoded reply = decode(answered.reply).value();
  EXPECT_TRUE(reply.edns);
  EXPECT_EQ(reply.edns_version, 0);
}

TEST(Rfc8906, Section8_2_8_Do) {
  const Decoded reply =
      expect({.name = "example.org.", .type = Type::kSoa, .dnssec_ok = true}, kReplyAa);
  EXPECT_TRUE(reply.dnssec_ok);
}

TEST(Rfc8906, Section8_2_9_EdnsVersion1AndDo) {
  EXPECT_EQ(ask(rich(),
                {.name = "example.org.", .type = Type::kSoa, .dnssec_ok = true, .edns_version = 1})
                .reply,
            error_with_opt(0, {1, 0, 0x80, 0}));
}

TEST(Rfc8906, Section8_2_10_SeveralDefinedOptions) {
  // COOKIE, NSID, EXPIRE and a client subnet without bits.
  expect_soa({.name = "example.org.", .type = Type::kSoa, .options = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6,
                                                                      7, 8,  0, 3, 0, 0, 0, 9, 0, 0,
                                                                      0, 8,  0, 4, 0, 1, 0, 0}},
             kReplyAa);
}

TEST(Rfc6891, Section6_1_1_TwoOptsAreAFormatError) {
  Octets asked = with_opt({0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0});
  asked[11] = 2;
  EXPECT_EQ(ask_octets(rich(), {.message = asked, .source = {}}).reply,
            error_with_opt(1, {0, 0, 0, 0}));
}

TEST(Rfc6891, Section6_2_5_SizesBelow512Are512) {
  std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
  for (int i = 0; i < 29; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
  const View view = view_of(link({zone_of(zone)}));
  for (const std::uint16_t size : {std::uint16_t{0}, std::uint16_t{511}, std::uint16_t{512}}) {
    const Answered answered = ask(view, {.name = "big.example.org.", .udp_size = size});
    EXPECT_FALSE(answered.outcome.truncated) << size;
    EXPECT_EQ(answered.reply.size(), 508U) << size;
  }
}

TEST(Rfc9619, Section4_MoreThanOneQuestionIsAFormatError) {
  const Octets two = {0x12, 0x34, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1, 0, 0, 6, 0, 1};
  EXPECT_EQ(ask_octets(rich(), {.message = two, .source = {}}).reply,
            (Octets{0x12, 0x34, 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
  const Octets none = {0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(ask_octets(rich(), {.message = none, .source = {}}).reply,
            (Octets{0x12, 0x34, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

// All types in all classes of note: of what can be looked up AA, of all else REFUSED.
TEST(Sweep, EveryTypeInEveryClassIsAnswered) {
  Octets asked = message_of({.name = "example.org."});
  const std::size_t type_at = 12 + 13;
  Octets out(1232);
  Query query;
  for (const std::uint8_t klass : Octets{0, 1, 2, 3, 4, 254, 255}) {
    asked[type_at + 3] = klass;
    // Assigned types are below 1024 (but for private and reserved ones): under a sanitizer not all
    // of the others.
    for (int type = 0; type < 65536; type += test::kSanitized && type >= 1024 ? 17 : 1) {
      asked[type_at] = static_cast<std::uint8_t>(type / 256);
      asked[type_at + 1] = static_cast<std::uint8_t>(type % 256);
      parse({.message = asked, .source = {}}, query);
      const std::size_t size = answer(rich(), query, out).length;
      const bool is_looked_up = klass == 1 && type != 251 && type != 252;
      ASSERT_EQ(out[2] << 8 | out[3], is_looked_up ? kReplyAa : 0x8005) << klass << " " << type;
      ASSERT_GE(size, type_at + 4 + 11);
      if (is_looked_up) {
        ASSERT_TRUE(decode(std::span(out).first(size))) << type;
      }
      ASSERT_TRUE(std::equal(out.begin() + 12, out.begin() + type_at + 4, asked.begin() + 12));
    }
  }
}

}  // namespace
}  // namespace rhumb::testing
