// The first answer after a start or a reload is right already: checks are probed before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/hostile_server.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

// Enough for all that a start does beside waiting.
constexpr double kSlackMs = 15'000;

// The primary is checked at `address` and `port`, the secondary is not.
std::string failover_zone(const std::string& apex, const std::string& check) {
  const std::string id = apex.substr(0, apex.find('.'));
  return test::yaml_zone(apex, "- {id: " + id + ", " + check + "}\n",
                         "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, "
                         "healthCheckId: " +
                             id +
                             ", values: [192.0.2.1]}\n"
                             "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, "
                             "values: [192.0.2.2]}\n");
}

std::string refusing_check() {
  return "type: TCP, port: 1, address: " + test::own_address(1) + ", interval: 1h";
}

// Accepts, and never answers.
HostileServer::Behaviour black_hole() {
  return [](Connection& connection) { connection.wait_for_end(); };
}

std::string check_of(const HostileServer& server, const std::string& more) {
  return "type: HTTP, address: 127.0.0.1, port: " + std::to_string(server.port()) + ", " + more;
}

TEST(Startup, ADeadCheckGivesTheRightFirstAnswerAndNeverAWrongOne) {
  const test::TempDir folder;
  folder.write("zones/dead.yaml", failover_zone("dead.test", refusing_check()));
  // A second one that keeps the round open, so that the first is decided and not yet served.
  HostileServer hole(black_hole());
  folder.write("zones/slow.yaml",
               failover_zone("slow.test", check_of(hole, "interval: 1h, timeout: 1s")));
  test::Rhumb rhumb(folder, test::kZonesOfFolder);
  rhumb.start();
  std::optional<test::Reply> first;
  ASSERT_TRUE(test::wait_until([&] {
    first = test::ask(rhumb.endpoint(), {.name = "www.dead.test"}, 50);
    return first.has_value();
  }));
  EXPECT_EQ(first->answer, Strings{"www.dead.test. 5 A 192.0.2.2"});
  EXPECT_EQ(rhumb.addresses("www.slow.test"), Strings{"192.0.2.2"});
}

TEST(Startup, ABlackHoleDelaysAStartByAtMostStartupWaitAndIsShownAsUnknown) {
  const test::TempDir folder;
  HostileServer hole(black_hole());
  folder.write("zones/hole.yaml",
               failover_zone("hole.test", check_of(hole, "interval: 1h, timeout: 1h")));
  test::Rhumb rhumb(folder, std::string(test::kZonesOfFolder) + "startupWait: 1s\n");
  const double begun_ms = test::now_ms();
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  const double took_ms = test::now_ms() - begun_ms;
  EXPECT_GE(took_ms, 1000);
  EXPECT_LE(took_ms, 1000 + kSlackMs);
  EXPECT_EQ(rhumb.json({"health", "hole"})["state"].text(), "unknown");
  EXPECT_EQ(rhumb.json({"status"})["checks"]["unknown"].whole(), 1);
  EXPECT_THAT(rhumb.command({"health"}).out, HasSubstr("unknown"));
  EXPECT_TRUE(rhumb.process().wait_output("still undecided"));
  EXPECT_EQ(rhumb.addresses("www.hole.test"), Strings{"192.0.2.1"}) << "unknown counts as healthy";
}

TEST(Startup, TheServerIsReachedAndNotReadyDuringTheFirstRound) {
  const test::TempDir folder;
  HostileServer hole(black_hole());
  folder.write("zones/hole.yaml",
               failover_zone("hole.test", check_of(hole, "interval: 1h, timeout: 1h")));
  test::Rhumb rhumb(folder, std::string(test::kZonesOfFolder) + "startupWait: 1h\n");
  rhumb.start();
  ASSERT_TRUE(test::wait_until([&] { return rhumb.command({"status"}).exit_code == 0; }));
  EXPECT_FALSE(rhumb.json({"status"})["ready"].boolean());
  EXPECT_FALSE(test::ask(rhumb.endpoint(), {.name = "www.hole.test"}, 300));
  const auto drain = rhumb.command({"drain", "site=london"});
  EXPECT_NE(drain.exit_code, 0);
  EXPECT_THAT(drain.err, HasSubstr("the first round of health checks is not over"));
  rhumb.process().signal(SIGTERM);
  EXPECT_EQ(rhumb.process().wait_exit(), 0);
}

TEST(Startup, AReloadProbesNewChecksBeforeItTakesEffect) {
  const test::TempDir folder;
  HostileServer hole(black_hole());
  folder.write("zones/one.yaml",
               test::yaml_zone("one.test", "", "- {name: www, type: A, values: [192.0.2.9]}\n"));
  test::Rhumb rhumb(folder, std::string(test::kZonesOfFolder) + "startupWait: 1s\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  folder.write("zones/one.yaml", failover_zone("one.test", refusing_check()) +
                                     "- {name: new, type: A, values: [192.0.2.9]}\n");
  folder.write("zones/hole.yaml",
               failover_zone("hole.test", check_of(hole, "interval: 1h, timeout: 1h")));
  const double begun_ms = test::now_ms();
  std::thread reload([&] { EXPECT_EQ(rhumb.command({"reload"}).exit_code, 0); });
  Strings answer;
  const bool changed = test::wait_until([&] {
    answer = rhumb.addresses("www.one.test");
    return answer != Strings{"192.0.2.9"};
  });
  const double took_ms = test::now_ms() - begun_ms;
  reload.join();
  EXPECT_TRUE(changed);
  EXPECT_EQ(answer, Strings{"192.0.2.2"}) << "the dead primary is never answered";
  EXPECT_GE(took_ms, 1000);
  EXPECT_LE(took_ms, 1000 + kSlackMs);
  EXPECT_EQ(rhumb.json({"health", "hole"})["state"].text(), "unknown");
}

TEST(Startup, InitialStateDecidesBeforeAnyProbe) {
  const test::TempDir folder;
  HostileServer hole(black_hole());
  folder.write("zones/bad.yaml",
               failover_zone("bad.test", check_of(hole,
                                                  "interval: 1h, timeout: 1h, initialState: "
                                                  "unhealthy")));
  folder.write("zones/good.yaml",
               failover_zone("good.test", check_of(hole,
                                                   "interval: 1h, timeout: 1h, initialState: "
                                                   "healthy")));
  test::Rhumb rhumb(folder, std::string(test::kZonesOfFolder) + "startupWait: 100ms\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  EXPECT_EQ(rhumb.addresses("www.bad.test"), Strings{"192.0.2.2"});
  EXPECT_EQ(rhumb.addresses("www.good.test"), Strings{"192.0.2.1"});
  EXPECT_EQ(rhumb.json({"status"})["checks"]["unknown"].whole(), 0);
}

TEST(Startup, WithoutStandardDescriptorsThereIsAHelperAllTheSame) {
  const test::TempDir folder;
  folder.write("zones/a.yaml", failover_zone("a.test", refusing_check()));
  test::Rhumb rhumb(folder, test::kZonesOfFolder);
  rhumb.start({}, {test::find_program("bash"), "-c", R"(exec "$0" "$@" 0<&- 1>&-)"});
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  EXPECT_TRUE(rhumb.json({"status"})["helperError"].is_null());
}

}  // namespace
}  // namespace rhumb
