#include "answer/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/answer/ask.h"
#include "tests/answer/decode.h"
#include "tests/answer/rich_places.h"

namespace rhumb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Decoded decoded(const Answered& answered) { return decode(answered.reply).value(); }

std::vector<std::uint8_t> octets_of(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

TEST(Answer, IsThisToTheOctet) {
  const Answered answered = ask(rich(), {.name = "WWW.example.org."});
  EXPECT_EQ(answered.reply,
            octets_of({0x12, 0x34, 0x84, 0x00, 0,   1,   0,   1,   0,   0,   0,   1,  // header
                       3,    'W',  'W',  'W',  7,   'e', 'x', 'a', 'm', 'p', 'l', 'e',
                       3,    'o',  'r',  'g',  0,   0,   1,   0,   1,  // question
                       0xC0, 12,   0,    1,    0,   1,   0,   0,   1,   44,  0,   4,
                       192,  0,    2,    10,                                        // A
                       0,    0,    41,   4,    208, 0,   0,   0,   0,   0,   0}));  // OPT
}

TEST(Answer, EndsWithoutOptWhenNoneWasAsked) {
  const Answered answered = ask(rich(), {.name = "www.example.org.", .edns = false});
  EXPECT_EQ(answered.reply.size(), 12U + 17 + 4 + 16);
  EXPECT_FALSE(decoded(answered).edns);
}

TEST(Answer, TellsWhatWasAsked) {
  const Outcome outcome = ask(rich(), {.name = "weighted.example.org."}).outcome;
  const Zone& zone = *rich().zones->refs()[outcome.zone].zone;
  EXPECT_EQ(zone.info().apex, name_of("example.org."));
  EXPECT_EQ(zone.info().groups[outcome.group].owner, name_of("weighted.example.org."));
  EXPECT_EQ(outcome.choice, Choice::kPreferred);
  EXPECT_EQ(outcome.rcode, Rcode::kNoError);
  EXPECT_FALSE(outcome.truncated);
}

TEST(Answer, TellsOfTheFirstGroupOnTheWay) {
  const Outcome outcome = ask(rich(), {.name = "hop.example.org."}).outcome;
  const Zone& zone = *rich().zones->refs()[outcome.zone].zone;
  EXPECT_EQ(zone.info().groups[outcome.group].owner, name_of("hop.example.org."));
}

TEST(Answer, TellsOfNoGroupAndNoZoneWhereThereIsNone) {
  const Outcome exact = ask(rich(), {.name = "www.example.org."}).outcome;
  EXPECT_NE(exact.zone, Outcome::kNone);
  EXPECT_EQ(exact.group, Outcome::kNone);
  EXPECT_EQ(exact.choice, Choice::kStatic);
  const Outcome refused = ask(rich(), {.name = "www.example.com."}).outcome;
  EXPECT_EQ(refused.zone, Outcome::kNone);
  EXPECT_EQ(refused.rcode, Rcode::kRefused);
}

TEST(Answer, IsSilentToRepliesAndScraps) {
  EXPECT_EQ(ask(rich(), {.name = "www.example.org.", .flags = 0x8000}).outcome.length, 0);
  EXPECT_EQ(ask_octets(rich(), {.message = octets_of({1, 2, 3}), .source = {}}).outcome.length, 0);
}

TEST(Answer, IsAHeaderWhereTheQuestionCannotBeRead) {
  const Answered notify = ask(rich(), {.name = "example.org.", .flags = 0x2000});
  EXPECT_EQ(notify.reply, octets_of({0x12, 0x34, 0xA0, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(notify.outcome.rcode, Rcode::kNotImp);
  const Answered no_question = ask_octets(
      rich(), {.message = octets_of({9, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}), .source = {}});
  EXPECT_EQ(no_question.reply, octets_of({9, 9, 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Answer, SaysBadVersInOpt) {
  const Answered answered =
      ask(rich(), {.name = "www.example.org.", .dnssec_ok = true, .edns_version = 7});
  const Decoded reply = decoded(answered);
  EXPECT_EQ(reply.rcode, 16);
  EXPECT_EQ(reply.edns_version, 0);
  EXPECT_TRUE(reply.dnssec_ok);
  EXPECT_THAT(reply.answer, IsEmpty());
  EXPECT_THAT(reply.question, ElementsAre("www.example.org. IN A"));
}

TEST(Answer, EchoesRdAndClearsTheRest) {
  // RA, Z, AD, CD, AA and TC make no sense in a query (RFC 1035 §4.1.1).
  const Decoded reply = decoded(ask(rich(), {.name = "www.example.org.", .flags = 0x07F0}));
  EXPECT_TRUE(reply.rd);
  EXPECT_TRUE(reply.aa);
  EXPECT_FALSE(reply.tc || reply.ra || reply.ad || reply.cd);
}

TEST(Answer, AdvertisesItsOwnUdpSize) {
  View view = rich();
  view.options.udp_size = 1400;
  EXPECT_EQ(decoded(ask(view, {.name = "www.example.org.", .udp_size = 4096})).udp_size, 1400);
}

TEST(Answer, NeverWritesMoreThanItsBufferHolds) {
  std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
  for (int i = 0; i < 100; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
  const View view = view_of(link({zone_of(zone)}));
  const auto message = message_of({.name = "big.example.org.", .transport = Transport::kTcp});
  Query query;
  parse({.message = message, .source = {}, .transport = Transport::kTcp}, query);
  std::vector<std::uint8_t> out(600);
  const Outcome outcome = answer(view, query, out);
  EXPECT_TRUE(outcome.truncated);
  EXPECT_LE(outcome.length, 600);
  EXPECT_TRUE(decode(std::span(out).first(outcome.length))->tc);
}

TEST(Answer, TruncatesAtExactlyTheLimit) {
  // 12 + 21 + 16 n + 11 octets: with 512, n = 29 fits and n = 30 does not.
  for (const auto& [records, fits] : {std::pair{29, true}, std::pair{30, false}}) {
    std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
    for (int i = 0; i < records; ++i) zone += "big 60 A 10.0.0." + std::to_string(i) + "\n";
    const View view = view_of(link({zone_of(zone)}));
    const Answered answered = ask(view, {.name = "big.example.org.", .udp_size = 512});
    EXPECT_EQ(answered.outcome.truncated, !fits);
    EXPECT_EQ(answered.reply.size(), fits ? 12U + 21 + 16 * 29 + 11 : 12U + 21 + 11);
  }
}

TEST(Answer, FillsATcpReplyWithTheLargestSet) {
  std::string zone = "$ORIGIN example.org.\n@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.example.net.\n";
  for (int i = 0; i < 4000; ++i) {
    zone += "big 60 A 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
  }
  const View view = view_of(link({zone_of(zone)}));
  const Answered answered = ask(view, {.name = "big.example.org.", .transport = Transport::kTcp});
  EXPECT_FALSE(answered.outcome.truncated);
  EXPECT_EQ(decoded(answered).answer.size(), 4000U);
}

TEST(Answer, DependsOnNothingButItsArguments) {
  for (const std::uint64_t entropy : {0ULL, 1ULL, 0xFFFFFFFFFFFFFFFFULL, 77777ULL}) {
    const Ask question{.name = "many.example.org.", .entropy = entropy};
    EXPECT_EQ(ask(rich(), question).reply, ask(rich(), question).reply);
  }
}

TEST(Answer, ServesTheRootZone) {
  const View view = view_of(
      link({zone_of("$TTL 60\n. SOA a. b. 1 2 3 4 5\n. NS a.\na. A 192.0.2.1\norg. NS ns.org.\n"
                    "ns.org. A 192.0.2.2\n. MX 10 a.\nx.tld. CNAME a.\n")}));
  EXPECT_THAT(decoded(ask(view, {.name = ".", .type = Type::kMx})).answer,
              ElementsAre(". 60 MX 10 a."));
}

TEST(Locate, FindsWhatAnswerWouldForAnyQuery) {
  for (const Ask& question : {Ask{.name = "www.example.org."}, Ask{.name = "x.example.com."},
                              Ask{.name = "."}, Ask{.name = "www.example.org.", .flags = 0x8000},
                              Ask{.name = "child.example.org.", .type = Type::kDs},
                              Ask{.name = "www.child.example.org."}}) {
    const auto message = message_of(question);
    Query query;
    parse({.message = message, .source = {}}, query);
    const auto positions = locate(rich(), std::span(&query, 1));
    Answered located{.outcome = {}, .reply = std::vector<std::uint8_t>(kMaxMessageSize)};
    located.outcome = answer(rich(), query, positions[0], located.reply);
    located.reply.resize(located.outcome.length);
    EXPECT_EQ(located.reply, ask(rich(), question).reply) << question.name;
    EXPECT_EQ(located.outcome.zone, ask(rich(), question).outcome.zone) << question.name;
  }
}

// What is found for one question of a batch is not another's.
TEST(Locate, FindsInAFullBatchWhatItFindsForEach) {
  const std::vector<Ask> questions = {
      {.name = "www.example.org."},
      {.name = "geo.example.org.", .from = ip("81.2.4.5")},
      {.name = "none.example.org."},
      {.name = "geo.example.org.", .ecs = net("2001:db8::/56")},
      {.name = "elsewhere.example.net."},
      {.name = "failover.example.org."},
      {.name = "www.example.org.", .flags = 0x8000},
      {.name = "geo.example.org.", .ecs = net("81.2.4.0/24")},
      {.name = "www.child.example.org."},
      {.name = "child.example.org.", .type = Type::kDs},
      {.name = "example.org.", .type = Type::kAny},
      {.name = "geo.example.org.", .type = Type::kTxt},
      {.name = "version.bind.", .type = Type::kTxt, .klass = Class::kCh},
      {.name = "."},
      {.name = "a.b.c.d.none.example.org."},
      {.name = "geo.example.org.", .from = ip("2001:db8::1")}};
  ASSERT_EQ(questions.size(), kMaxBatch);
  std::vector<std::vector<std::uint8_t>> messages;
  std::array<Query, kMaxBatch> queries;
  for (std::size_t i = 0; i < kMaxBatch; ++i) {
    messages.push_back(message_of(questions[i]));
    parse({.message = messages[i], .source = questions[i].from}, queries[i]);
  }
  const View& view = rich_world();
  const auto positions = locate(view, queries);
  for (std::size_t i = 0; i < kMaxBatch; ++i) {
    std::vector<std::uint8_t> reply(kMaxUdpSize);
    reply.resize(answer(view, queries[i], positions[i], reply).length);
    EXPECT_EQ(reply, ask(view, questions[i]).reply) << questions[i].name;
  }
}

}  // namespace
}  // namespace rhumb::testing
