#include <atomic>
#include <future>
#include <optional>
#include <thread>

#include "server/reload.h"
#include "tests/server/hostile_server.h"
#include "tests/server/places.h"
#include "tests/support/maps.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

// A zone whose www depends on a database, in force, with a check that can be told to fail.
class ReloadMaps : public ::testing::Test {
 protected:
  ReloadMaps() {
    write_database("DE");
    write_zone("");
    const std::string path = folder_.write(
        "rhumb.yaml",
        "log: {level: error}\nzones: [a.yaml]\ngeo: {database: x.mmdb}\nstartupWait: 1s\n");
    Diagnostics diagnostics;
    const auto loaded = load(path, nullptr, diagnostics, test::compile_here);
    for (const Diagnostic& found : diagnostics.all()) ADD_FAILURE() << to_string(found);
    std::promise<void> adopted;
    monitor_.adopt(loaded, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
    reloader_.emplace(loaded, monitor_, clock_, log_,
                      [this](const MapJob& job, Haste haste, const Wanted& wanted) {
                        ++jobs_;
                        while (held_) std::this_thread::yield();
                        return test::compile_here(job, haste, wanted);
                      });
  }
  ~ReloadMaps() override { monitor_.stop(); }

  void write_zone(const std::string& more) {
    folder_.write("a.yaml",
                  test::zone_with(more + test::by_country("www", "DE") +
                                  "- {name: web, type: A, setIdentifier: a, failover: PRIMARY, "
                                  "healthCheckId: one, values: [192.0.2.9]}\n"
                                  "healthChecks: [{id: one, type: HTTP, address: 127.0.0.1, "
                                  "interval: 100ms, timeout: 100ms, recheckInterval: 100ms, "
                                  "holdDown: 0s, failureThreshold: 1, successThreshold: 1, port: " +
                                  std::to_string(target_.port()) + "}]\n"));
  }
  void write_database(const std::string& country) {
    folder_.write("x.mmdb", test::city_database(country));
  }
  ReloadOutcome reload() {
    const auto outcome = std::make_shared<std::promise<ReloadOutcome>>();
    auto future = outcome->get_future();
    reloader_->request([outcome](const ReloadOutcome& got) { outcome->set_value(got); });
    return future.get();
  }
  // The location that a client in the database's network gets now.
  int location() {
    const auto reader = views_.reader();
    const auto view = reader->pin();
    return view->maps->of_rule.at(0)->order_of(*IpAddress::parse("192.0.2.1"))[0];
  }
  bool becomes(int wanted) {
    return test::wait_until([&] { return location() == wanted; });
  }

  test::TempDir folder_;
  std::atomic<bool> well_{true};
  HostileServer target_{[this](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send(well_ ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                          : "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  }};
  Clock clock_;
  Log log_{LogLevel::kError, LogFormat::kText};
  Published<View> views_;
  Monitor monitor_{views_, clock_, log_};
  std::atomic<int> jobs_{0};
  std::atomic<bool> held_{false};  // no job gets ahead
  std::optional<Reloader> reloader_;
};

using ReloadMapsThreads = ReloadMaps;

TEST_F(ReloadMaps, RenewsMapsBesideTheZonesThatAreInForce) {
  const Overview before = monitor_.overview();
  const std::int64_t since_ms = monitor_.check("one").statuses.at(0).state.since_ms;
  EXPECT_EQ(location(), 0);
  folder_.write("a.yaml", "nonsense");  // not its affair
  write_database("FR");
  reloader_->request_maps();
  EXPECT_TRUE(becomes(1));
  EXPECT_EQ(monitor_.overview().zones, before.zones);
  EXPECT_EQ(monitor_.check("one").statuses.at(0).state.since_ms, since_ms);
  EXPECT_EQ(reloader_->maps_error(), "");
  EXPECT_EQ(reloader_->last(), nullptr);
}

TEST_F(ReloadMaps, ARefusedDatabaseKeepsTheMapsUntilAGoodOneComes) {
  folder_.write("x.mmdb", "nonsense");
  reloader_->request_maps();
  EXPECT_TRUE(test::wait_until([&] { return !reloader_->maps_error().empty(); }));
  EXPECT_THAT(reloader_->maps_error(), HasSubstr("rhumb.yaml:3:17: error: is no MaxMind DB"));
  EXPECT_EQ(location(), 0);
  write_database("FR");
  reloader_->request_maps();
  EXPECT_TRUE(becomes(1));
  EXPECT_TRUE(test::wait_until([&] { return reloader_->maps_error().empty(); }));
}

TEST_F(ReloadMaps, AReloadClearsTheErrorToo) {
  folder_.write("x.mmdb", "nonsense");
  reloader_->request_maps();
  EXPECT_TRUE(test::wait_until([&] { return !reloader_->maps_error().empty(); }));
  write_database("FR");
  EXPECT_TRUE(reload().ok);
  EXPECT_EQ(reloader_->maps_error(), "");
  EXPECT_EQ(location(), 1);
}

TEST_F(ReloadMaps, WhatIsAskedDuringARefreshIsOneReload) {
  held_ = true;
  write_database("FR");
  reloader_->request_maps();
  ASSERT_TRUE(test::wait_until([&] { return jobs_ == 1; }));
  std::atomic<int> answered{0};
  for (int i = 0; i < 3; ++i) {
    reloader_->request([&](const ReloadOutcome& outcome) { answered += outcome.ok ? 1 : 0; });
    reloader_->request_maps();
  }
  held_ = false;
  EXPECT_TRUE(test::wait_until([&] { return answered == 3; }));
  EXPECT_EQ(location(), 1);
  EXPECT_EQ(jobs_, 1);  // the reload found the maps as they should be
}

TEST_F(ReloadMaps, ARefusedReloadDoesNotHoldUpTheMaps) {
  held_ = true;
  write_database("FR");
  reloader_->request_maps();
  ASSERT_TRUE(test::wait_until([&] { return jobs_ == 1; }));
  write_database("DE");  // so that the one that is under way fails
  folder_.write("a.yaml", "nonsense");
  reloader_->request();
  reloader_->request_maps();
  held_ = false;
  EXPECT_TRUE(test::wait_until([&] { return reloader_->last() != nullptr && jobs_ == 2; }));
  EXPECT_FALSE(reloader_->last()->ok);
  EXPECT_TRUE(test::wait_until([&] { return reloader_->maps_error().empty(); }));
  EXPECT_EQ(location(), 0);
}

TEST_F(ReloadMaps, AStopIsNoErrorOfTheDatabase) {
  held_ = true;
  folder_.write("x.mmdb", "nonsense");
  reloader_->request_maps();
  ASSERT_TRUE(test::wait_until([&] { return jobs_ == 1; }));
  reloader_->stop();
  monitor_.stop();
  held_ = false;
  const ReloadOutcome outcome = reload();
  EXPECT_TRUE(outcome.stopped);
  EXPECT_EQ(reloader_->maps_error(), "");
}

TEST_F(ReloadMapsThreads, ReadersSeeMapsOfTheirZonesThroughReloadsFlipsAndSwaps) {
  constexpr int kRounds = 20;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> seen{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      const auto reader = views_.reader();
      const IpAddress client = *IpAddress::parse("192.0.2.1");
      while (!stop) {
        const auto view = reader->pin();
        const bool is_whole = view->maps->of_rule.size() == view->zones->rules().size() &&
                              view->maps->special != nullptr &&
                              view->maps->of_rule[0]->order_of(client).size() <= 2;
        wrong += is_whole ? 0 : 1;
        ++seen;
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    well_ = !well_;
    const Health wanted = well_ ? Health::kHealthy : Health::kUnhealthy;
    EXPECT_TRUE(
        test::wait_until([&] { return monitor_.check("one").statuses.at(0).verdict == wanted; }));
    write_database(round % 2 == 0 ? "FR" : "DE");
    // Now and then another rule too, so that numbers of rules change.
    write_zone(round % 3 == 0 ? test::by_country("a", "IT") : "");
    reloader_->request_maps();
    EXPECT_TRUE(round % 2 == 0 || reload().ok);
  }
  EXPECT_TRUE(reload().ok);
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace rhumb
