#include "server/reload.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "tests/server/loaded.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

class ReloaderTest : public ::testing::Test {
 protected:
  ReloaderTest() : log_(LogLevel::kError, LogFormat::kText) {
    folder_.write("a.zone", test::small_zone("a.example"));
    const std::string path =
        folder_.write("rhumb.yaml", "log: {level: error}\nzones: [\"*.zone\"]\n");
    Diagnostics diagnostics;
    const auto loaded = load(path, nullptr, diagnostics);
    std::promise<void> adopted;
    monitor_.adopt(loaded, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
    reloader_.emplace(loaded, monitor_, clock_, log_);
  }
  ~ReloaderTest() override { monitor_.stop(); }

  ReloadOutcome reload() {
    const auto outcome = std::make_shared<std::promise<ReloadOutcome>>();
    auto future = outcome->get_future();
    reloader_->request([outcome](const ReloadOutcome& got) { outcome->set_value(got); });
    return future.get();
  }
  ReloadOutcome reload_but_bad_zones() {
    const auto outcome = std::make_shared<std::promise<ReloadOutcome>>();
    auto future = outcome->get_future();
    reloader_->request([outcome](const ReloadOutcome& got) { outcome->set_value(got); },
                       BadZones::kKeep);
    return future.get();
  }
  std::size_t served() { return monitor_.overview().zones->zones().size(); }

  test::TempDir folder_;
  Clock clock_;
  Log log_;
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
  std::optional<Reloader> reloader_;
};

using ReloaderThreads = ReloaderTest;

TEST_F(ReloaderTest, TakesUpWhatChanged) {
  EXPECT_EQ(reloader_->last(), nullptr);
  folder_.write("b.zone", test::small_zone("b.example"));
  const ReloadOutcome outcome = reload();
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.read, 1U);
  EXPECT_EQ(outcome.kept, 1U);
  EXPECT_EQ(served(), 2U);
  EXPECT_TRUE(reloader_->last()->ok);
  EXPECT_EQ(reloader_->current()->zones, monitor_.overview().zones);
}

TEST_F(ReloaderTest, AnyErrorKeepsAllThatWasServed) {
  const auto before = monitor_.overview();
  folder_.write("b.zone", test::small_zone("b.example"));
  folder_.write("c.zone", "nonsense\n");
  const ReloadOutcome outcome = reload();
  EXPECT_FALSE(outcome.ok);
  EXPECT_TRUE(outcome.diagnostics.has_errors());
  EXPECT_THAT(to_string(outcome.diagnostics.all()[0]), HasSubstr("c.zone:1: error: "));
  EXPECT_EQ(monitor_.overview().zones, before.zones);
  EXPECT_EQ(monitor_.overview().generation, before.generation);
  EXPECT_FALSE(reloader_->last()->ok);
}

TEST_F(ReloaderTest, AGoodReloadAfterABadOneTakesUpEverything) {
  const std::string bad = folder_.write("b.zone", "nonsense\n");
  EXPECT_FALSE(reload().ok);
  folder_.write("b.zone", test::small_zone("b.example"));
  EXPECT_TRUE(reload().ok);
  EXPECT_EQ(served(), 2U);
}

TEST_F(ReloaderTest, LeavingNoZoneIsAnErrorAndDroppingOneAWarning) {
  folder_.write("b.zone", test::small_zone("b.example"));
  EXPECT_TRUE(reload().ok);
  folder_.write("rhumb.yaml", "log: {level: error}\nzones: [\"*.none\"]\n");
  EXPECT_FALSE(reload().ok);
  EXPECT_EQ(served(), 2U);
  folder_.write("rhumb.yaml", "log: {level: error}\nzones: [b.zone]\n");
  const ReloadOutcome outcome = reload();
  EXPECT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.diagnostics.all().size(), 1U);
  EXPECT_EQ(to_string(outcome.diagnostics.all()[0]),
            "warning: the zone a.example. is no longer served");
}

TEST_F(ReloaderTest, GoesOnWithoutBadZonesWhereThatIsAskedFor) {
  const auto before = monitor_.overview();
  folder_.write("a.zone", "nonsense\n");
  folder_.write("b.zone", test::small_zone("b.example"));
  folder_.write("c.zone", "nonsense\n");
  const ReloadOutcome outcome = reload_but_bad_zones();
  EXPECT_TRUE(outcome.ok);
  EXPECT_EQ(outcome.read, 1U);
  EXPECT_EQ(outcome.kept, 1U);
  ASSERT_EQ(outcome.bad_zones.size(), 2U);
  EXPECT_EQ(outcome.bad_zones[0].apex, "a.example.");
  EXPECT_EQ(outcome.bad_zones[1].apex, "");
  EXPECT_GE(outcome.diagnostics.error_count(), 2U);
  EXPECT_EQ(served(), 2U);
  const auto now = monitor_.overview();
  const auto zones = now.zones->zones();
  EXPECT_NE(std::ranges::find(zones, before.zones->zones()[0]), zones.end()) << "it is shared";
  ASSERT_TRUE(reloader_->pending());
  EXPECT_EQ(reloader_->pending()->errors, outcome.diagnostics.error_count());
  EXPECT_FALSE(reload().ok);
  folder_.write("a.zone", test::small_zone("a.example"));
  folder_.write("c.zone", test::small_zone("c.example"));
  EXPECT_TRUE(reload().ok);
  EXPECT_EQ(served(), 3U);
  EXPECT_FALSE(reloader_->pending());
}

TEST_F(ReloaderTest, ABadFileGivesWayToAGoodOneThatHasItsZoneNow) {
  folder_.write("a.zone", "nonsense\n");
  folder_.write("moved.zone", test::small_zone("a.example"));
  const ReloadOutcome outcome = reload_but_bad_zones();
  ASSERT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.bad_zones.size(), 1U);
  EXPECT_EQ(outcome.bad_zones[0].apex, "");
  EXPECT_EQ(served(), 1U);
}

TEST_F(ReloaderTest, NoZoneThatStaysIsAnErrorOfTheWhole) {
  folder_.write("rhumb.yaml", "log: {level: error}\nzones: [b.zone]\n");
  folder_.write("b.zone", "nonsense\n");
  const ReloadOutcome outcome = reload_but_bad_zones();
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(served(), 1U);
}

TEST_F(ReloaderThreads, WhoAsksOtherwiseGetsAReloadOfTheirOwn) {
  folder_.write("b.zone", "nonsense\n");
  std::atomic<int> answered{0};
  std::atomic<int> taken{0};
  const auto count = [&](const ReloadOutcome& outcome) {
    taken += outcome.ok ? 1 : 0;
    ++answered;
  };
  for (int i = 0; i < 10; ++i) {
    reloader_->request(count, BadZones::kKeep);
    reloader_->request(count);
  }
  EXPECT_TRUE(test::wait_until([&] { return answered == 20; }));
  EXPECT_EQ(taken, 10);
}

TEST_F(ReloaderTest, SaysWhatNeedsARestart) {
  folder_.write("rhumb.yaml", "log: {level: error}\nzones: [\"*.zone\"]\nworkers: 7\n");
  const ReloadOutcome outcome = reload();
  EXPECT_TRUE(outcome.ok);
  ASSERT_EQ(outcome.diagnostics.all().size(), 1U);
  EXPECT_THAT(to_string(outcome.diagnostics.all()[0]), HasSubstr("\"workers\" has changed"));
}

TEST_F(ReloaderThreads, RequestsCoalesceAndEachIsAnswered) {
  constexpr int kAskers = 4;
  constexpr int kTimes = 10;
  std::atomic<int> answered{0};
  std::atomic<int> good{0};
  std::vector<std::thread> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&] {
      for (int n = 0; n < kTimes; ++n) {
        reloader_->request([&](const ReloadOutcome& outcome) {
          good += outcome.ok ? 1 : 0;
          ++answered;
        });
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_TRUE(test::wait_until([&] { return answered == kAskers * kTimes; }));
  EXPECT_EQ(good, kAskers * kTimes);
  EXPECT_LE(monitor_.overview().generation, 1U + kAskers * kTimes);
}

}  // namespace
}  // namespace rhumb
