// What other servers were once brought down or led astray by, asked of this one: loops of pointers,
// replies for queries, records where none belong, messages as full as TCP can carry.
#include <gtest/gtest.h>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/dns/octets.h"
#include "tests/support/sanitized.h"

namespace rhumb::testing {
namespace {

using ::rhumb::Octets;

const Octets kQuestion = octets("\3www\7example\3org\0\0\1\0\1");
const Octets kPlainOpt = octets("\0\0\x29\4\xD0\0\0\0\0\0\0");
constexpr std::size_t kFullMessage = 65535;

struct Counts {
  std::size_t answers = 0;
  std::size_t authorities = 0;
  std::size_t additionals = 0;
};

Octets u16(std::size_t number) {
  return {static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number % 256)};
}

Octets message(const Counts& counts, const Octets& question, const Octets& records) {
  return octets("\x12\x34\0\0\0\1") + u16(counts.answers) + u16(counts.authorities) +
         u16(counts.additionals) + question + records;
}

Answered ask_over_tcp(const Octets& octets) {
  return ask_octets(rich(), {.message = octets, .source = {}, .transport = Transport::kTcp});
}

void expect_answered(const Octets& asked) {
  const Decoded reply = decode(ask_over_tcp(asked).reply).value();
  EXPECT_EQ(reply.rcode, 0);
  EXPECT_EQ(reply.answer, std::vector<std::string>{"www.example.org. 300 A 192.0.2.10"});
}

void expect_form_error(const Octets& asked) {
  const Answered answered = ask_over_tcp(asked);
  EXPECT_EQ(answered.outcome.rcode, Rcode::kFormErr);
  EXPECT_TRUE(decode(answered.reply).has_value());
}

TEST(KnownBugs, NothingIsSaidToAnyReply) {
  Octets reply = message({}, kQuestion, {});
  for (int flags = 0x8000; flags <= 0xFFFF; ++flags) {
    reply[2] = static_cast<std::uint8_t>(flags / 256);
    reply[3] = static_cast<std::uint8_t>(flags % 256);
    ASSERT_EQ(ask_over_tcp(reply).outcome.length, 0) << flags;
  }
}

TEST(KnownBugs, EveryOpcodeInEveryClassIsNotImplemented) {
  constexpr int kStep = test::kSanitized ? 17 : 1;
  Octets asked = message({}, kQuestion, {});
  for (int opcode = 1; opcode < 16; ++opcode) {
    const auto high = static_cast<std::uint8_t>(opcode << 3);
    asked[2] = high;
    const Octets expected = {
        0x12, 0x34, static_cast<std::uint8_t>(0x80U | high), 4, 0, 0, 0, 0, 0, 0, 0, 0};
    for (int klass = 0; klass < 65536; klass += kStep) {
      asked[asked.size() - 2] = static_cast<std::uint8_t>(klass / 256);
      asked[asked.size() - 1] = static_cast<std::uint8_t>(klass % 256);
      Query query;
      parse({.message = asked, .source = {}}, query);
      Octets reply(512);
      reply.resize(answer(rich(), query, reply).length);
      ASSERT_EQ(reply, expected) << opcode << " " << klass;
    }
  }
}

TEST(KnownBugs, ANameThatPointsAtItselfIsNoQuestion) {
  for (const Octets& name : {octets("\xC0\x0C"), octets("\1a\xC0\x0C"), octets("\xC0\x0E\xC0\x0C"),
                             octets("\xC0\0"), octets("\xFF\xFF")}) {
    const Answered answered = ask_over_tcp(message({}, name + octets("\0\1\0\1"), {}));
    EXPECT_EQ(answered.reply, octets("\x12\x34\x80\1\0\0\0\0\0\0\0\0"));
  }
}

TEST(KnownBugs, PointersOfRecordsAreNeverFollowed) {
  const Octets tail = octets("\0\1\0\1\0\0\0\0\0\2\xC0\x21");
  for (const Octets& owner : {octets("\xC0\x21"), octets("\1a\xC0\x21"), octets("\xC0\x23"),
                              octets("\xFF\xFF"), octets("\xC0\0")}) {
    expect_answered(message({.additionals = 1}, kQuestion, owner + tail));
  }
}

TEST(KnownBugs, OptInAnotherSectionIsAFormatError) {
  expect_form_error(message({.answers = 1}, kQuestion, kPlainOpt));
  expect_form_error(message({.authorities = 1}, kQuestion, kPlainOpt));
  expect_form_error(message({.answers = 1, .additionals = 1}, kQuestion, kPlainOpt + kPlainOpt));
  const Octets ixfr = octets("\7example\3org\0\0\xFB\0\1");
  expect_form_error(message({.authorities = 1}, ixfr, kPlainOpt));
  expect_form_error(message({.authorities = 1, .additionals = 1}, ixfr, kPlainOpt + kPlainOpt));
}

// `one` so often that the message is as large as TCP can carry, or an octet or so less.
Octets fill(const Octets& one, std::size_t taken) {
  Octets all;
  while (taken + all.size() + one.size() <= kFullMessage) all = std::move(all) + one;
  return all;
}

// Each record is stepped over once: so many take as long as so many octets.
TEST(KnownBugs, AMessageFullOfRecordsIsAnswered) {
  const Octets least = octets("\0\0\1\0\1\0\0\0\0\0\0");
  const Octets longest = labels(127, 1) + least;
  const Octets pointer = labels(126, 1) + octets("\xC0\x0C") + octets("\0\1\0\1\0\0\0\0\0\0");
  for (const Octets& record : {least, longest, pointer}) {
    const Octets records = fill(record, 12 + kQuestion.size());
    const std::size_t count = records.size() / record.size();
    expect_answered(message({.additionals = count}, kQuestion, records));
    expect_form_error(message({.additionals = kFullMessage}, kQuestion, records));
    expect_form_error(message({.answers = count}, kQuestion, records));
    expect_form_error(message({.authorities = count}, kQuestion, records));
  }
}

TEST(KnownBugs, AMessageFullOfOptionsIsAnswered) {
  for (const Octets& option : {octets("\0\3\0\0"), octets("\xFF\xFF\0\0"), octets("\0\x0B\0\0"),
                               octets("\0\x0A\0\x08"
                                      "abcdefgh"),
                               octets("\0\x08\0\4\0\1\0\0")}) {
    const Octets options = fill(option, 12 + kQuestion.size() + kPlainOpt.size());
    Octets opt = kPlainOpt;
    opt.resize(opt.size() - 2);
    expect_answered(message({.additionals = 1}, kQuestion, opt + u16(options.size()) + options));
  }
}

TEST(KnownBugs, EveryTypeHasADecodableAnswerAtEveryKindOfOwner) {
  for (const char* name :
       {"example.org.", "www.example.org.", "alias2.example.org.", "loop1.example.org.",
        "self.example.org.", "x.wild.example.org.", "x.wildloop.example.org.", "b.ent.example.org.",
        "www.sub.example.org.", "sub.example.org.", "dname.example.org.", "a.deep.example.org.",
        "a.b.dname.example.org.", "hop.example.org.", "failover.example.org.",
        "x.routed.example.org.", "no.example.org."}) {
    Octets asked = message_of({.name = name});
    const std::size_t type_at = 12 + name_of(name).wire().size();
    for (int type = 0; type < 65536; type += type < 300 ? 1 : 251) {
      if (type == 251 || type == 252) continue;  // transfers, which are refused
      asked[type_at] = static_cast<std::uint8_t>(type / 256);
      asked[type_at + 1] = static_cast<std::uint8_t>(type % 256);
      const auto reply = decode(ask_octets(rich(), {.message = asked, .source = {}}).reply);
      ASSERT_TRUE(reply.has_value()) << name << " " << type;
      EXPECT_TRUE(reply->rcode == 0 || reply->rcode == 3) << name << " " << type;
      EXPECT_LE(reply->answer.size(), 18U) << name << " " << type;
    }
  }
}

TEST(KnownBugs, TheHighestTypeIsAsAnyOther) {
  for (const Class klass : {Class::kIn, Class::kCh, Class::kNone, Class::kAny}) {
    const Answered answered =
        ask(rich(), {.name = "www.example.org.", .type = Type{65535}, .klass = klass});
    EXPECT_EQ(answered.outcome.rcode, klass == Class::kIn ? Rcode::kNoError : Rcode::kRefused);
    EXPECT_EQ(decode(answered.reply).value().question.size(), 1U);
  }
}

}  // namespace
}  // namespace rhumb::testing
