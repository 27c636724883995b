#include "dns/cookie.h"

#include <gtest/gtest.h>

#include "tests/dns/octets.h"

namespace rhumb {
namespace {

const Octets kClientCookie = octets("\x24\x64\xC4\xAB\xCF\x10\xC9\x57");
constexpr SipKey kSecret = {0xE5, 0xE9, 0x73, 0xE5, 0xA6, 0xB2, 0xA4, 0x3F,
                            0x48, 0xE7, 0xDC, 0x84, 0x9E, 0x37, 0xBF, 0xCF};
constexpr std::uint32_t kMade = 0x5CF79F11;  // Wed Jun  5 10:53:05 UTC 2019
const Octets kCookie = kClientCookie + octets(
                                           "\1\0\0\0\x5C\xF7\x9F\x11"
                                           "\x1F\x81\x30\xC3\xEE\xE2\x94\x80");

CookieSecrets secrets(std::initializer_list<SipKey> keys) {
  CookieSecrets made;
  for (const SipKey& key : keys) made.keys[made.count++] = key;
  return made;
}

struct Said {
  bool valid;
  Octets octets;
};

Said answer_to(const Octets& asked, std::string_view client, std::uint32_t now_s,
               const CookieSecrets& keys = secrets({kSecret})) {
  Cookie cookie;
  read_cookie(asked, cookie);
  EXPECT_TRUE(cookie.present());
  const CookieReply reply = answer_cookie(cookie, *IpAddress::parse(client), now_s, keys);
  return {reply.valid, {reply.octets.begin(), reply.octets.end()}};
}

TEST(Rfc9018, AppendixA1_LearningANewServerCookie) {
  const Said said = answer_to(kClientCookie, "198.51.100.100", kMade);
  EXPECT_FALSE(said.valid);
  EXPECT_EQ(said.octets, kCookie);
}

TEST(Rfc9018, AppendixA2_TheSameClientLearningARenewedServerCookie) {
  const Said said = answer_to(kCookie, "198.51.100.100", 0x5CF7A871);  // 40 minutes on
  EXPECT_TRUE(said.valid);
  EXPECT_EQ(said.octets, kClientCookie + octets("\1\0\0\0\x5C\xF7\xA8\x71"
                                                "\xD4\xA5\x64\xA1\x44\x2A\xCA\x77"));
}

TEST(Rfc9018, AppendixA3_AnotherClientWhoseReservedOctetsAreSet) {
  const Octets client = octets("\xFC\x93\xFC\x62\x80\x7D\xDB\x86");
  const Octets asked = client + octets(
                                    "\1\xAB\xCD\xEF\x5C\xF7\x8F\x71"
                                    "\xA3\x14\x22\x7B\x66\x79\xEB\xF5");
  EXPECT_TRUE(answer_to(asked, "203.0.113.203", 0x5CF78F71).valid);  // when it was made
  const Said said = answer_to(asked, "203.0.113.203", 0x5CF7A9AC);
  EXPECT_EQ(said.octets, client + octets("\1\0\0\0\x5C\xF7\xA9\xAC"
                                         "\xF7\x3A\x78\x10\xAC\xA2\x38\x1E"));
}

constexpr SipKey kOld = {0xDD, 0x3B, 0xDF, 0x93, 0x44, 0xB6, 0x78, 0xB1,
                         0x85, 0xA6, 0xF5, 0xCB, 0x60, 0xFC, 0xA7, 0x15};
constexpr SipKey kNew = {0x44, 0x55, 0x36, 0xBC, 0xD2, 0x51, 0x32, 0x98,
                         0x07, 0x5A, 0x5D, 0x37, 0x96, 0x63, 0xC9, 0x62};

TEST(Rfc9018, AppendixA4_Ipv6AndASecretThatIsRolledOver) {
  const Octets client = octets("\x22\x68\x1A\xB9\x7D\x52\xC2\x98");
  const Octets asked = client + octets(
                                    "\1\0\0\0\x5C\xF7\xC5\x79"
                                    "\x26\x55\x6B\xD0\x93\x4C\x72\xF8");
  const auto ask = [&](const CookieSecrets& keys) {
    return answer_to(asked, "2001:db8:220:1:59de:d0f4:8769:82b8", 0x5CF7C609, keys);
  };
  const Said said = ask(secrets({kNew, kOld}));
  EXPECT_TRUE(said.valid);
  EXPECT_EQ(said.octets, client + octets("\1\0\0\0\x5C\xF7\xC6\x09"
                                         "\xA6\xBB\x79\xD1\x66\x25\x50\x7A"));
  EXPECT_EQ(ask(secrets({kOld, kNew})).octets, asked);  // while the new one is only accepted
  EXPECT_FALSE(ask(secrets({kNew})).valid);
}

TEST(Cookie, IsGivenBackAsItIsForHalfAnHour) {
  for (const std::uint32_t later : {0U, 1U, 1800U}) {
    const Said said = answer_to(kCookie, "198.51.100.100", kMade + later);
    EXPECT_TRUE(said.valid);
    EXPECT_EQ(said.octets, kCookie);
  }
  EXPECT_NE(answer_to(kCookie, "198.51.100.100", kMade + 1801).octets, kCookie);
}

TEST(Cookie, IsGoodForAnHourAndFiveMinutesBeforeItsTime) {
  EXPECT_TRUE(answer_to(kCookie, "198.51.100.100", kMade + 3600).valid);
  EXPECT_FALSE(answer_to(kCookie, "198.51.100.100", kMade + 3601).valid);
  EXPECT_TRUE(answer_to(kCookie, "198.51.100.100", kMade - 300).valid);
  EXPECT_FALSE(answer_to(kCookie, "198.51.100.100", kMade - 301).valid);
}

TEST(Cookie, OutlivesTheEndOfThe32BitsOfTime) {
  const Octets made = answer_to(kClientCookie, "192.0.2.1", 0xFFFFFFF0).octets;
  EXPECT_TRUE(answer_to(made, "192.0.2.1", 0x10).valid);
  EXPECT_EQ(answer_to(made, "192.0.2.1", 0x10).octets, made);
}

TEST(Cookie, IsGoodForItsClientAlone) {
  EXPECT_FALSE(answer_to(kCookie, "198.51.100.101", kMade).valid);
  EXPECT_FALSE(answer_to(kCookie, "2001:db8::1", kMade).valid);
}

TEST(Cookie, IsNotGoodWithAnyBitChanged) {
  for (std::size_t bit = 0; bit < kCookie.size() * 8; ++bit) {
    Octets changed = kCookie;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8U);
    EXPECT_FALSE(answer_to(changed, "198.51.100.100", kMade).valid) << bit;
  }
}

TEST(Cookie, OfAnotherServersMakingIsMetWithOneOfOurs) {
  for (const std::size_t size : {16U, 23U, 25U, 40U}) {
    Octets other = kCookie;
    other.resize(size);
    const Said said = answer_to(other, "198.51.100.100", kMade);
    EXPECT_FALSE(said.valid);
    EXPECT_EQ(said.octets, kCookie);
  }
}

TEST(Cookie, IsMalformedOfAnyOtherSize) {
  for (std::size_t size = 0; size < 60; ++size) {
    Cookie cookie;
    const Octets data(size);
    read_cookie(data, cookie);
    const bool fits = size == 8 || (size >= 16 && size <= 40);
    EXPECT_EQ(cookie.present(), fits) << size;
    EXPECT_EQ(cookie.malformed, !fits) << size;
  }
}

TEST(Cookie, OfSeveralTheFirstCounts) {
  Cookie cookie;
  read_cookie(kCookie, cookie);
  read_cookie(octets("\1"), cookie);
  EXPECT_FALSE(cookie.malformed);
  EXPECT_EQ(cookie.octets.size(), kCookie.size());
  Cookie bad;
  read_cookie(octets("\1"), bad);
  read_cookie(kCookie, bad);
  EXPECT_TRUE(bad.malformed);
  EXPECT_FALSE(bad.present());
}

}  // namespace
}  // namespace rhumb
