#include "answer/rate_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/answer/ask.h"

namespace rhumb::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t kAccountSeed = 42;

std::uint64_t account(const Ask& question, std::uint64_t seed = kAccountSeed) {
  const auto message = message_of(question);
  Query query;
  parse({.message = message, .source = question.from}, query);
  std::vector<std::uint8_t> out(kMaxUdpSize);
  return account_of(query, answer(rich(), query, out), seed);
}

std::uint64_t account(std::string_view name, Type type = Type::kA,
                      std::string_view from = "192.0.2.1") {
  return account({.name = name, .type = type, .from = ip(from)});
}

AccountKind kind(std::string_view name, Type type = Type::kA) {
  return account_kind(ask(rich(), {.name = name, .type = type}).outcome);
}

TEST(AccountOf, IsOfTheNetworkNotOfTheAddress) {
  const std::uint64_t one = account("www.example.org.", Type::kA, "192.0.2.1");
  EXPECT_EQ(one, account("www.example.org.", Type::kA, "192.0.2.254"));
  EXPECT_NE(one, account("www.example.org.", Type::kA, "192.0.3.1"));
  const std::uint64_t six = account("www.example.org.", Type::kA, "2001:db8:0:1::1");
  EXPECT_EQ(six, account("www.example.org.", Type::kA, "2001:db8:0:ff:1::1"));
  EXPECT_NE(six, account("www.example.org.", Type::kA, "2001:db8:0:100::1"));
  EXPECT_NE(account("www.example.org.", Type::kA, "192.0.2.1"),
            account("www.example.org.", Type::kA, "c000:200::"));
}

TEST(AccountOf, OfANameThatExistsIsItsOwnForAllTypesAndInAnyCase) {
  const std::uint64_t www = account("www.example.org.");
  EXPECT_EQ(www, account("WWW.example.ORG."));
  EXPECT_EQ(www, account("www.example.org.", Type::kAaaa));
  EXPECT_EQ(www, account("www.example.org.", Type::kMx));
  EXPECT_EQ(www, account("www.example.org.", Type::kAny));
  EXPECT_NE(www, account("mail.example.org."));
  EXPECT_NE(www, account("example.org."));
}

TEST(AccountOf, OfNamesThatDoNotExistIsTheZones) {
  const std::uint64_t none = account("a.nothing.example.org.");
  EXPECT_EQ(none, account("b.example.org."));
  EXPECT_EQ(none, account("b.example.org.", Type::kTxt));
  EXPECT_NE(none, account("a.child.example.org.")) << "another zone";
  EXPECT_NE(none, account("www.example.org."));
}

TEST(AccountOf, OfWhatIsMadeForANameIsTheZones) {
  const std::uint64_t wild = account("a.wild.example.org.");
  EXPECT_EQ(wild, account("b.c.wild.example.org."));
  EXPECT_EQ(wild, account("a.routed.example.org."));
  EXPECT_EQ(wild, account("a.sub.example.org.")) << "a referral";
  EXPECT_EQ(wild, account("x.dname.example.org."));
  EXPECT_NE(wild, account("a.nothing.example.org."));
  EXPECT_NE(wild, account("*.wild.example.org.")) << "which is a name that exists";
}

TEST(AccountOf, OfErrorsIsOneForTheNetwork) {
  const std::uint64_t refused = account("www.example.com.");
  EXPECT_EQ(refused, account("www.example.net.", Type::kTxt));
  EXPECT_EQ(refused, account("www.example.org.", Type::kAxfr));
  EXPECT_EQ(refused,
            account({.name = "www.example.org.", .edns_version = 1, .from = ip("192.0.2.1")}));
  EXPECT_EQ(refused, account({.name = "version.bind.",
                              .type = Type::kTxt,
                              .klass = Class::kCh,
                              .from = ip("192.0.2.1")}));
  EXPECT_NE(refused, account("www.example.com.", Type::kA, "192.0.3.1"));
}

TEST(AccountOf, OfTheNetworkIsOneMore) {
  const std::uint64_t all = network_account_of(ip("192.0.2.1"), kAccountSeed);
  EXPECT_EQ(all, network_account_of(ip("192.0.2.9"), kAccountSeed));
  EXPECT_NE(all, network_account_of(ip("192.0.3.1"), kAccountSeed));
  EXPECT_NE(all, account("www.example.com.")) << "of its errors";
}

TEST(AccountOf, CannotBeForetoldWithoutTheSeed) {
  EXPECT_NE(account({.name = "www.example.org."}, 1), account({.name = "www.example.org."}, 2));
}

TEST(AccountKind, IsByTheNameThatWasAskedNotByWhereItLeads) {
  EXPECT_EQ(kind("missing.example.org."), AccountKind::kName) << "a CNAME to no name";
  EXPECT_EQ(kind("ent.example.org."), AccountKind::kName) << "an empty non-terminal";
  EXPECT_EQ(kind("in-sub.example.org."), AccountKind::kName) << "a CNAME below a cut";
  EXPECT_EQ(kind("sub.example.org.", Type::kDs), AccountKind::kName);
  EXPECT_EQ(kind("sub.example.org."), AccountKind::kSynthesised) << "the cut itself is a referral";
  EXPECT_EQ(kind("x.wildc.example.org."), AccountKind::kSynthesised)
      << "a CNAME to a name that exists";
  EXPECT_EQ(kind("nothing.dname.example.org."), AccountKind::kNoName);
  EXPECT_EQ(kind("nothing.example.org."), AccountKind::kNoName);
  EXPECT_EQ(kind("failover.example.org."), AccountKind::kName);
  Outcome too_long{.rcode = Rcode::kYxDomain, .zone = 0};
  EXPECT_EQ(account_kind(too_long), AccountKind::kSynthesised) << "of a DNAME (RFC 6672)";
  too_long.rcode = Rcode::kServFail;
  EXPECT_EQ(account_kind(too_long), AccountKind::kError);
}

TEST(LimitedNetwork, IsASlash24OrASlash56) {
  EXPECT_EQ(limited_network(ip("192.0.2.7")), net("192.0.2.0/24"));
  EXPECT_EQ(limited_network(ip("2001:db8:1:2ff::7")), net("2001:db8:1:200::/56"));
}

// Of so many replies at `now`, how many are sent in full, sent with TC, and dropped.
struct Tally {
  int sent = 0;
  int tc = 0;
  int dropped = 0;

  bool operator==(const Tally&) const = default;
};

class ChargeTest : public ::testing::Test {
 protected:
  Tally ask(int count, Ticks now) {
    Tally tally;
    for (int i = 0; i < count; ++i) {
      const Charge charged = charge(account_, now, limits_.of_account, limits_.slip);
      account_ = charged.account;
      begun_ += charged.begins ? 1 : 0;
      if (charged.action == RateLimitAction::kSend) ++tally.sent;
      if (charged.action == RateLimitAction::kSendTc) ++tally.tc;
      if (charged.action == RateLimitAction::kDrop) ++tally.dropped;
    }
    return tally;
  }
  // So many a second, evenly, for so long.
  Tally flood(int per_second, int seconds, Ticks& now) {
    Tally all;
    for (int i = 0; i < per_second * seconds; ++i) {
      const Tally one = ask(1, now);
      all.sent += one.sent;
      all.tc += one.tc;
      all.dropped += one.dropped;
      now += kTicksPerSecond / static_cast<Ticks>(per_second);
    }
    return all;
  }

  RateLimits limits_{.responses_per_second = 20, .slip = 2};
  Account account_{.tag = 7, .withheld = 0, .full_at = 0};
  int begun_ = 0;
};

TEST_F(ChargeTest, SendsASecondsWorthAtOnceAndSlipsEachOtherOneThen) {
  EXPECT_EQ(ask(20, 1000), (Tally{.sent = 20}));
  EXPECT_EQ(ask(10, 1000), (Tally{.tc = 5, .dropped = 5}));
}

TEST_F(ChargeTest, SendsASecondsWorthAtOnceAtEveryLimit) {
  for (const int limit : {1, 2, 3, 7, 19, 999, 5'000, 9'999, 10'000}) {
    limits_ = {.responses_per_second = static_cast<std::uint32_t>(limit)};
    account_ = {};
    EXPECT_EQ(ask(2 * limit, 0).sent, limit);
  }
}

TEST_F(ChargeTest, SlipsAsOftenAsIsSaid) {
  limits_.slip = 0;
  EXPECT_EQ(ask(50, 0), (Tally{.sent = 20, .dropped = 30}));
  limits_.slip = 1;
  EXPECT_EQ(ask(30, 0), (Tally{.tc = 30}));
  limits_.slip = 10;
  account_ = {};
  EXPECT_EQ(ask(55, 0), (Tally{.sent = 20, .tc = 3, .dropped = 32}));
  limits_.slip = 2;  // by a reload, in the middle of ten
  EXPECT_EQ(ask(10, 0), (Tally{.tc = 5, .dropped = 5}));
}

TEST_F(ChargeTest, NeverLimitsWhoKeepsToTheLimit) {
  Ticks now = 5;
  EXPECT_EQ(flood(20, 60, now), (Tally{.sent = 20 * 60}));
  EXPECT_EQ(begun_, 0);
}

TEST_F(ChargeTest, TellsNothingInFullToWhoGoesOnAboveTheLimit) {
  Ticks now = 0;
  flood(200, 1, now);
  EXPECT_EQ(flood(200, 60, now), (Tally{.tc = 6'000, .dropped = 6'000}));
  EXPECT_EQ(begun_, 1);
}

TEST_F(ChargeTest, TellsAgainASecondAfterAFloodAndAllAfterTwo) {
  Ticks now = 0;
  flood(200, 10, now);
  EXPECT_EQ(ask(1, now + kTicksPerSecond / 2).sent, 0);
  EXPECT_EQ(ask(1, now + 5 * (kTicksPerSecond / 4)).sent, 1);
  EXPECT_EQ(ask(20, now + 4 * kTicksPerSecond), (Tally{.sent = 20}));
  EXPECT_EQ(begun_, 1);
}

TEST_F(ChargeTest, SaysWhenLimitingBeginsAgain) {
  ask(25, 0);
  EXPECT_EQ(begun_, 1);
  ask(25, 3 * kTicksPerSecond);
  EXPECT_EQ(begun_, 2);
}

TEST_F(ChargeTest, GoesOnWhereTheCountOfTicksWraps) {
  Ticks now = wrapped(0 - kTicksPerSecond / 2);
  account_.full_at = now;
  EXPECT_EQ(ask(25, now), (Tally{.sent = 20, .tc = 2, .dropped = 3}));
  EXPECT_LT(account_.full_at, now) << "it has wrapped";
  now = wrapped(now + kTicksPerSecond);  // and so has this
  EXPECT_LT(now, kTicksPerSecond);
  EXPECT_EQ(ask(20, now).sent, 15) << "of 45 asked, a second's worth was taken back";
}

TEST_F(ChargeTest, TakesAnOldAccountForFull) {
  ask(200, 0);
  for (const Ticks age_s : {4U, 60U, 2'000U, 4'300U, 4'396U, 4'398U, 70'000U}) {
    const Account old = account_;
    EXPECT_EQ(owed_ticks(account_, age_s * kTicksPerSecond), 0U) << age_s;
    EXPECT_EQ(ask(20, age_s * kTicksPerSecond), (Tally{.sent = 20})) << age_s;
    account_ = old;
  }
}

TEST_F(ChargeTest, BearsAClockThatIsALittleBehind) {
  const Ticks now = 100 * kTicksPerSecond;
  ask(200, now);
  EXPECT_EQ(ask(10, now - kTicksPerSecond / 100).sent, 0) << "of another thread's";
  EXPECT_EQ(owed_ticks(account_, now), kMaxOwedTicks - kTicksPerSecond / 100);
}

TEST_F(ChargeTest, ForgetsWhenTheClockJumpsBack) {
  const Ticks now = 100 * kTicksPerSecond;
  ask(200, now);
  EXPECT_EQ(ask(20, now - 50 * kTicksPerSecond), (Tally{.sent = 20}));
}

TEST_F(ChargeTest, NeverOwesMoreThanTwoSeconds) {
  for (const Ticks now : {Ticks{0}, Ticks{1}, Ticks{0xFFFFFFFF}, wrapped(~Ticks{0})}) {
    account_ = {};
    ask(500, now);
    EXPECT_EQ(owed_ticks(account_, now), kMaxOwedTicks) << now;
  }
}

TEST(Accounts, ArePackedWithoutLoss) {
  for (const Account& account :
       {Account{}, Account{.tag = 0xFFFFFF, .withheld = 10, .full_at = wrapped(~Ticks{0})},
        Account{.tag = 0x123456, .withheld = 1, .full_at = 0x9789ABCDE}}) {
    EXPECT_EQ(unpack(pack(account)), account);
  }
}

TEST(Exempt, KeepsTheWidestOfNetworksAndFindsWhatTheyHold) {
  const RateLimits limits{
      .exempt = disjoint({net("198.51.100.0/24"), net("2001:db8::/32"), net("192.0.2.7/32"),
                          net("198.51.100.0/28"), net("192.0.2.7/32"), net("2001:db8:1::/48")})};
  EXPECT_THAT(limits.exempt,
              ElementsAre(net("192.0.2.7/32"), net("198.51.100.0/24"), net("2001:db8::/32")));
  for (const char* inside : {"192.0.2.7", "198.51.100.0", "198.51.100.255", "2001:db8:1::1"}) {
    EXPECT_TRUE(is_exempt(limits, ip(inside))) << inside;
  }
  for (const char* outside : {"192.0.2.6", "192.0.2.8", "198.51.99.255", "198.51.101.0", "0.0.0.0",
                              "255.255.255.255", "::", "2001:db7::", "2001:db9::"}) {
    EXPECT_FALSE(is_exempt(limits, ip(outside))) << outside;
  }
  EXPECT_FALSE(is_exempt({}, ip("192.0.2.7")));
}

std::vector<std::uint8_t> with_tc(const View& view, const Ask& question) {
  const auto message = message_of(question);
  Query query;
  parse({.message = message, .source = question.from, .now_s = question.now_s}, query);
  std::vector<std::uint8_t> out(kMaxUdpSize);
  const Outcome full = answer(view, query, out);
  const Outcome outcome = answer_with_tc(view, query, full, out);
  EXPECT_TRUE(outcome.truncated);
  EXPECT_EQ(outcome.zone, full.zone);
  out.resize(outcome.length);
  return out;
}

TEST(AnswerWithTc, HasTheQuestionAndNothingElse) {
  EXPECT_THAT(with_tc(rich(), {.name = "a.", .edns = false, .flags = 0x0100}),
              ElementsAre(0x12, 0x34, 0x83, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1));
}

TEST(AnswerWithTc, HasOptWhenTheQueryHasIt) {
  EXPECT_THAT(with_tc(rich(), {.name = "a."}),
              ElementsAre(0x12, 0x34, 0x82, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 0, 0, 1, 0, 1, 0, 0,
                          41, 4, 208, 0, 0, 0, 0, 0, 0));
}

TEST(AnswerWithTc, SaysOfNoNameThatItDoesNotExist) {
  const auto reply = with_tc(rich(), {.name = "nothing.example.org."});
  EXPECT_EQ(reply[3] & 15, 0);
  EXPECT_EQ(reply[2], 0x82) << "TC without AA";
}

TEST(AnswerWithTc, KeepsTheErrorsOfQueriesThatTcpWouldRefuseToo) {
  const auto reply = with_tc(rich(), {.name = "www.example.org.", .type = Type::kAxfr});
  EXPECT_EQ(static_cast<Rcode>(reply[3] & 15), Rcode::kRefused);
}

TEST(AnswerWithTc, GivesACookieAndNoNameOfTheServer) {
  View view = rich();
  view.options.cookie_secrets = {.keys = {SipKey{1}}, .count = 1};
  view.options.identity = std::make_shared<const Identity>(Identity{.nsid = "a-long-name"});
  const Ask question{.name = "www.example.org.",
                     .options = {0, 3, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}};
  const auto asked = message_of(question);
  const auto reply = with_tc(view, question);
  EXPECT_EQ(reply.size(), asked.size() - 4 + 16) << "without NSID, with the server's cookie";
}

}  // namespace
}  // namespace rhumb::testing
