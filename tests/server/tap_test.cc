#include "server/tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/udp.h"
#include "tests/server/fake_collector.h"
#include "tests/server/log_lines.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/view.h"

namespace rhumb {
namespace {

using ::testing::SizeIs;

constexpr const char* kTapZone =
    "$ORIGIN example.com.\n$TTL 60\n"
    "@ SOA ns hostmaster 1 3600 900 604800 60\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.80\n";

// A worker that answers, tapped.
struct Tapped {
  explicit Tapped(Log& log) : tap(log), limiter(1, log) {
    views.publish(test::view_of({kTapZone}));
    auto bound = bind_listeners(std::span(&endpoint, 1), 1, false);
    EXPECT_TRUE(bound.errors.empty()) << bound.errors[0];
    for (Listener& listener : bound.listeners) {
      if (listener.transport == Transport::kTcp) continue;
      worker = std::make_unique<UdpWorker>(
          std::move(listener), views, counters.add(Transport::kUdp), tap.add_port(), limiter, log);
    }
  }
  [[nodiscard]] bool ask() const {
    return test::ask(endpoint, {.name = "www.example.com."}).has_value();
  }

  std::string address = test::own_address();
  Endpoint endpoint{*IpAddress::parse(address), test::free_port(address)};
  Published<View> views;
  Counters counters{0};
  Tap tap;
  RateLimiter limiter;
  std::unique_ptr<UdpWorker> worker;
};

class TapThreads : public ::testing::Test {
 protected:
  test::TempDir folder_;
  std::string socket_ = folder_.path() + "/dnstap.sock";
  TapConfig to_collector_{.socket = socket_, .identity = "here", .log_per_second = 0};
};

std::size_t count_lines(const std::vector<std::string>& lines, const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

TEST_F(TapThreads, SendsQuestionAndAnswerAndEndsTheStream) {
  test::FakeCollector collector(socket_);
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    Tapped server(log);
    server.tap.configure(to_collector_);
    ASSERT_TRUE(server.ask());
    EXPECT_TRUE(collector.wait_frames(2));
    EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().sent == 2; }));
    EXPECT_TRUE(server.tap.counts().connected);
    server.tap.configure({});
    EXPECT_FALSE(server.tap.counts().connected);
  });
  EXPECT_THAT(collector.frames(), SizeIs(2));
  EXPECT_EQ(collector.finished(), 1);
  EXPECT_EQ(count_lines(lines, "dnstap collector connected"), 1U);
  EXPECT_THAT(lines, SizeIs(1));
}

TEST_F(TapThreads, CountsWhatIsDroppedWithoutACollectorAndSaysSoOnce) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    Tapped server(log);
    server.tap.configure(to_collector_);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(server.ask());
    EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().dropped == 20; }));
    EXPECT_EQ(server.tap.counts().sent, 0U);
    test::FakeCollector collector(socket_);  // comes late
    EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().connected; }));
    EXPECT_TRUE(server.ask());
    EXPECT_TRUE(collector.wait_frames(2));
  });
  EXPECT_EQ(count_lines(lines, "dnstap collector cannot be reached"), 1U);
  EXPECT_EQ(count_lines(lines, "dnstap collector connected"), 1U);
}

TEST_F(TapThreads, NoticesThatTheCollectorHasGoneWithoutAQuestion) {
  const auto lines = test::lines_of(LogLevel::kInfo, LogFormat::kText, [&](Log& log) {
    auto collector = std::make_unique<test::FakeCollector>(socket_);
    Tapped server(log);  // which ends first
    server.tap.configure(to_collector_);
    EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().connected; }));
    collector.reset();
    EXPECT_TRUE(test::wait_until([&] { return !server.tap.counts().connected; }));
    collector = std::make_unique<test::FakeCollector>(socket_);
    EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().connected; }));
  });
  EXPECT_EQ(count_lines(lines, "dnstap collector lost"), 1U);
  EXPECT_EQ(count_lines(lines, "dnstap collector connected"), 2U);
}

TEST_F(TapThreads, DropsWhatACollectorThatReadsNothingHasNoRoomFor) {
  test::FakeCollector collector(socket_);
  Log log(LogLevel::kError, LogFormat::kText);
  Tapped server(log);
  server.tap.configure(to_collector_);
  EXPECT_TRUE(test::wait_until([&] { return server.tap.counts().connected; }));
  collector.read_nothing(true);
  std::uint64_t asked = 0;
  ASSERT_TRUE(test::wait_until([&] {
    for (int i = 0; i < 100; ++i) asked += server.ask() ? 1 : 0;
    return server.tap.counts().dropped > 0;
  }));
  collector.read_nothing(false);
  // All are accounted for, and what was buffered arrives.
  EXPECT_TRUE(test::wait_until([&] {
    const TapCounts counts = server.tap.counts();
    return counts.sent + counts.dropped == 2 * asked && collector.frames().size() == counts.sent;
  }));
}

TEST_F(TapThreads, IsTurnedOnAndOffWhileAnswering) {
  test::FakeCollector collector(socket_);
  Log log(LogLevel::kError, LogFormat::kText);
  Tapped server(log);
  std::atomic<bool> done{false};
  std::thread client([&] {
    while (!done) EXPECT_TRUE(server.ask());
  });
  for (int i = 1; i <= 5; ++i) {
    server.tap.configure(to_collector_);
    const std::size_t before = collector.frames().size();
    EXPECT_TRUE(collector.wait_frames(before + 2));
    server.tap.configure({.socket = "", .identity = "", .log_per_second = i % 2 == 0 ? 100U : 0U});
    EXPECT_EQ(collector.finished(), i);
  }
  done = true;
  client.join();
}

TEST_F(TapThreads, CostsNothingWhileItIsOff) {
  Log log(LogLevel::kError, LogFormat::kText);
  Tapped server(log);
  EXPECT_TRUE(server.ask());
  TapPort& port = server.tap.add_port();
  EXPECT_FALSE(port.is_open());
  EXPECT_EQ(port.ring(), nullptr);
}

}  // namespace
}  // namespace rhumb
