// Cookies (RFC 7873) in whole questions and replies; how they are made is of tests/dns.
#include <gtest/gtest.h>

#include "tests/answer/ask.h"

namespace rhumb::testing {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint32_t kNow = 0x5CF79F11;
// RFC 9018 Appendix A.1
const Octets kClient = {0x24, 0x64, 0xC4, 0xAB, 0xCF, 0x10, 0xC9, 0x57};
const Octets kCookie = {0x24, 0x64, 0xC4, 0xAB, 0xCF, 0x10, 0xC9, 0x57, 1,    0,    0,    0,
                        0x5C, 0xF7, 0x9F, 0x11, 0x1F, 0x81, 0x30, 0xC3, 0xEE, 0xE2, 0x94, 0x80};

View heeding() {
  View view = view_of(rich_zones());
  view.options.cookie_secrets.keys[0] = {0xE5, 0xE9, 0x73, 0xE5, 0xA6, 0xB2, 0xA4, 0x3F,
                                         0x48, 0xE7, 0xDC, 0x84, 0x9E, 0x37, 0xBF, 0xCF};
  view.options.cookie_secrets.count = 1;
  return view;
}

Octets option(const Octets& cookie) {
  Octets octets = {0, 10, 0, static_cast<std::uint8_t>(cookie.size())};
  octets.insert(octets.end(), cookie.begin(), cookie.end());
  return octets;
}

Ask question(const Octets& options, std::string_view name = "www.example.org.") {
  return {.name = name, .from = ip("198.51.100.100"), .now_s = kNow, .options = options};
}

// The last octets of the reply, which are its last option.
Octets tail(const Answered& answered, std::size_t size) {
  return {answered.reply.end() - static_cast<std::ptrdiff_t>(size), answered.reply.end()};
}

TEST(CookieAnswer, GivesAServerCookieToAClientsOwn) {
  const Answered answered = ask(heeding(), question(option(kClient)));
  EXPECT_EQ(
      tail(answered, 30),
      (Octets{0, 28, 0, 10,   0,    24,   0x24, 0x64, 0xC4, 0xAB, 0xCF, 0x10, 0xC9, 0x57, 1,
              0, 0,  0, 0x5C, 0xF7, 0x9F, 0x11, 0x1F, 0x81, 0x30, 0xC3, 0xEE, 0xE2, 0x94, 0x80}));
  EXPECT_EQ(answered.outcome.rcode, Rcode::kNoError);
  EXPECT_FALSE(answered.outcome.valid_cookie);
  EXPECT_EQ(answered.reply[7], 1) << "the answer is in it";
}

TEST(CookieAnswer, TellsThatACookieIsValid) {
  const Answered answered = ask(heeding(), question(option(kCookie)));
  EXPECT_EQ(tail(answered, 24), kCookie);
  EXPECT_TRUE(answered.outcome.valid_cookie);
}

TEST(CookieAnswer, AnswersAWrongServerCookieWithARightOne) {
  Octets wrong = kCookie;
  wrong.back() ^= 1U;
  const Answered answered = ask(heeding(), question(option(wrong)));
  EXPECT_EQ(tail(answered, 24), kCookie);
  EXPECT_FALSE(answered.outcome.valid_cookie);
  EXPECT_EQ(answered.outcome.rcode, Rcode::kNoError) << "BADCOOKIE is never required";
}

TEST(CookieAnswer, IsGivenWithErrorsToo) {
  const Answered nothing = ask(heeding(), question(option(kClient), "none.such.example.org."));
  EXPECT_EQ(tail(nothing, 24), kCookie);
  const Answered refused = ask(heeding(), question(option(kCookie), "www.example.com."));
  EXPECT_EQ(tail(refused, 6), (Octets{0, 15, 0, 2, 0, 20}));
  EXPECT_EQ(Octets(refused.reply.end() - 30, refused.reply.end() - 6), kCookie);
  EXPECT_TRUE(refused.outcome.valid_cookie);
}

TEST(CookieAnswer, OfAWrongLengthIsAFormatError) {
  for (const std::size_t size : {0U, 7U, 9U, 15U, 41U}) {
    const Answered answered = ask(heeding(), question(option(Octets(size))));
    EXPECT_EQ(answered.outcome.rcode, Rcode::kFormErr) << size;
    EXPECT_EQ(answered.reply.size(), 12U + 17 + 4 + 11);
  }
}

TEST(CookieAnswer, IsPassedOverWithoutSecrets) {
  const View view = view_of(rich_zones());
  for (const Octets& options : {option(kClient), option(kCookie), option(Octets(1))}) {
    const Answered answered = ask(view, question(options));
    EXPECT_EQ(answered.reply, ask(view, question({})).reply);
    EXPECT_FALSE(answered.outcome.valid_cookie);
  }
}

TEST(CookieAnswer, IsNotMadeForAnotherEdnsVersion) {
  Ask other = question(option(kCookie));
  other.edns_version = 1;
  const Answered answered = ask(heeding(), other);
  EXPECT_EQ(answered.outcome.rcode, Rcode::kBadVers);
  EXPECT_EQ(answered.reply.size(), 12U + 17 + 4 + 11);
}

// A query that asks for no more than a cookie.
Octets cookie_query(const Octets& cookie) {
  Octets message = {0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0};
  const Octets options = option(cookie);
  message.push_back(static_cast<std::uint8_t>(options.size()));
  message.insert(message.end(), options.begin(), options.end());
  return message;
}

Answered ask_for_cookie(const View& view, const Octets& cookie) {
  const Octets message = cookie_query(cookie);
  return ask_octets(view, {.message = message, .source = ip("198.51.100.100"), .now_s = kNow});
}

// A reply of OPT alone.
Octets cookie_reply(std::uint8_t rcode, std::uint8_t extended, const Octets& options) {
  Octets reply = {0x12, 0x34, 0x80, rcode, 0, 0,   0,        0, 0, 0, 0,
                  1,    0,    0,    41,    4, 208, extended, 0, 0, 0, 0};
  reply.push_back(static_cast<std::uint8_t>(options.size()));
  reply.insert(reply.end(), options.begin(), options.end());
  return reply;
}

TEST(CookieAnswer, IsGivenWithoutAQuestion) {  // RFC 7873 §5.4
  EXPECT_EQ(ask_for_cookie(heeding(), kClient).reply, cookie_reply(0, 0, option(kCookie)));
  EXPECT_EQ(ask_for_cookie(heeding(), kCookie).reply, cookie_reply(0, 0, option(kCookie)));
}

TEST(CookieAnswer, SaysWithoutAQuestionThatAServerCookieIsBad) {
  Octets wrong = kCookie;
  wrong.back() ^= 1U;
  const Answered answered = ask_for_cookie(heeding(), wrong);
  EXPECT_EQ(answered.reply, cookie_reply(7, 1, option(kCookie)));  // 23
  EXPECT_EQ(answered.outcome.rcode, Rcode::kBadCookie);
}

TEST(CookieAnswer, IsNoneWithoutAQuestionToAnotherVersionOfEdns) {  // RFC 6891 §6.1.3
  Octets message = cookie_query(kClient);
  message[18] = 1;
  const Answered answered = ask_octets(heeding(), {.message = message, .source = {}});
  EXPECT_EQ(answered.reply, cookie_reply(0, 1, {}));  // 16
}

TEST(CookieAnswer, IsAFormatErrorWithoutAQuestionOrSecrets) {
  const Answered answered = ask_for_cookie(view_of(rich_zones()), kClient);
  EXPECT_EQ(answered.reply, cookie_reply(1, 0, {}));
}

}  // namespace
}  // namespace rhumb::testing
