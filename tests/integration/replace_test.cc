// One rhumb takes another one's place, with its sockets and all it knows: nobody who asks notices,
// and whatever goes wrong with the new one, the old one goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/take_over.h"
#include "tests/support/dns_client.h"
#include "tests/support/faults.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr int kTimes = test::kSanitized ? 3 : 10;
constexpr char kReplaceConfig[] = "zones: [\"zones/*.yaml\"]\n";
constexpr char kQuick[] =
    "interval: 100ms, timeout: 100ms, recheckInterval: 100ms, failureThreshold: 2, holdDown: 0s";
constexpr char kLondon[] = "192.0.2.10";
constexpr char kFrankfurt[] = "198.51.100.10";

// A site with an nginx, one that nobody serves, and a switch.
class Replace : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
    london_.start();
    write_zone();
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
    ASSERT_TRUE(test::wait_until([this] { return state("dead") == "unhealthy"; }));
  }

  void write_zone(const std::string& more_checks = "", const std::string& more = "") const {
    const std::string at = ", address: " + test::own_address(1) + ", port: ";
    folder_.write(
        "zones/blog.yaml",
        test::yaml_zone(
            "blog.test",
            "- {id: london, type: HTTP, labels: {site: london}" + at +
                std::to_string(london_port_) + ", " + kQuick + "}\n- {id: dead, type: TCP" + at +
                "1, " + kQuick + "}\n- {id: switch, type: SWITCH}\n" + more_checks,
            "- {name: www, type: A, setIdentifier: l, failover: PRIMARY, healthCheckId: london, "
            "values: [192.0.2.10]}\n"
            "- {name: www, type: A, setIdentifier: f, failover: SECONDARY, healthCheckId: switch, "
            "values: [198.51.100.10]}\n" +
                more));
  }
  // A check of a site that never answers, for which a start waits for as long as it may.
  void write_zone_to_wait_for() {
    write_zone("- {id: silent, type: HTTP, address: " + test::own_address(2) +
               ", port: " + std::to_string(silent_port_) + ", interval: 1h, timeout: 1h}\n");
    rhumb_.rewrite(std::string(kReplaceConfig) + "startupWait: 1h\n");
    silent_.start();
    silent_.freeze(true);
  }
  [[nodiscard]] std::string state(const std::string& id) const {
    return std::string(rhumb_.json({"health", id})["state"].text());
  }
  [[nodiscard]] std::string since(const std::string& id) const {
    return std::string(rhumb_.json({"health", id})["since"].text());
  }
  // As the server that runs now tells them.
  [[nodiscard]] Strings health_events() const {
    Strings told;
    const JsonValue events = rhumb_.json({"events"});
    for (const JsonValue& event : events.items()) {
      if (event["kind"].text() == "health") told.emplace_back(event["id"].text());
    }
    return told;
  }
  [[nodiscard]] Strings www() const { return rhumb_.addresses("www.blog.test"); }
  [[nodiscard]] static std::string judge(const test::Reply& reply) {
    const bool is_right =
        reply.rcode == "NOERROR" && reply.answer.size() == 1 && reply.answer[0].ends_with(kLondon);
    return is_right ? "" : reply.rcode + " " + (reply.answer.empty() ? "" : reply.answer[0]);
  }
  void expect_answers() const {
    for (const bool tcp : {false, true}) {
      for (int i = 0; i < 32; ++i) {  // from as many ports, for all sockets
        const auto reply = rhumb_.ask({.name = "www.blog.test", .tcp = tcp});
        ASSERT_TRUE(reply) << (tcp ? "TCP " : "UDP ") << i;
        EXPECT_EQ(judge(*reply), "");
      }
    }
  }

  test::TempDir folder_;
  std::uint16_t london_port_ = test::free_port(test::own_address(1));
  std::uint16_t silent_port_ = test::free_port(test::own_address(2));
  test::Nginx london_{test::own_address(1), london_port_, "london"};
  test::Nginx silent_{test::own_address(2), silent_port_, "silent"};
  test::Rhumb rhumb_{folder_, kReplaceConfig};
};

using ReplaceUnderLoadThreads = Replace;

TEST_F(ReplaceUnderLoadThreads, AgainAndAgainLosesNoQueryAndTurnsNoCheck) {
  const std::string since_dead = since("dead");
  std::set<pid_t> processes = {rhumb_.process().pid()};
  test::SteadyLoad load(rhumb_.endpoint(), {"www.blog.test"}, judge);
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_TRUE(rhumb_.replace()) << i;
    processes.insert(rhumb_.process().pid());
    EXPECT_THAT(health_events(), IsEmpty()) << i;
    EXPECT_EQ(state("london"), "healthy");
    EXPECT_EQ(state("dead"), "unhealthy");
  }
  for (int i = 0; i < kTimes; ++i) {
    ASSERT_TRUE(rhumb_.reload_by_signal()) << rhumb_.process().output();
  }
  load.stop();
  EXPECT_EQ(load.lost(), 0);
  EXPECT_EQ(load.wrong(), Strings{});
  EXPECT_GT(load.answered(), 100);
  EXPECT_EQ(processes.size(), static_cast<std::size_t>(kTimes) + 1);
  EXPECT_THAT(health_events(), IsEmpty());
  EXPECT_EQ(since("dead").substr(0, 19), since_dead.substr(0, 19));
}

TEST_F(ReplaceUnderLoadThreads, WithAnotherNumberOfWorkersEverySocketIsRead) {
  for (const int workers : {2, 1, 4}) {
    rhumb_.rewrite(kReplaceConfig + ("workers: " + std::to_string(workers)) + "\n");
    test::SteadyLoad load(rhumb_.endpoint(), {"www.blog.test"}, judge);
    ASSERT_TRUE(rhumb_.replace()) << workers;
    expect_answers();
    load.stop();
    EXPECT_EQ(load.lost(), 0) << workers;
    EXPECT_EQ(load.wrong(), Strings{}) << workers;
    EXPECT_EQ(rhumb_.json({"status"})["workers"].whole(), workers);
  }
}

// Not for ThreadSanitizer: it does not see libuv close a connection, and takes the memory file that
// gets its number for the connection.
using ReplaceUnderLoad = Replace;

TEST_F(ReplaceUnderLoad, NoQuestionOverTcpIsLost) {
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0;
  std::vector<std::string> wrong;
  std::thread asking([&] {
    while (!stop) {
      const auto reply = rhumb_.ask({.name = "www.blog.test", .tcp = true});
      const std::string fault = reply ? judge(*reply) : "no reply";
      if (!fault.empty()) wrong.push_back(fault);
      ++asked;
    }
  });
  for (int i = 0; i < kTimes; ++i) EXPECT_TRUE(rhumb_.replace()) << i;
  stop = true;
  asking.join();
  EXPECT_EQ(wrong, Strings{});
  EXPECT_GT(asked, kTimes);
}

TEST_F(Replace, WhatOperatorsSaidIsKeptWithoutAStateDirectory) {
  ASSERT_EQ(
      rhumb_.command({"override", "dead", "healthy", "--for", "1h", "--reason", "known"}).exit_code,
      0);
  ASSERT_EQ(rhumb_.command({"drain", "site=london", "--reason", "power"}).exit_code, 0);
  ASSERT_EQ(www(), Strings{kFrankfurt});
  ASSERT_TRUE(rhumb_.replace());
  EXPECT_EQ(www(), Strings{kFrankfurt});
  const auto dead = rhumb_.json({"health", "dead"});
  EXPECT_EQ(dead["override"]["state"].text(), "healthy");
  EXPECT_EQ(dead["override"]["reason"].text(), "known");
  EXPECT_FALSE(dead["override"]["until"].is_null());
  EXPECT_EQ(dead["measured"].text(), "unhealthy");
  EXPECT_EQ(rhumb_.json({"events"}).items().size(), 0U);
  EXPECT_EQ(rhumb_.command({"restore", "site=london"}).exit_code, 0);
  EXPECT_EQ(www(), Strings{kLondon});
}

TEST_F(Replace, AWordSaidWhileTheNewOneLoadsIsNotLost) {
  write_zone_to_wait_for();
  auto successor = rhumb_.start_successor();
  ASSERT_TRUE(rhumb_.process().wait_output("another rhumb is to take over")) << successor->output();
  ASSERT_EQ(rhumb_.command({"drain", "site=london"}).exit_code, 0);
  EXPECT_EQ(www(), Strings{kFrankfurt});
  silent_.freeze(false);
  ASSERT_TRUE(rhumb_.replace_by(std::move(successor)));
  EXPECT_EQ(www(), Strings{kFrankfurt});
  EXPECT_EQ(state("silent"), "healthy");
}

TEST_F(Replace, ABadConfigurationLeavesTheOldOneServing) {
  rhumb_.rewrite("zones: [\"zones/*.yaml\"]\nworkers: many\n");
  const auto refused = rhumb_.start_successor();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_THAT(refused->output(), HasSubstr("\"many\" is no whole number"));
  EXPECT_THAT(rhumb_.process().output(), Not(HasSubstr("is to take over")));
  expect_answers();
}

TEST_F(Replace, ABadZoneLeavesTheOldOneServing) {
  write_zone("- {id: london, type: NONE}\n");
  const auto refused = rhumb_.start_successor();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_TRUE(rhumb_.process().wait_output("no other rhumb has taken over; this one goes on"));
  expect_answers();
  EXPECT_EQ(rhumb_.command({"drain", "site=london"}).exit_code, 0);
  write_zone();
  EXPECT_TRUE(rhumb_.replace());
}

TEST_F(Replace, ASuccessorKilledInTheMiddleLeavesTheOldOneServing) {
  write_zone_to_wait_for();
  const auto successor = rhumb_.start_successor();
  ASSERT_TRUE(rhumb_.process().wait_output("another rhumb is to take over"));
  const auto second = rhumb_.start_successor();
  EXPECT_EQ(second->wait_exit(), 1);
  EXPECT_THAT(second->output(), HasSubstr("is about to replace it already"));
  successor->signal(SIGKILL);
  EXPECT_TRUE(rhumb_.process().wait_output("no other rhumb has taken over; this one goes on"));
  expect_answers();
  write_zone();
  rhumb_.rewrite(kReplaceConfig);
  EXPECT_TRUE(rhumb_.replace());
  expect_answers();
}

TEST_F(Replace, WhereTheOldOneDiesMeanwhileTheNewOneServesAllTheSame) {
  ASSERT_EQ(rhumb_.command({"drain", "site=london", "--reason", "power"}).exit_code, 0);
  write_zone_to_wait_for();
  auto successor = rhumb_.start_successor();
  test::Process& now = *successor;
  ASSERT_TRUE(now.wait_output("zones loaded")) << now.output();
  rhumb_.kill();
  silent_.freeze(false);
  ASSERT_TRUE(now.wait_output(" serving ")) << now.output();
  EXPECT_THAT(now.output(), HasSubstr("the server that was to be replaced has ended meanwhile"));
  EXPECT_EQ(www(), Strings{kFrankfurt}) << "as had been said";
  EXPECT_EQ(state("dead"), "unhealthy");
  EXPECT_EQ(rhumb_.command({"restore", "site=london"}).exit_code, 0);
  expect_answers();
  now.signal(SIGTERM);
  EXPECT_EQ(now.wait_exit(), 0) << now.output();
}

TEST_F(Replace, OneToldToStopBeforeItServesLeavesTheOldOneServing) {
  write_zone_to_wait_for();
  const auto successor = rhumb_.start_successor();
  ASSERT_TRUE(successor->wait_output("zones loaded"));
  successor->signal(SIGTERM);
  EXPECT_EQ(successor->wait_exit(), 0);
  expect_answers();
  EXPECT_EQ(state("dead"), "unhealthy") << "over the control socket, whose file is still there";
}

TEST_F(Replace, AReloadMeanwhileWinsOverTheSuccessor) {
  write_zone_to_wait_for();
  const auto successor = rhumb_.start_successor();
  ASSERT_TRUE(successor->wait_output("zones loaded"));
  write_zone("", "- {name: new, type: A, values: [192.0.2.1]}\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  silent_.freeze(false);
  EXPECT_EQ(successor->wait_exit(), 1);
  EXPECT_THAT(successor->output(), HasSubstr("the old server has reloaded meanwhile; try again"));
  EXPECT_EQ(rhumb_.addresses("new.blog.test"), Strings{"192.0.2.1"});
  EXPECT_TRUE(rhumb_.replace());
}

TEST_F(Replace, OneThatStartsItselfSaysSo) {
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  write_zone_to_wait_for();
  rhumb_.start();
  ASSERT_TRUE(rhumb_.process().wait_output("zones loaded"));
  const auto refused = rhumb_.start_successor();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_THAT(refused->output(), HasSubstr("it is starting itself; try again"));
  silent_.freeze(false);
  ASSERT_TRUE(rhumb_.wait_serving());
  EXPECT_TRUE(rhumb_.replace());
}

TEST_F(Replace, OneThatStopsSaysSo) {
  rhumb_.rewrite(std::string(kReplaceConfig) + "shutdownDelay: 1h\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  rhumb_.process().signal(SIGTERM);
  ASSERT_TRUE(rhumb_.process().wait_output(" stopping "));
  const auto refused = rhumb_.start_successor();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_THAT(refused->output(), HasSubstr("it is stopping; start the new one once it has ended"));
  expect_answers();
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
}

TEST_F(Replace, WhereNobodyRunsItJustStarts) {
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  auto first = rhumb_.start_successor();
  EXPECT_TRUE(first->wait_output("no server runs that could be replaced"));
  ASSERT_TRUE(rhumb_.replace_by(std::move(first)));
  expect_answers();
}

TEST_F(Replace, TheLastOneRemovesTheControlSocket) {
  ASSERT_TRUE(rhumb_.replace());
  const std::string path = folder_.path() + "/control.sock";
  struct stat found {};
  EXPECT_EQ(stat(path.c_str(), &found), 0);
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  EXPECT_NE(stat(path.c_str(), &found), 0);
}

TEST_F(Replace, TheAddressesAreThoseOfTheNewConfiguration) {
  const Endpoint fresh{*IpAddress::parse(test::own_address(3)),
                       test::free_port(test::own_address(3))};
  const Endpoint gone = rhumb_.endpoint();
  folder_.write("rhumb.yaml", "listen: [\"" + to_string(fresh) +
                                  "\"]\ncontrolSocket: control.sock\n" + kReplaceConfig);
  auto successor = rhumb_.start_successor();
  test::Process& now = *successor;
  ASSERT_TRUE(rhumb_.replace_by(std::move(successor)));
  EXPECT_THAT(now.output(), HasSubstr("\"listen\" no longer has an address"));
  EXPECT_THAT(now.output(), HasSubstr("address=" + to_string(gone)));
  const auto reply = test::ask(fresh, {.name = "www.blog.test"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(judge(*reply), "");
  EXPECT_FALSE(test::ask(gone, {.name = "www.blog.test"}, 100));
}

TEST_F(Replace, HttpIsTakenOverMovedAndGivenUp) {
  const auto http_at = [](int index) {
    const std::string address = test::own_address(index);
    return address + ":" + std::to_string(test::free_port(address));
  };
  const auto replace_with = [this](const std::string& listen) {
    rhumb_.rewrite(kReplaceConfig + (listen.empty() ? "" : "http: {listen: \"" + listen + "\"}\n"));
    return rhumb_.replace();
  };
  const auto is_served = [](const std::string& listen) {
    return test::run({"curl", "-s", "-f", "http://" + listen + "/readyz"}).exit_code == 0;
  };
  const std::string first = http_at(4);
  const std::string second = http_at(5);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(replace_with(first)) << "bound by the first one, then taken over";
    EXPECT_TRUE(is_served(first)) << i;
  }
  ASSERT_TRUE(replace_with(second));
  EXPECT_TRUE(is_served(second));
  EXPECT_FALSE(is_served(first));
  ASSERT_TRUE(replace_with(""));
  EXPECT_FALSE(is_served(second));
  ASSERT_TRUE(replace_with(second));
  EXPECT_TRUE(is_served(second));
}

// As one would that is stopped after it has asked for the place.
TEST_F(Replace, ASuccessorThatHangsAtTheLastMomentIsWaitedForAWhileOnly) {
  auto begun = TakeOver::begin(folder_.path() + "/control.sock");
  ASSERT_TRUE(begun.ok()) << begun.error();
  ASSERT_TRUE(begun.value().last_state().ok());
  const auto said = rhumb_.command({"drain", "site=london"});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_THAT(said.err, HasSubstr("another rhumb takes over just now; try again"));
  expect_answers();
  ASSERT_TRUE(rhumb_.process().wait_output("no other rhumb has taken over; this one goes on"));
  EXPECT_EQ(rhumb_.command({"drain", "site=london"}).exit_code, 0);
  EXPECT_EQ(www(), Strings{kFrankfurt});
  EXPECT_TRUE(rhumb_.replace());
}

TEST_F(Replace, TheStateDirectoryIsHandedOverToo) {
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  rhumb_.rewrite(std::string(kReplaceConfig) + "stateDirectory: state\n");
  rhumb_.start();
  ASSERT_TRUE(rhumb_.wait_serving());
  const auto serial = rhumb_.json({"zones"}).items()[0]["serial"].whole();
  ASSERT_TRUE(rhumb_.replace());
  EXPECT_EQ(rhumb_.json({"zones"}).items()[0]["serial"].whole(), serial);
  const auto said = rhumb_.command({"drain", "site=london"});
  ASSERT_EQ(said.exit_code, 0);
  EXPECT_EQ(said.err, "") << "it was kept";
  rhumb_.kill();
  rhumb_.start();
  ASSERT_TRUE(rhumb_.wait_serving());
  EXPECT_EQ(www(), Strings{kFrankfurt});
}

TEST_F(Replace, AFailureAtTheLastMomentLeavesTheStateKept) {
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  rhumb_.rewrite(std::string(kReplaceConfig) + "stateDirectory: state\n");
  rhumb_.start();
  ASSERT_TRUE(rhumb_.wait_serving());
  // The new one's folder is another server's, which it finds when all else is ready.
  test::TempDir elsewhere;
  test::Rhumb other(elsewhere, "zones: []\n", 4);
  elsewhere.write("other.zone",
                  "$ORIGIN other.test.\n$TTL 30\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A "
                  "192.0.2.53\n");
  other.rewrite("zones: [other.zone]\nstateDirectory: state\n");
  other.start();
  ASSERT_TRUE(other.wait_serving()) << other.process().output();
  rhumb_.rewrite(kReplaceConfig + ("stateDirectory: " + elsewhere.path()) + "/state\n");
  const auto refused = rhumb_.start_successor();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_THAT(refused->output(), HasSubstr("another rhumb uses it"));
  EXPECT_TRUE(rhumb_.process().wait_output("no other rhumb has taken over; this one goes on"));
  const auto said = rhumb_.command({"drain", "site=london"});
  EXPECT_EQ(said.exit_code, 0);
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(test::read_file(folder_.path() + "/state/health.jsonl"), HasSubstr("site=london"));
}

// As it is started, until it has become its user.
class ReplaceAsUser : public Replace {
 protected:
  void SetUp() override {
    const std::string why_not = test::why_no_other_user();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    ASSERT_NO_FATAL_FAILURE(Replace::SetUp());
    ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  }
  [[nodiscard]] std::unique_ptr<test::Process> start_successor_as(const std::string& user) const {
    return std::make_unique<test::Process>(Strings{test::find_program("setpriv"), "--reuid", user,
                                                   "--clear-groups", test::rhumb_binary(), "serve",
                                                   "--replace", "-c", rhumb_.config()});
  }
};

TEST_F(ReplaceAsUser, RootIsFollowedByAUserWhoIsFollowedByHimself) {
  rhumb_.rewrite(std::string(kReplaceConfig) + "user: nobody\nworkers: 3\n");
  ASSERT_TRUE(rhumb_.replace());
  expect_answers();
  auto successor = start_successor_as("nobody");
  ASSERT_TRUE(rhumb_.replace_by(std::move(successor)));
  expect_answers();
  ASSERT_TRUE(rhumb_.replace()) << "and by root again";
  expect_answers();
}

TEST_F(ReplaceAsUser, AnotherUserIsRefused) {
  for (int i = 0; i < 3; ++i) {
    const auto refused = start_successor_as("daemon");
    EXPECT_EQ(refused->wait_exit(), 1);
    EXPECT_THAT(refused->output(),
                HasSubstr("the server that runs cannot be replaced, and goes on"));
    EXPECT_THAT(refused->output(),
                HasSubstr("only root and the user of the old server may replace it"));
  }
  EXPECT_EQ(test::count_in(rhumb_.process().output(), "another user asks to take over"), 1U)
      << "anybody may ask, as often as he likes";
  expect_answers();
}

}  // namespace
}  // namespace rhumb
