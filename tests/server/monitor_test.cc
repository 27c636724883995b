#include "server/monitor.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "health/gates.h"
#include "tests/server/hostile_server.h"
#include "tests/server/loaded.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

constexpr std::string_view kGoodProbe = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kBadProbe = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";

// Answers 200 or 503, as told.
class Target {
 public:
  explicit Target(bool good) : good_(good), server_([this](Connection& c) { reply(c); }) {}
  void be(bool good) { good_ = good; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] int probes() const { return server_.accepted(); }

 private:
  void reply(Connection& connection) {
    if (connection.read_request()) connection.send(good_ ? kGoodProbe : kBadProbe);
  }
  std::atomic<bool> good_;
  HostileServer server_;
};

// Answers 200 once it is let.
class SlowTarget {
 public:
  SlowTarget() : server_([this](Connection& c) { reply(c); }) {}
  void answer() { answer_ = true; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  void reply(Connection& connection) {
    if (!connection.read_request()) return;
    if (test::wait_until([this] { return answer_.load(); })) connection.send(kGoodProbe);
  }
  std::atomic<bool> answer_{false};
  HostileServer server_;
};

// Accepts and never answers.
HostileServer::Behaviour silence() {
  return [](Connection& connection) { connection.wait_for_end(); };
}

std::string check(const std::string& id, std::uint16_t port, const std::string& more = "",
                  const std::string& interval = "500ms") {
  return "- {id: " + id + ", type: HTTP, address: 127.0.0.1, port: " + std::to_string(port) +
         ", interval: " + interval + ", timeout: " + interval +
         ", recheckInterval: 100ms, holdDown: 0s, failureThreshold: 2, successThreshold: 1" + more +
         "}\n";
}

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() : log_(LogLevel::kError, LogFormat::kText), monitor_(views_, clock_, log_) {}

  std::future<bool> begin_adopt(const std::string& checks, const std::string& config = "") {
    auto adopted = std::make_shared<std::promise<bool>>();
    auto future = adopted->get_future();
    monitor_.adopt(test::loaded_with_checks(checks, config), [adopted](Adoption adoption) {
      adopted->set_value(adoption == Adoption::kInForce);
    });
    return future;
  }
  bool adopt(const std::string& checks, const std::string& config = "") {
    return begin_adopt(checks, config).get();
  }
  void restore(SavedCheck check) {
    SavedState state;
    state.checks.push_back(std::move(check));
    monitor_.restore(std::move(state));
  }
  Health state(std::string_view id) {
    const CheckReport report = monitor_.check(id);
    return report.statuses.empty() ? Health::kUnknown : report.statuses[0].verdict;
  }
  CheckStatus status(std::string_view id) { return monitor_.check(id).statuses.at(0); }
  bool turns(std::string_view id, Health health) {
    return test::wait_until([&] { return state(id) == health; });
  }
  // Whether queries see the check `number` of the edition alive.
  bool published_alive(std::uint32_t number) {
    const auto reader = views_.reader();
    const auto view = reader->pin();
    return gate_bit(view->alive, number + 1);
  }

  Clock clock_;
  Log log_;
  Published<View> views_;
  Monitor monitor_;
};

using MonitorThreads = MonitorTest;

TEST_F(MonitorTest, FirstResultsDecideBeforeAnythingIsPublished) {
  const Target good(true);
  const Target bad(false);
  ASSERT_TRUE(adopt(check("a", good.port()) + check("b", bad.port())));
  EXPECT_TRUE(published_alive(0));
  EXPECT_FALSE(published_alive(1));
  EXPECT_EQ(state("a"), Health::kHealthy);
  EXPECT_EQ(state("b"), Health::kUnhealthy);
  EXPECT_EQ(status("b").last->reason, "status 503, expected 200-399");
}

TEST_F(MonitorTest, StartupWaitBoundsTheWaitAndUnknownCountsAsHealthy) {
  const HostileServer mute(silence());
  ASSERT_TRUE(adopt(check("a", mute.port(), "", "1h"), "startupWait: 100ms\n"));
  EXPECT_EQ(state("a"), Health::kUnknown);
  EXPECT_FALSE(status("a").last.has_value());
  EXPECT_TRUE(published_alive(0));
}

TEST_F(MonitorTest, NothingIsWaitedForWithoutChecks) {
  ASSERT_TRUE(adopt("", "startupWait: 1h\n"));
  EXPECT_EQ(monitor_.overview().generation, 1U);
}

TEST_F(MonitorTest, FlipsArePublished) {
  Target target(true);
  ASSERT_TRUE(adopt(check("a", target.port())));
  target.be(false);
  EXPECT_TRUE(test::wait_until([&] { return !published_alive(0); }));
  EXPECT_EQ(state("a"), Health::kUnhealthy);
  target.be(true);
  EXPECT_TRUE(test::wait_until([&] { return published_alive(0); }));
}

TEST_F(MonitorTest, TheOldEditionStaysInForceAndLiveWhileNewChecksAreAwaited) {
  Target target(true);
  SlowTarget slow;
  ASSERT_TRUE(adopt(check("a", target.port())));
  const auto before = monitor_.overview().zones;
  auto adopted = begin_adopt(check("a", target.port()) + check("new", slow.port(), "", "1h"),
                             "startupWait: 1h\n");
  target.be(false);
  EXPECT_TRUE(turns("a", Health::kUnhealthy));
  EXPECT_EQ(monitor_.overview().zones, before);
  EXPECT_FALSE(published_alive(0));
  EXPECT_TRUE(monitor_.check("new").statuses.empty());
  slow.answer();
  ASSERT_TRUE(adopted.get());
  EXPECT_EQ(state("new"), Health::kHealthy);
  EXPECT_NE(monitor_.overview().zones, before);
  EXPECT_EQ(state("a"), Health::kUnhealthy);
}

TEST_F(MonitorTest, ChecksKeepTheirStateByIdWhenOthersComeAndGo) {
  const Target bad(false);
  const Target good(true);
  ASSERT_TRUE(adopt(check("gone", good.port()) + check("a", bad.port())));
  const CheckStatus before = status("a");
  ASSERT_TRUE(
      adopt(check("first", good.port()) + check("second", good.port()) + check("a", bad.port())));
  EXPECT_EQ(status("a").state.since_ms, before.state.since_ms);
  EXPECT_GE(status("a").state.streak, before.state.streak);
  EXPECT_FALSE(published_alive(2));
  EXPECT_TRUE(monitor_.check("gone").statuses.empty());
  ASSERT_TRUE(adopt(check("a", bad.port())));
  EXPECT_FALSE(published_alive(0));
}

TEST_F(MonitorTest, AChangedCheckKeepsItsVerdictAndIsProbedAtOnce) {
  const Target bad(false);
  const Target good(true);
  const std::string defaults =
      "healthCheckDefaults: {type: HTTP, interval: 1h, holdDown: 0s, "
      "successThreshold: 1}\n";
  const auto slow_check = [](const Target& target) {
    return "- {id: a, address: 127.0.0.1, port: " + std::to_string(target.port()) + "}\n";
  };
  ASSERT_TRUE(adopt(slow_check(bad), defaults));
  EXPECT_EQ(state("a"), Health::kUnhealthy);
  ASSERT_TRUE(adopt(slow_check(good), defaults));
  EXPECT_TRUE(turns("a", Health::kHealthy));
  EXPECT_GE(good.probes(), 1);
}

TEST_F(MonitorTest, DisabledChecksAreHealthyAndNotProbed) {
  const Target off(false);
  const Target on(true);
  ASSERT_TRUE(adopt(check("off", off.port(), ", disabled: true") + check("on", on.port())));
  EXPECT_TRUE(test::wait_until([&] { return on.probes() >= 3; }));
  EXPECT_EQ(off.probes(), 0);
  EXPECT_EQ(state("off"), Health::kHealthy);
  EXPECT_TRUE(published_alive(0));
}

TEST_F(MonitorTest, AnInvertedCheckTurnsTheVerdictRound) {
  const Target target(true);
  ASSERT_TRUE(adopt(check("a", target.port(), ", inverted: true")));
  EXPECT_EQ(state("a"), Health::kUnhealthy);
  EXPECT_EQ(status("a").state.measured, Health::kHealthy);
  EXPECT_FALSE(published_alive(0));
}

TEST_F(MonitorTest, ManualRecoveryWaitsForItsOperator) {
  Target target(false);
  ASSERT_TRUE(adopt(check("a", target.port(), ", recovery: manual") + check("b", target.port())));
  EXPECT_EQ(monitor_.recover("none"), Recovered::kUnknownId);
  EXPECT_EQ(monitor_.recover("b"), Recovered::kNotManual);
  EXPECT_EQ(monitor_.recover("a"), Recovered::kWaits);
  EXPECT_EQ(state("a"), Health::kUnhealthy);
  target.be(true);
  EXPECT_TRUE(turns("a", Health::kHealthy));
  EXPECT_EQ(monitor_.recover("a"), Recovered::kNotUnhealthy);
}

TEST_F(MonitorTest, RecoveringACheckWithGoodProbesIsPublishedAtOnce) {
  Target target(false);
  ASSERT_TRUE(adopt(check("a", target.port(), ", recovery: manual")));
  target.be(true);
  EXPECT_TRUE(test::wait_until([&] { return status("a").state.streak_of == Sample::kOk; }));
  EXPECT_EQ(state("a"), Health::kUnhealthy);
  EXPECT_EQ(monitor_.recover("a"), Recovered::kBack);
  EXPECT_TRUE(test::wait_until([&] { return published_alive(0); }));
}

// As an earlier run left it.
SavedCheck unhealthy(const std::string& id, std::int64_t since_ms, std::int64_t at_ms) {
  return {id,
          {Health::kUnhealthy, since_ms, 3, Sample::kFailed, false},
          LastProbe{false, at_ms, 7, "status 503, expected 200-399"},
          {}};
}

TEST_F(MonitorTest, ARestoredCheckIsNotWaitedForAndProbedAtOnce) {
  SlowTarget slow;
  restore(unhealthy("a", 1000, 2000));
  ASSERT_TRUE(adopt(check("a", slow.port(), "", "1h"), "startupWait: 1h\n"));
  EXPECT_FALSE(published_alive(0));
  EXPECT_EQ(status("a").state, (CheckState{Health::kUnhealthy, 1000, 3, Sample::kFailed, false}));
  EXPECT_EQ(status("a").last, (LastProbe{false, 2000, 7, "status 503, expected 200-399"}));
  slow.answer();
  EXPECT_TRUE(turns("a", Health::kHealthy));
}

TEST_F(MonitorTest, ChecksOfWhichNothingIsKnownAreWaitedForBesideRestoredOnes) {
  const Target bad(false);
  const HostileServer mute(silence());
  restore(unhealthy("a", 1000, 2000));
  ASSERT_TRUE(adopt(check("a", mute.port(), "", "1h") + check("b", bad.port())));
  EXPECT_FALSE(published_alive(0));
  EXPECT_EQ(state("b"), Health::kUnhealthy);
}

TEST_F(MonitorTest, ARestoredPermissionToRecoverStillHolds) {
  const Target good(true);
  SavedCheck check_before = unhealthy("a", 1000, 2000);
  check_before.state.recover_asked = true;
  restore(check_before);
  ASSERT_TRUE(adopt(check("a", good.port(), ", recovery: manual")));
  EXPECT_TRUE(turns("a", Health::kHealthy));
}

TEST_F(MonitorTest, ARestoredCheckKeepsItsHoldDown) {
  const Target good(true);
  const std::string held =
      "- {id: a, type: TCP, interval: 100ms, timeout: 100ms, holdDown: 1h, "
      "successThreshold: 1, address: 127.0.0.1, port: " +
      std::to_string(good.port()) + "}\n";
  restore(unhealthy("a", clock_.now_ms() - 3'590'000, clock_.now_ms()));
  ASSERT_TRUE(adopt(held));
  EXPECT_TRUE(test::wait_until([&] { return status("a").state.streak_of == Sample::kOk; }));
  const CheckStatus now = status("a");
  EXPECT_EQ(now.verdict, Health::kUnhealthy);
  EXPECT_EQ(now.state.since_ms + 3'600'000 > clock_.now_ms(), true);
}

TEST_F(MonitorTest, WhatIsRestoredIsForTheFirstEditionAlone) {
  const Target good(true);
  restore(unhealthy("late", 1000, 2000));
  ASSERT_TRUE(adopt(check("a", good.port())));
  ASSERT_TRUE(adopt(check("a", good.port()) + check("late", good.port())));
  EXPECT_EQ(state("late"), Health::kHealthy);
}

TEST_F(MonitorTest, TellsOfWhatIsToBeKept) {
  std::atomic<int> told{0};
  monitor_.watch([&] { ++told; });
  Target target(true);
  ASSERT_TRUE(adopt(check("a", target.port(), ", recovery: manual")));
  const auto told_after = [&](const std::function<void()>& change) {
    const int before = told;
    change();
    return test::wait_until([&] { return told > before; });
  };
  EXPECT_TRUE(told_after([&] {
    target.be(false);
    EXPECT_TRUE(turns("a", Health::kUnhealthy));
  }));
  EXPECT_TRUE(told_after([&] { EXPECT_EQ(monitor_.recover("a"), Recovered::kWaits); }));
  EXPECT_TRUE(told_after([&] { ASSERT_TRUE(adopt("")); }));
}

// PUSH, SWITCH and CALCULATED: what a restart takes over of them.
SavedCheck pushed(const std::string& id, Health measured, std::int64_t pushed_ms) {
  return {id,
          {measured, pushed_ms, 0, Sample::kOk, false},
          LastProbe{true, pushed_ms, 0, "pushed"},
          pushed_ms};
}

std::string push_check(const std::string& id) {
  return "- {id: " + id + ", type: PUSH, expiresAfter: 1h}\n";
}

TEST_F(MonitorTest, ARestoredPushKeepsItsExpiry) {
  const std::int64_t now_ms = clock_.now_ms();
  SavedState saved;
  saved.checks = {pushed("fresh", Health::kHealthy, now_ms - 3'500'000),
                  pushed("old", Health::kHealthy, now_ms - 3'600'000),
                  {"never",
                   {Health::kUnknown, now_ms - 3'700'000, 0, Sample::kOk, false},
                   {},
                   now_ms - 3'700'000}};
  monitor_.restore(saved);
  ASSERT_TRUE(adopt(push_check("fresh") + push_check("old") + push_check("never")));
  EXPECT_EQ(state("fresh"), Health::kHealthy);
  EXPECT_EQ(status("fresh").pushed_ms, now_ms - 3'500'000);
  EXPECT_FALSE(published_alive(1));
  EXPECT_EQ(status("old").last->reason, "no push for 1h");
  EXPECT_FALSE(published_alive(2));
}

TEST_F(MonitorTest, WhatWasSavedOfAnotherTypeIsNotTakenOver) {
  const Target good(true);
  SavedState saved;
  saved.checks = {pushed("probed", Health::kUnhealthy, 1000), unhealthy("push", 1000, 2000)};
  monitor_.restore(saved);
  ASSERT_TRUE(adopt(check("probed", good.port()) + push_check("push")));
  EXPECT_EQ(state("probed"), Health::kHealthy);
  EXPECT_EQ(state("push"), Health::kUnknown);
}

TEST_F(MonitorTest, RestoredWordsOfOperatorsAreInForceFromTheFirstEditionOn) {
  const Target good(true);
  SavedState saved;
  saved.checks = {unhealthy("c", 1000, 2000)};
  saved.overrides = {{"a", Health::kUnhealthy, {}, "disk full"},
                     {"c", Health::kHealthy, {}, ""},
                     {"gone", Health::kHealthy, {}, ""}};
  saved.drains = {{"site=b", {}, "power"}};
  monitor_.restore(saved);
  ASSERT_TRUE(adopt(check("a", good.port()) + check("b", good.port(), ", labels: {site: b}") +
                    check("c", good.port())));
  EXPECT_FALSE(published_alive(0));
  EXPECT_FALSE(published_alive(1));
  EXPECT_TRUE(published_alive(2));
  EXPECT_EQ(monitor_.said().said.overrides().size(), 3U);
  EXPECT_EQ(monitor_.said().said.drains().size(), 1U);
}

TEST_F(MonitorTest, ARestoredOverrideEndsAtItsEnd) {
  const Target good(true);
  SavedState saved;
  saved.overrides = {{"a", Health::kUnhealthy, clock_.now_ms() + 300, ""}};
  monitor_.restore(saved);
  ASSERT_TRUE(adopt(check("a", good.port())));
  EXPECT_TRUE(turns("a", Health::kHealthy));
  EXPECT_TRUE(monitor_.said().said.overrides().empty());
}

constexpr char kOneWeb[] = "safetyRules: [{atLeast: 1, of: {labels: {tier: web}}}]\n";

TEST_F(MonitorTest, ASafetyRuleRefusesWhatWouldLeaveTooFew) {
  const Target good(true);
  const std::string web = ", labels: {tier: web}";
  ASSERT_TRUE(
      adopt(check("a", good.port(), web) + check("b", good.port(), web) + check("c", good.port()),
            kOneWeb));
  const CheckOverride out{Health::kUnhealthy, {}, ""};
  EXPECT_EQ(monitor_.say("a", out).heard, Heard::kDone);
  const Hearing refused = monitor_.say("b", out);
  EXPECT_EQ(refused.heard, Heard::kUnsafe);
  EXPECT_THAT(refused.refusal, ::testing::HasSubstr("rhumb.yaml:2:15 wants at least 1 healthy with "
                                                    "tier=web, and 0 of 2 would be left; with "
                                                    "--force it is done all the same"));
  EXPECT_EQ(state("b"), Health::kHealthy);
  EXPECT_EQ(monitor_.say(Label{"tier", "web"}, Drain{}).heard, Heard::kUnsafe);
  EXPECT_EQ(monitor_.say("c", out).heard, Heard::kDone);
  EXPECT_EQ(monitor_.say("b", out, Force::kYes).heard, Heard::kDone);
  EXPECT_EQ(state("b"), Health::kUnhealthy);
}

TEST_F(MonitorTest, ASafetyRuleRefusesADrainThatWouldOutlastAnOutage) {
  const Target bad(false);
  const std::string web = ", labels: {tier: web}";
  ASSERT_TRUE(adopt(check("a", bad.port(), web) + check("b", bad.port(), web), kOneWeb));
  EXPECT_EQ(monitor_.say("a", CheckOverride{Health::kUnhealthy, {}, ""}).heard, Heard::kDone);
  const Hearing refused = monitor_.say(Label{"tier", "web"}, Drain{});
  EXPECT_EQ(refused.heard, Heard::kUnsafe);
  EXPECT_THAT(refused.refusal, ::testing::HasSubstr("0 of 2 would be left, even once all are "
                                                    "measured healthy; with --force"));
  EXPECT_EQ(monitor_.say(Label{"tier", "web"}, Drain{}, Force::kYes).heard, Heard::kDone);
}

TEST_F(MonitorTest, ASafetyRuleCountsChecksThatFollowFromOthers) {
  const Target good(true);
  ASSERT_TRUE(adopt(check("a", good.port()) +
                        "- {id: all, type: CALCULATED, children: [a], labels: {tier: web}}\n",
                    kOneWeb));
  EXPECT_EQ(monitor_.say("a", CheckOverride{Health::kUnhealthy, {}, ""}).heard, Heard::kUnsafe);
}

TEST_F(MonitorTest, TakingAWordBackIsNeverRefused) {
  const Target bad(false);
  ASSERT_TRUE(adopt(check("a", bad.port(), ", labels: {tier: web}"), kOneWeb));
  ASSERT_EQ(monitor_.say("a", CheckOverride{Health::kHealthy, {}, ""}).heard, Heard::kDone);
  EXPECT_EQ(monitor_.take_back("a").heard, Heard::kDone);
  EXPECT_EQ(state("a"), Health::kUnhealthy);
}

TEST_F(MonitorTest, StoppingLetsGoOfAnAdoptThatWaits) {
  const HostileServer mute(silence());
  auto adopted = begin_adopt(check("a", mute.port(), "", "1h"), "startupWait: 1h\n");
  monitor_.stop();
  EXPECT_FALSE(adopted.get());
  EXPECT_FALSE(adopt(""));
  EXPECT_EQ(monitor_.overview().zones, nullptr);
  EXPECT_EQ(monitor_.recover("a"), Recovered::kStopped);
}

TEST_F(MonitorThreads, ReadersSeeWholeEditionsWhileChecksFlipAndReloadsCome) {
  Target target(true);
  ASSERT_TRUE(adopt(check("a", target.port())));
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      const auto reader = views_.reader();
      while (!stop) {
        const auto view = reader->pin();
        ASSERT_EQ(view->alive.size(), view->zones->gates().alive().size());
      }
    });
  }
  for (int round = 0; round < 4; ++round) {
    target.be(round % 2 != 0);
    EXPECT_TRUE(turns("a", round % 2 != 0 ? Health::kHealthy : Health::kUnhealthy));
    std::string checks = check("a", target.port());
    for (int i = 0; i <= round * 40; ++i) {
      checks += check("x" + std::to_string(i), target.port(), ", disabled: true");
    }
    ASSERT_TRUE(adopt(checks));
    EXPECT_EQ(monitor_.checks().statuses.size(), 2U + static_cast<std::size_t>(round) * 40);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(MonitorTest, RenewedItServesWhatTheOtherServerKnowsAndTellsNoTurn) {
  const Target target(true);
  ASSERT_TRUE(adopt(check("a", target.port(), "", "1h")));
  ASSERT_TRUE(turns("a", Health::kHealthy));
  const std::size_t told = monitor_.events().after(0).events.size();
  SavedState state;
  SavedCheck saved;
  saved.id = "a";
  saved.state.measured = Health::kUnhealthy;
  saved.state.since_ms = clock_.now_ms() - 60'000;
  saved.last = LastProbe{false, clock_.now_ms(), 1, "broken"};
  state.checks = {saved};
  ASSERT_TRUE(monitor_.renew(state));
  EXPECT_EQ(status("a").verdict, Health::kUnhealthy);
  EXPECT_EQ(status("a").turned_ms, saved.state.since_ms);
  EXPECT_FALSE(gate_bit(monitor_.view()->alive, 1));
  EXPECT_EQ(monitor_.events().after(0).events.size(), told);
}

// A successor in a first round that takes long, by what it was told at first.
class StandingBy : public MonitorTest {
 protected:
  StandingBy() {
    said_.overrides = {{"a", Health::kUnhealthy, end_ms_, "disk"}};
    said_.checks = {pushed("beat", Health::kHealthy, end_ms_ - 3'600'000),
                    unhealthy("b", 1000, clock_.now_ms())};
    monitor_.stand_by();
    monitor_.restore(said_);
  }
  void outlast_the_end() {
    EXPECT_TRUE(adopt(check("a", good_.port()) + check("b", good_.port()) + push_check("beat")));
    EXPECT_TRUE(turns("b", Health::kHealthy)) << "by what it has found itself";
    EXPECT_TRUE(test::wait_until([this] { return clock_.now_ms() > end_ms_ + 100; }));
    EXPECT_EQ(monitor_.said().said.overrides().size(), 1U);
    EXPECT_EQ(state("beat"), Health::kHealthy);
  }
  [[nodiscard]] bool is_told(const std::string& id, EventKind kind) {
    const std::vector<LoggedEvent> told = monitor_.events().after(0).events;
    return std::ranges::any_of(
        told, [&](const LoggedEvent& event) { return event.id == id && event.kind == kind; });
  }

  const Target good_{true};
  const std::int64_t end_ms_ = clock_.now_ms() + 300;
  SavedState said_;
};

TEST_F(StandingBy, NothingEndsAndNothingIsToldThatAnotherServerKnowsBetter) {
  outlast_the_end();
  SavedState last = said_;
  last.overrides[0].until_ms = clock_.now_ms() + 3'600'000;
  last.checks[0].pushed_ms = clock_.now_ms();
  ASSERT_TRUE(monitor_.renew(last));
  EXPECT_EQ(monitor_.said().said.overrides().size(), 1U);
  EXPECT_EQ(state("beat"), Health::kHealthy);
  EXPECT_FALSE(is_told("a", EventKind::kOverride));
  EXPECT_FALSE(is_told("beat", EventKind::kHealth));
  EXPECT_FALSE(is_told("b", EventKind::kHealth));
}

TEST_F(StandingBy, InChargeItGoesOnFromWhatThereIs) {
  outlast_the_end();
  ASSERT_TRUE(monitor_.renew(std::nullopt));
  EXPECT_TRUE(monitor_.said().said.overrides().empty());
  EXPECT_TRUE(is_told("a", EventKind::kOverride));
  EXPECT_TRUE(turns("beat", Health::kUnhealthy));
  EXPECT_TRUE(is_told("beat", EventKind::kHealth));
  EXPECT_EQ(state("b"), Health::kHealthy);
}

TEST_F(MonitorTest, ItsThreadEchoesAsLongAsItLives) {
  std::promise<void> echoed;
  monitor_.echo([&] { echoed.set_value(); });
  EXPECT_EQ(echoed.get_future().wait_for(std::chrono::milliseconds(test::kPatienceMs)),
            std::future_status::ready);
  monitor_.stop();
  monitor_.echo([] { FAIL(); });
}

}  // namespace
}  // namespace rhumb
