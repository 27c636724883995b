#include "server/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "dns/query.h"
#include "tests/server/log_lines.h"
#include "tests/support/dns_client.h"
#include "tests/support/view.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kLimitedZone =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n"
    "mail A 192.0.2.25\n";
constexpr std::uint64_t kSecondNs = 1'000'000'000;

// A question as a worker has it, and the outcome of its answer.
struct Answered {
  Answered(const View& view, const std::string& name, const IpAddress& from)
      : message(test::encode({.name = name})) {
    parse({.message = message, .source = from}, query);
    std::array<std::uint8_t, kMaxUdpSize> out{};
    outcome = answer(view, query, out);
  }
  Answered(const Answered&) = delete;
  Answered& operator=(const Answered&) = delete;
  ~Answered() = default;

  test::Bytes message;
  Query query{};
  Outcome outcome;
};

class RateLimiterTest : public ::testing::Test {
 protected:
  RateLimitAction ask(const std::string& name, std::uint64_t now_ns, const std::string& from) {
    const Answered asked(*view_, name, IpAddress::parse(from).value());
    return limiter_.judge(*view_, limits_, asked.query, asked.outcome, now_ns);
  }
  // How many of so many are sent in full.
  int sent(const std::string& name, int count, std::uint64_t now_ns,
           const std::string& from = "192.0.2.1") {
    int full = 0;
    for (int i = 0; i < count; ++i)
      full += ask(name, now_ns, from) == RateLimitAction::kSend ? 1 : 0;
    return full;
  }

  const std::unique_ptr<const View> view_ = test::view_of({kLimitedZone});
  RateLimits limits_{.responses_per_second = 20, .slip = 2};
  Log log_{LogLevel::kError, LogFormat::kText};
  RateLimiter limiter_{7, log_};
};

TEST_F(RateLimiterTest, LimitsEachNameOfEachNetworkByItself) {
  EXPECT_EQ(sent("www.example.com.", 100, 0), 20);
  EXPECT_EQ(sent("www.example.com.", 100, 0, "192.0.2.200"), 0) << "of the same network";
  EXPECT_EQ(sent("mail.example.com.", 100, 0), 20);
  EXPECT_EQ(sent("www.example.com.", 100, 0, "198.51.100.1"), 20);
  EXPECT_EQ(sent("www.example.com.", 100, 3 * kSecondNs), 20) << "later";
}

TEST_F(RateLimiterTest, LimitsRandomSubdomainsAsOneAndLeavesNamesThatExistAlone) {
  int full = 0;
  for (int i = 0; i < 1'000; ++i) full += sent("x" + std::to_string(i) + ".example.com.", 1, 0);
  EXPECT_EQ(full, 20);
  EXPECT_EQ(sent("www.example.com.", 10, 0), 10);
  EXPECT_EQ(sent("mail.example.com.", 10, 0), 10);
}

// A source at ten times the limit, with so many names in turn: what it gets in full after the first
// second.
int full_after_a_second(RateLimiter& limiter, const View& view, const RateLimits& limits,
                        std::uint64_t names) {
  const std::uint64_t every_ns = kSecondNs / (10 * limits.responses_per_second);
  Answered asked(view, "www.example.com.", IpAddress::parse("192.0.2.1").value());
  int full = 0;
  std::uint64_t number = 0;
  for (std::uint64_t now_ns = 0; now_ns < 10 * kSecondNs; now_ns += every_ns) {
    asked.query.name.hash[0] = mix(1, number++ % names);
    const auto action = limiter.judge(view, limits, asked.query, asked.outcome, now_ns);
    full += now_ns >= kSecondNs && action == RateLimitAction::kSend ? 1 : 0;
  }
  return full;
}

TEST_F(RateLimiterTest, TellsAFloodOfTenTimesTheLimitNothingInFullAfterTheFirstSecond) {
  for (const std::uint64_t names : {1U, 2U, 20U, 50U, 10'000U}) {
    RateLimiter limiter(7, log_);
    EXPECT_LE(full_after_a_second(limiter, *view_, limits_, names), 1) << names << " names";
  }
}

TEST_F(RateLimiterTest, LimitsManyNamesOfOneNetworkTogether) {
  int full = 0;
  for (int i = 0; i < 20; ++i) {
    for (const char* name : {"www", "mail", "ns", "a", "b", "c", "d", "e", "f", "g"}) {
      Answered asked(*view_, "www.example.com.", IpAddress::parse("192.0.2.1").value());
      asked.query.name.hash[0] = mix(1, static_cast<std::uint64_t>(name[0]));
      const auto action = limiter_.judge(*view_, limits_, asked.query, asked.outcome, 0);
      full += action == RateLimitAction::kSend ? 1 : 0;
    }
  }
  EXPECT_EQ(full, 100) << "of 200, none of which its own account withheld";
  EXPECT_EQ(sent("www.example.com.", 1, 0, "198.51.100.1"), 1) << "of another network";
}

TEST_F(RateLimiterTest, NeverLimitsTheExempt) {
  limits_.exempt = {IpPrefix::parse("192.0.2.1/32").value()};
  EXPECT_EQ(sent("www.example.com.", 100, 0), 100);
  EXPECT_EQ(sent("www.example.com.", 100, 0, "192.0.2.2"), 20) << "whom they do not charge";
}

TEST_F(RateLimiterTest, NeverLimitsWhoHasShownItsAddress) {
  const Answered asked(*view_, "www.example.com.", IpAddress::parse("192.0.2.1").value());
  Outcome outcome = asked.outcome;
  outcome.valid_cookie = true;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(limiter_.judge(*view_, limits_, asked.query, outcome, 0), RateLimitAction::kSend);
  }
}

// Four times as many accounts as have a place, each new, so that the table is full of what is
// nearly full.
TEST_F(RateLimiterTest, KeepsWhoIsLimitedWhileOthersCome) {
  sent("www.example.com.", 100, 0);
  Answered other(*view_, "www.example.com.", IpAddress());
  for (std::size_t i = 0; i < 4 * kMaxAccounts; ++i) {
    const std::array<std::uint8_t, 4> network = {static_cast<std::uint8_t>(10 + (i >> 16U)),
                                                 static_cast<std::uint8_t>(i >> 8U),
                                                 static_cast<std::uint8_t>(i), 1};
    other.query.source = IpAddress::v4(network);
    other.query.name.hash[0] = i;
    ASSERT_EQ(limiter_.judge(*view_, limits_, other.query, other.outcome, 0),
              RateLimitAction::kSend);
  }
  EXPECT_EQ(sent("www.example.com.", 10, 0), 0);
}

TEST(RateLimiter, TellsOnceAMinuteWhomItBeginsToLimit) {
  const auto view = test::view_of({kLimitedZone});
  const RateLimits limits{.responses_per_second = 1, .slip = 0};
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    RateLimiter limiter(7, log);
    const auto flood = [&](const std::string& name, const char* from, std::uint64_t now_ns) {
      const Answered asked(*view, name, IpAddress::parse(from).value());
      for (int i = 0; i < 10; ++i) {
        limiter.judge(*view, limits, asked.query, asked.outcome, now_ns);
      }
    };
    flood("www.example.com.", "192.0.2.1", kSecondNs);
    flood("www.example.com.", "192.0.3.1", 2 * kSecondNs);
    flood("www.example.com.", "192.0.4.1", 60 * kSecondNs);
    flood("none.example.com.", "2001:db8::1", 61 * kSecondNs);
    flood("example.net.", "192.0.2.1", 200 * kSecondNs);
  });
  EXPECT_THAT(
      lines,
      ElementsAre(AllOf(HasSubstr("warn  replies to a network are limited"),
                        HasSubstr(" network=192.0.2.0/24 answers=name zone=example.com. begun=1")),
                  HasSubstr(" network=2001:db8::/56 answers=nxdomain zone=example.com. begun=3"),
                  HasSubstr(" network=192.0.2.0/24 answers=error zone=- begun=1")));
}

// Workers that charge the same accounts at the same time lose no charge.
TEST(RateLimitThreads, NeverSendMoreThanTheLimitTogether) {
  const auto view = test::view_of({kLimitedZone});
  const RateLimits limits{.responses_per_second = 500, .slip = 2};
  Log log(LogLevel::kError, LogFormat::kText);
  RateLimiter limiter(7, log);
  constexpr int kThreads = 4;
  constexpr int kQuestions = 2'000;
  std::array<std::atomic<int>, 2> full{};
  std::atomic<int> with_tc{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const Answered www(*view, "www.example.com.", IpAddress::parse("192.0.2.1").value());
      const Answered none(*view, "none.example.com.", IpAddress::parse("192.0.2.1").value());
      for (int j = 0; j < kQuestions; ++j) {
        const Answered& asked = j % 2 == 0 ? www : none;
        const RateLimitAction action = limiter.judge(*view, limits, asked.query, asked.outcome, 0);
        if (action == RateLimitAction::kSend) ++full.at(static_cast<std::size_t>(j % 2));
        if (action == RateLimitAction::kSendTc) ++with_tc;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(full[0], 500);
  EXPECT_EQ(full[1], 500);
  EXPECT_LE(with_tc, (kThreads * kQuestions - 1'000) / 2);
  EXPECT_GT(with_tc, 0);
}

}  // namespace
}  // namespace rhumb
