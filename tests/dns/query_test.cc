#include "dns/query.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

// A request in an allocation of exactly its size, so that AddressSanitizer sees a read past it.
struct Asked {
  explicit Asked(const Octets& request) : size(request.size()), message(new std::uint8_t[size]) {
    std::copy(request.begin(), request.end(), message.get());
    parse(Request{.message = {message.get(), size}, .source = {}}, query);
  }
  std::size_t size;
  std::unique_ptr<std::uint8_t[]> message;
  Query query;
};

Octets question_of(const Query& query) { return {query.question.begin(), query.question.end()}; }

struct Counts {
  std::uint8_t questions = 1, answers = 0, authorities = 0, additionals = 0;
};

// Id 0x1234 and RD.
Octets header(Counts counts, Octets id_and_flags = octets("\x12\x34\1\0")) {
  return std::move(id_and_flags) + Octets{0, counts.questions,   0, counts.answers,
                                          0, counts.authorities, 0, counts.additionals};
}

const Octets kQuestion = octets("\4BLog\7exAMPLe\3com\0\0\1\0\1");  // A IN
const Octets kOpt = octets("\0\0\x29\x04\xD0\0\0\x80\0\0\0");       // 1232, DO
const Octets kRecord = octets("\1a\0\0\1\0\1\0\0\0\x3C\0\4\xC0\0\2\1");

Octets opt(const Octets& options, const Octets& ttl = octets("\0\0\0\0")) {
  return octets("\0\0\x29\x04\xD0") + ttl +
         Octets{static_cast<std::uint8_t>(options.size() >> 8U),
                static_cast<std::uint8_t>(options.size())} +
         options;
}

void expect(Screen screen, Rcode rcode, const Octets& message) {
  const Asked asked(message);
  EXPECT_EQ(static_cast<int>(asked.query.screen), static_cast<int>(screen));
  EXPECT_EQ(asked.query.rcode, rcode) << to_string(asked.query.rcode);
  const bool readable =
      screen == Screen::kQuestion || screen == Screen::kIdentity || screen == Screen::kAnswer;
  EXPECT_EQ(question_of(asked.query).empty(), !readable);
}

TEST(Parse, ReadsAPlainQuestion) {
  const Asked asked(header({}) + kQuestion);
  EXPECT_EQ(asked.query.screen, Screen::kAnswer);
  EXPECT_EQ(asked.query.rcode, Rcode::kNoError);
  EXPECT_EQ(asked.query.id, 0x1234);
  EXPECT_EQ(asked.query.flags, 0x0100);
  EXPECT_EQ(asked.query.type, Type::kA);
  EXPECT_EQ(asked.query.klass, Class::kIn);
  EXPECT_FALSE(asked.query.edns.present);
  EXPECT_EQ(asked.query.name.labels, 3);
  EXPECT_EQ(Octets(asked.query.name.lower.begin(), asked.query.name.lower.begin() + 18),
            octets("\4blog\7example\3com\0"));
}

TEST(Parse, BorrowsTheQuestionAsItWasAsked) {
  const Asked asked(header({.additionals = 1}) + kQuestion + kOpt);
  EXPECT_EQ(question_of(asked.query), kQuestion);
  EXPECT_EQ(asked.query.question.data(), asked.message.get() + 12);
}

TEST(Parse, PassesOnWhereTheRequestCameFrom) {
  const Octets message = header({}) + kQuestion;
  Query query;
  parse(Request{.message = message,
                .source = *IpAddress::parse("192.0.2.7"),
                .transport = Transport::kTcp,
                .entropy = 42},
        query);
  EXPECT_EQ(query.source, *IpAddress::parse("192.0.2.7"));
  EXPECT_EQ(query.transport, Transport::kTcp);
  EXPECT_EQ(query.entropy, 42U);
}

TEST(Parse, ReadsOpt) {
  const Asked asked(header({.additionals = 1}) + kQuestion + kOpt);
  EXPECT_EQ(asked.query.screen, Screen::kAnswer);
  EXPECT_TRUE(asked.query.edns.present);
  EXPECT_TRUE(asked.query.edns.dnssec_ok);
  EXPECT_EQ(asked.query.edns.version, 0);
  EXPECT_EQ(asked.query.edns.udp_size, 1232);
}

TEST(Parse, ReadsOptAsTheClientSentIt) {
  const Asked asked(header({.additionals = 1}) + kQuestion +
                    octets("\0\0\x29\0\x01\xFF\0\x7F\xFF\0\0"));  // size 1, every flag but DO
  EXPECT_EQ(asked.query.screen, Screen::kAnswer);
  EXPECT_EQ(asked.query.edns.udp_size, 1);
  EXPECT_FALSE(asked.query.edns.dnssec_ok);
}

TEST(Parse, ForgetsTheQueryBefore) {
  const Octets first = header({.additionals = 1}) + kQuestion + kOpt;
  const Octets second = header({}) + octets("\0\0\2\0\1");
  Query query;
  parse(Request{.message = first, .source = {}}, query);
  parse(Request{.message = second, .source = {}}, query);
  EXPECT_EQ(query.screen, Screen::kAnswer);
  EXPECT_FALSE(query.edns.present);
  EXPECT_FALSE(query.edns.dnssec_ok);
  EXPECT_EQ(query.type, Type::kNs);
  EXPECT_EQ(query.name.labels, 0);
}

TEST(Parse, IsSilentBelowAHeader) {
  const Octets whole = header({});
  for (std::size_t size = 0; size < 12; ++size) {
    expect(Screen::kSilent, Rcode::kNoError,
           {whole.begin(), whole.begin() + static_cast<int>(size)});
  }
}

TEST(Parse, IsSilentToReplies) {
  expect(Screen::kSilent, Rcode::kNoError, header({}, octets("\x12\x34\x81\0")) + kQuestion);
  expect(Screen::kSilent, Rcode::kNoError, header({0}, octets("\x12\x34\xFF\xFF")));
}

TEST(Parse, DoesNotImplementOtherOpcodes) {
  for (int opcode = 1; opcode < 16; ++opcode) {
    const auto flags = static_cast<std::uint8_t>(opcode << 3);
    const Octets message = header({}, {0x12, 0x34, flags, 0}) + kQuestion;
    expect(Screen::kHeader, Rcode::kNotImp, message);
    EXPECT_EQ(Asked(message).query.flags, opcode << 11);  // to be echoed
  }
}

TEST(Parse, IgnoresTheOtherFlags) {
  expect(Screen::kAnswer, Rcode::kNoError, header({}, octets("\x12\x34\x07\xFF")) + kQuestion);
}

TEST(Parse, RefusesAnyNumberOfQuestionsButOne) {
  expect(Screen::kHeader, Rcode::kFormErr, header({0}));
  expect(Screen::kHeader, Rcode::kFormErr, header({0, 0, 0, 1}) + kOpt);
  expect(Screen::kHeader, Rcode::kFormErr, header({2}) + kQuestion + kQuestion);
  expect(Screen::kHeader, Rcode::kFormErr,
         octets("\x12\x34\1\0\1\1\0\0\0\0\0\0") + kQuestion);  // 257
}

TEST(Parse, RefusesAQuestionItCannotRead) {
  expect(Screen::kHeader, Rcode::kFormErr, header({}));
  expect(Screen::kHeader, Rcode::kFormErr, header({}) + octets("\xC0\x0C\0\1\0\1"));
  expect(Screen::kHeader, Rcode::kFormErr, header({}) + octets("\1a\xC0\x0C\0\1\0\1"));
  expect(Screen::kHeader, Rcode::kFormErr,
         header({}) + octets("\x41"
                             "a\0\0\1\0\1"));
  expect(Screen::kHeader, Rcode::kFormErr,
         header({}) + labels(3, 63) + labels(1, 62) + octets("\0\0\1\0\1"));
}

TEST(Parse, TakesTheLongestName) {
  expect(Screen::kAnswer, Rcode::kNoError,
         header({}) + labels(3, 63) + labels(1, 61) + octets("\0\0\1\0\1"));
  expect(Screen::kAnswer, Rcode::kNoError, header({}) + labels(127, 1) + octets("\0\0\1\0\1"));
}

TEST(Parse, RefusesAMessageCutOffAnywhere) {
  const Octets options = octets(
      "\0\x08\0\7\0\1\x18\0\xCB\0\x71\0\x0A\0\x08"
      "abcdefgh");
  const Octets whole = header({.additionals = 2}) + kQuestion + opt(options) + kRecord;
  expect(Screen::kAnswer, Rcode::kNoError, whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Octets part(whole.begin(), whole.begin() + static_cast<int>(size));
    if (size < 12) {
      expect(Screen::kSilent, Rcode::kNoError, part);
    } else if (size < 12 + kQuestion.size()) {
      expect(Screen::kHeader, Rcode::kFormErr, part);
    } else {
      expect(Screen::kQuestion, Rcode::kFormErr, part);
    }
  }
}

TEST(Parse, RefusesWhatFollowsTheLastRecord) {
  expect(Screen::kQuestion, Rcode::kFormErr, header({}) + kQuestion + octets("\0"));
  expect(Screen::kQuestion, Rcode::kFormErr, header({}) + kQuestion + kOpt);
  expect(Screen::kQuestion, Rcode::kFormErr,
         header({.additionals = 1}) + kQuestion + kOpt + octets("\0"));
}

TEST(Parse, RefusesMoreRecordsThanThereAre) {
  expect(Screen::kQuestion, Rcode::kFormErr, header({.additionals = 1}) + kQuestion);
  expect(Screen::kQuestion, Rcode::kFormErr, header({.additionals = 2}) + kQuestion + kOpt);
  expect(Screen::kQuestion, Rcode::kFormErr,
         octets("\x12\x34\1\0\0\1\0\0\0\0\xFF\xFF") + kQuestion + kOpt);
}

TEST(Parse, RefusesAnswers) {
  expect(Screen::kQuestion, Rcode::kFormErr, header({.answers = 1}) + kQuestion + kRecord);
  expect(Screen::kQuestion, Rcode::kFormErr,
         octets("\x12\x34\1\0\0\1\1\0\0\0\0\0") + kQuestion);  // 256
}

TEST(Parse, RefusesAuthoritiesButForIxfr) {
  expect(Screen::kQuestion, Rcode::kFormErr, header({.authorities = 1}) + kQuestion + kRecord);
  const Octets ixfr = octets("\7example\3com\0\0\xFB\0\1");
  expect(Screen::kQuestion, Rcode::kRefused, header({.authorities = 1}) + ixfr + kRecord);
  expect(Screen::kQuestion, Rcode::kFormErr, header({.authorities = 1}) + ixfr);
  expect(Screen::kQuestion, Rcode::kFormErr, header({.authorities = 1}) + ixfr + kOpt);
}

TEST(Parse, PassesOverOtherAdditionalRecords) {
  const Octets compressed = octets("\xC0\x0C\0\1\0\1\0\0\0\0\0\0");
  expect(Screen::kAnswer, Rcode::kNoError, header({.additionals = 1}) + kQuestion + kRecord);
  expect(Screen::kAnswer, Rcode::kNoError, header({.additionals = 1}) + kQuestion + compressed);
  for (const Octets& records : {kOpt + kRecord, kRecord + kOpt}) {
    const Asked asked(header({.additionals = 2}) + kQuestion + records);
    EXPECT_EQ(asked.query.screen, Screen::kAnswer);
    EXPECT_TRUE(asked.query.edns.present);
  }
}

TEST(Parse, RefusesAdditionalRecordsOfBadForm) {
  for (const Octets& bad : {octets("\x40"
                                   "a\0\0\1\0\1\0\0\0\0\0\0"),
                            octets("\1a\0\0\1\0\1\0\0\0\0\0\1"),
                            octets("\1a\0\0\1\0\1\0\0\0\0\xFF\xFF"
                                   "a")}) {
    expect(Screen::kQuestion, Rcode::kFormErr, header({.additionals = 1}) + kQuestion + bad);
  }
}

TEST(Parse, RefusesASecondOpt) {
  expect(Screen::kQuestion, Rcode::kFormErr, header({.additionals = 2}) + kQuestion + kOpt + kOpt);
}

TEST(Parse, RefusesAnOptThatIsNotTheRoots) {
  expect(Screen::kQuestion, Rcode::kFormErr,
         header({.additionals = 1}) + kQuestion + octets("\1a\0\0\x29\x04\xD0\0\0\0\0\0\0"));
  // A pointer to a root is not the octet that RFC 6891 §6.1.2 asks for.
  expect(Screen::kQuestion, Rcode::kFormErr,
         header({.additionals = 1}) + kQuestion + octets("\xC0\x1D\0\x29\x04\xD0\0\0\0\0\0\0"));
}

TEST(Parse, PassesOverOptions) {
  for (const Octets& options :
       {octets("\0\x0A\0\x08"
               "abcdefgh"),
        octets("\0\3\0\0"), octets("\xFF\xFF\0\1x\0\3\0\0"), octets("\0\3\0\0\0\3\0\0")}) {
    expect(Screen::kAnswer, Rcode::kNoError, header({.additionals = 1}) + kQuestion + opt(options));
  }
}

TEST(Parse, RefusesOptionsThatOverrunOpt) {
  for (const Octets& options : {octets("\0"), octets("\0\x0A"), octets("\0\x0A\0"),
                                octets("\0\x0A\0\1"), octets("\0\3\0\0\0"),
                                octets("\0\x0A\xFF\xFF"
                                       "abc")}) {
    expect(Screen::kQuestion, Rcode::kFormErr,
           header({.additionals = 1}) + kQuestion + opt(options));
  }
}

const Octets kSubnet = octets("\0\x08\0\7\0\1\x18\0\xCB\0\x71");

TEST(Parse, ReadsTheClientSubnet) {
  const Octets cookie = octets(
      "\0\x0A\0\x08"
      "abcdefgh");
  for (const Octets& options : {kSubnet, cookie + kSubnet, kSubnet + cookie}) {
    const Asked asked(header({.additionals = 1}) + kQuestion + opt(options));
    EXPECT_EQ(asked.query.screen, Screen::kAnswer);
    EXPECT_TRUE(asked.query.edns.client_subnet.present);
    EXPECT_EQ(asked.query.edns.client_subnet.source_prefix, 24);
    EXPECT_EQ(to_string(asked.query.edns.client_subnet.address), "203.0.113.0");
  }
}

TEST(Parse, LeavesAMalformedClientSubnetToThoseWhoHeedIt) {
  const Asked asked(header({.additionals = 1}) + kQuestion + opt(octets("\0\x08\0\1\0")));
  EXPECT_EQ(asked.query.screen, Screen::kAnswer);
  EXPECT_FALSE(asked.query.edns.client_subnet.present);
  EXPECT_TRUE(asked.query.edns.client_subnet.malformed);
}

TEST(Parse, ReadsTheCookie) {
  const Octets cookie = octets(
      "\0\x0A\0\x08"
      "abcdefgh");
  for (const Octets& options : {cookie, cookie + kSubnet, kSubnet + cookie}) {
    const Asked asked(header({.additionals = 1}) + kQuestion + opt(options));
    EXPECT_EQ(asked.query.screen, Screen::kAnswer);
    const auto read = asked.query.edns.cookie.octets;
    EXPECT_EQ(Octets(read.begin(), read.end()), octets("abcdefgh"));
  }
}

TEST(Parse, KnowsWhenACookieIsAllThatIsAskedFor) {
  const Octets cookie =
      opt(octets("\0\x0A\0\x08"
                 "abcdefgh"));
  expect(Screen::kCookie, Rcode::kNoError, header({0, 0, 0, 1}) + cookie);
  expect(Screen::kCookie, Rcode::kNoError, header({0, 0, 0, 2}) + kRecord + cookie);
  for (const Octets& bad :
       {header({0, 0, 0, 1}) + kOpt, header({0, 0, 0, 1}) + opt(octets("\0\x0A\0\1a")),
        header({0, 0, 0, 1}) + cookie + octets("\0"), header({0, 0, 0, 2}) + cookie + cookie,
        header({0, 1, 0, 1}) + kRecord + cookie, header({0, 0, 1, 1}) + kRecord + cookie}) {
    expect(Screen::kHeader, Rcode::kFormErr, bad);
    EXPECT_FALSE(Asked(bad).query.edns.present);
  }
}

TEST(Parse, LeavesAMalformedCookieToThoseWhoHeedIt) {
  const Asked asked(header({.additionals = 1}) + kQuestion + opt(octets("\0\x0A\0\1a")));
  EXPECT_EQ(asked.query.screen, Screen::kAnswer);
  EXPECT_TRUE(asked.query.edns.cookie.malformed);
}

TEST(Parse, ForgetsTheClientSubnetOfTheQueryBefore) {
  const Octets first = header({.additionals = 1}) + kQuestion + opt(kSubnet);
  const Octets second = header({.additionals = 1}) + kQuestion + opt({});
  Query query;
  parse(Request{.message = first, .source = {}}, query);
  EXPECT_TRUE(query.edns.client_subnet.present);
  parse(Request{.message = second, .source = {}}, query);
  EXPECT_FALSE(query.edns.client_subnet.present);
}

TEST(Parse, ReadsNoOptionOfAnotherVersion) {
  const Asked asked(header({.additionals = 1}) + kQuestion + opt(kSubnet, octets("\0\1\0\0")));
  EXPECT_EQ(asked.query.rcode, Rcode::kBadVers);
  EXPECT_FALSE(asked.query.edns.client_subnet.present);
}

TEST(Parse, ImplementsEdnsVersion0Alone) {
  const Octets version1 = octets("\0\1\0\0");
  const Asked asked(header({.additionals = 1}) + kQuestion + opt({}, version1));
  EXPECT_EQ(asked.query.screen, Screen::kQuestion);
  EXPECT_EQ(asked.query.rcode, Rcode::kBadVers);
  EXPECT_TRUE(asked.query.edns.present);
  EXPECT_EQ(asked.query.edns.version, 1);
  expect(Screen::kQuestion, Rcode::kBadVers,
         header({.additionals = 1}) + kQuestion + opt({}, octets("\0\xFF\0\0")));
}

TEST(Parse, AnswersBadVersBeforeAllThatVersion0Says) {
  const Octets version1 = octets("\0\1\0\0");
  expect(Screen::kQuestion, Rcode::kBadVers,
         header({.additionals = 1}) + kQuestion + opt(octets("\0"), version1));
  expect(Screen::kQuestion, Rcode::kBadVers,
         header({.additionals = 1}) + octets("\3com\0\0\1\0\4") + opt({}, version1));
  const Octets unasked = header({0, 0, 0, 1}) + opt(octets("\0\x0A\0\x08"
                                                           "abcdefgh"),
                                                    version1);
  EXPECT_EQ(Asked(unasked).query.screen, Screen::kQuestion);
  EXPECT_EQ(Asked(unasked).query.rcode, Rcode::kBadVers);
  expect(Screen::kHeader, Rcode::kFormErr, unasked + octets("\0"));
}

TEST(Parse, RefusesTransfers) {
  expect(Screen::kQuestion, Rcode::kRefused, header({}) + octets("\3com\0\0\xFC\0\1"));
  expect(Screen::kQuestion, Rcode::kRefused, header({}) + octets("\3com\0\0\xFB\0\1"));
}

TEST(Parse, RefusesClassesOtherThanIn) {
  for (const std::uint8_t klass : Octets{0, 2, 4, 254, 255}) {
    expect(Screen::kQuestion, Rcode::kRefused,
           header({}) + octets("\3com\0\0\1\0") + Octets{klass});
  }
  expect(Screen::kQuestion, Rcode::kRefused, header({}) + octets("\3com\0\0\1\1\1"));
}

TEST(Parse, KnowsWhenTheServerItselfIsAskedAbout) {
  expect(Screen::kIdentity, Rcode::kNoError, header({}) + octets("\7version\4bind\0\0\x10\0\3"));
  expect(Screen::kIdentity, Rcode::kNoError, header({}) + octets("\3com\0\0\xFC\0\3"));
}

TEST(Parse, LooksUpEveryOtherType) {
  for (const int type : {0, 1, 28, 41, 128, 249, 250, 253, 254, 255, 256, 65280, 65535}) {
    const Octets number = {static_cast<std::uint8_t>(type / 256),
                           static_cast<std::uint8_t>(type % 256)};
    const Octets message = header({}) + octets("\3com\0") + number + octets("\0\1");
    expect(Screen::kAnswer, Rcode::kNoError, message);
    EXPECT_EQ(Asked(message).query.type, static_cast<Type>(type));
  }
}

}  // namespace
}  // namespace rhumb
