// What a server knows outlives it: killed in the middle of an outage and started again, its first
// answer is the right one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "server/api_request.h"
#include "server/control_socket.h"
#include "server/state_folder.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr char kStateConfig[] = "zones: [\"zones/*.yaml\"]\nstateDirectory: state\n";
constexpr char kLondonValue[] = "192.0.2.10";
constexpr char kFrankfurtValue[] = "198.51.100.10";

std::string site(const std::string& id, int address, std::uint16_t port, const std::string& how) {
  return "- {id: " + id + ", labels: {site: " + id +
         "}, type: HTTP, address: " + test::own_address(address) +
         ", port: " + std::to_string(port) + ", " + how + "}\n";
}

std::string set(const std::string& id, const std::string& routing, const std::string& value) {
  return "- {name: www, type: A, setIdentifier: " + id + ", " + routing + ", healthCheckId: " + id +
         ", values: [" + value + "]}\n";
}

// London before Frankfurt, each an nginx, and rhumb that checks them and keeps what it knows.
class State : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
    london_.start();
    frankfurt_.start();
    write_zone(
        "interval: 100ms, failureThreshold: 2, recheckInterval: 100ms, timeout: 100ms, "
        "holdDown: 0s");
  }

  void write_zone(const std::string& how, const std::string& more = "") const {
    folder_.write(
        "zones/blog.yaml",
        test::yaml_zone(
            "blog.test",
            site("london", 1, london_port_, how) + site("frankfurt", 2, frankfurt_port_, how),
            set("london", "failover: PRIMARY", kLondonValue) +
                set("frankfurt", "failover: SECONDARY", kFrankfurtValue) + more));
  }
  void start() {
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  // Killed and started again, where nothing that is probed then has a result in time.
  void restart_without_probes() {
    rhumb_.kill();
    write_zone("interval: 1h, timeout: 1h, failureThreshold: 2");
    london_.freeze(true);
    frankfurt_.freeze(true);
    start();
  }
  void let_sites_go() {
    london_.freeze(false);
    frankfurt_.freeze(false);
  }
  [[nodiscard]] std::string path(const std::string& file) const {
    return folder_.path() + "/state/" + file;
  }
  [[nodiscard]] bool wait_kept(const std::string& text) const {
    return test::wait_until(
        [&] { return test::read_file(path("health.jsonl")).find(text) != std::string::npos; });
  }
  // The status of the API's reply; 0: there is none.
  [[nodiscard]] int api(const std::string& method, const std::string& path_and_query,
                        const std::string& body = "") const {
    ApiRequest asked;
    asked.url = "http://rhumb" + path_and_query;
    asked.unix_socket = folder_.path() + "/control.sock";
    asked.method = method;
    asked.body = body;
    return request(asked).status;
  }
  [[nodiscard]] Strings www() const { return rhumb_.addresses("www.blog.test"); }
  [[nodiscard]] bool wait_www(const std::string& value) const {
    return test::wait_until([&] { return www() == Strings{value}; });
  }
  [[nodiscard]] std::int64_t serial() const {
    return rhumb_.json({"zones"}).items()[0]["serial"].whole().value_or(-1);
  }

  test::TempDir folder_;
  std::uint16_t london_port_ = test::free_port(test::own_address(1));
  std::uint16_t frankfurt_port_ = test::free_port(test::own_address(2));
  test::Nginx london_{test::own_address(1), london_port_, "london"};
  test::Nginx frankfurt_{test::own_address(2), frankfurt_port_, "frankfurt"};
  test::Rhumb rhumb_{folder_, kStateConfig};
};

TEST_F(State, KilledInMidOutageItsFirstAnswerIsTheRightOne) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(wait_www(kLondonValue));
  london_.fail(true);
  ASSERT_TRUE(wait_www(kFrankfurtValue));
  ASSERT_TRUE(wait_kept("{\"check\":\"london\",\"measured\":\"unhealthy\""));
  const auto before = rhumb_.json({"health", "london"});
  ASSERT_NO_FATAL_FAILURE(restart_without_probes());
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  const auto after = rhumb_.json({"health", "london"});
  EXPECT_EQ(after["state"].text(), "unhealthy");
  EXPECT_EQ(after["lastProbe"]["reason"].text(), "status 503, expected 200-399");
  EXPECT_EQ(std::string(after["since"].text()).substr(0, 16),
            std::string(before["since"].text()).substr(0, 16));
  EXPECT_EQ(rhumb_.json({"health", "frankfurt"})["state"].text(), "healthy");
  let_sites_go();
}

TEST_F(State, KilledUnderAnOverrideItsFirstAnswerIsTheRightOne) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(api("PUT", "/api/v1/overrides/london",
                "{\"state\":\"unhealthy\",\"for\":\"1h\",\"reason\":\"disk full\"}"),
            200);
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  ASSERT_TRUE(wait_kept("{\"override\":\"london\",\"state\":\"unhealthy\",\"until\":"));
  ASSERT_NO_FATAL_FAILURE(restart_without_probes());
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  const auto london = rhumb_.json({"health", "london"});
  EXPECT_EQ(london["measured"].text(), "healthy");
  EXPECT_EQ(london["override"]["state"].text(), "unhealthy");
  EXPECT_EQ(london["override"]["reason"].text(), "disk full");
  EXPECT_FALSE(london["override"]["until"].is_null());
  EXPECT_EQ(api("DELETE", "/api/v1/overrides/london"), 200);
  EXPECT_EQ(www(), Strings{kLondonValue});
  let_sites_go();
}

TEST_F(State, KilledUnderADrainItsFirstAnswerIsTheRightOne) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(api("PUT", "/api/v1/drains/site=london", "{\"reason\":\"power\"}"), 200);
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  ASSERT_TRUE(wait_kept("{\"drain\":\"site=london\",\"reason\":\"power\"}"));
  ASSERT_NO_FATAL_FAILURE(restart_without_probes());
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  EXPECT_EQ(api("DELETE", "/api/v1/drains/site=london"), 200);
  EXPECT_EQ(www(), Strings{kLondonValue});
  let_sites_go();
}

TEST_F(State, WhatWasTakenBackDoesNotComeAgain) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(api("PUT", "/api/v1/drains/site=london", "{}"), 200);
  ASSERT_TRUE(wait_kept("{\"drain\""));
  ASSERT_EQ(api("DELETE", "/api/v1/drains/site=london"), 200);
  ASSERT_TRUE(test::wait_until([&] {
    const std::string kept = test::read_file(path("health.jsonl"));
    return !kept.empty() && kept.find("{\"drain\"") == std::string::npos;
  }));
  ASSERT_NO_FATAL_FAILURE(restart_without_probes());
  EXPECT_EQ(www(), Strings{kLondonValue});
  let_sites_go();
}

TEST_F(State, AnOverrideWhoseCheckIsGoneIsKeptOverARestart) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_EQ(api("PUT", "/api/v1/overrides/london", "{\"state\":\"unhealthy\"}"), 200);
  ASSERT_TRUE(wait_kept("{\"override\":\"london\""));
  rhumb_.kill();
  folder_.write("zones/blog.yaml",
                test::yaml_zone("blog.test", "", "- {name: www, type: A, values: [192.0.2.1]}\n"));
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(wait_kept("\"lines\":3"));
  EXPECT_TRUE(rhumb_.process().wait_output("override is kept, but its check is gone id=london"));
  EXPECT_TRUE(wait_kept("{\"override\":\"london\""));
  rhumb_.kill();
  write_zone("interval: 100ms, timeout: 100ms");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
}

TEST_F(State, ASafetyRuleRefusesADrainUnlessForced) {
  rhumb_.rewrite(std::string(kStateConfig) +
                 "safetyRules: [{atLeast: 2, of: {labels: {site: london}}}, {atLeast: 1, of: "
                 "{labels: {site: london}}}]\n");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_THAT(rhumb_.process().output(),
              HasSubstr("only 1 of the checks have site=london; 2 can never be healthy"));
  EXPECT_EQ(api("PUT", "/api/v1/drains/site=london", "{}"), 409);
  EXPECT_EQ(www(), Strings{kLondonValue});
  EXPECT_EQ(api("PUT", "/api/v1/drains/site=london", "{\"force\":true}"), 200);
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
  EXPECT_TRUE(rhumb_.process().wait_output(" warn  safety rule passed over by force "));
}

TEST_F(State, AStopWritesTheLastStateToo) {
  ASSERT_NO_FATAL_FAILURE(start());
  london_.fail(true);
  ASSERT_TRUE(wait_www(kFrankfurtValue));
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  EXPECT_THAT(test::read_file(path("health.jsonl")),
              HasSubstr("{\"check\":\"london\",\"measured\":\"unhealthy\""));
}

TEST_F(State, WithoutAStateDirectoryNothingIsKept) {
  rhumb_.rewrite("zones: [\"zones/*.yaml\"]\n");
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(wait_www(kLondonValue));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/state"));
}

TEST_F(State, ACorruptFileIsAWarningAndAFreshStart) {
  folder_.write("state/health.jsonl", "{\"check\":\"london\",\"measured\":\"unhealthy\"}\n");
  folder_.write("state/serials.jsonl", std::string("\0\xff", 2));
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(www(), Strings{kLondonValue});
  const std::string output = rhumb_.process().output();
  EXPECT_THAT(output, HasSubstr("the saved state is passed over, and begins afresh: this is no "
                                "saved state"));
  EXPECT_THAT(output, HasSubstr("state/health.jsonl:1"));
  EXPECT_THAT(output, HasSubstr("overrides and drains are lost with it"));
  EXPECT_THAT(output, HasSubstr("state/serials.jsonl:1"));
  EXPECT_THAT(output, HasSubstr("it is kept as \"serials.jsonl.bad\""));
  EXPECT_EQ(test::read_file(path("health.jsonl.bad")),
            "{\"check\":\"london\",\"measured\":\"unhealthy\"}\n");
  EXPECT_TRUE(wait_kept("\"lines\":4"));
}

TEST_F(State, WhatAnOperatorWasToldIsDoneOutlastsAKillRightAfter) {
  ASSERT_NO_FATAL_FAILURE(start());
  for (const std::string state : {"unhealthy", "healthy", "unhealthy"}) {
    ASSERT_EQ(api("PUT", "/api/v1/overrides/london", "{\"state\":\"" + state + "\"}"), 200);
    rhumb_.kill();
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_EQ(rhumb_.json({"health", "london"})["override"]["state"].text(), state);
  }
}

TEST_F(State, AnOperatorIsToldWhenAWordCannotBeKept) {
  std::filesystem::create_directories(path("health.jsonl.new"));
  ASSERT_NO_FATAL_FAILURE(start());
  const auto said = rhumb_.command({"override", "london", "unhealthy"});
  EXPECT_EQ(said.exit_code, 0);
  EXPECT_THAT(said.err, HasSubstr("warning: in force, but it cannot be kept over a restart"));
  EXPECT_EQ(www(), Strings{kFrankfurtValue});
}

TEST_F(State, WhatEndedWhileTheServerWasDownIsTold) {
  folder_.write("state/health.jsonl",
                "{\"format\":\"rhumb state\",\"version\":1}\n"
                "{\"override\":\"london\",\"state\":\"unhealthy\",\"until\":1700000000000,"
                "\"reason\":\"\"}\n"
                "{\"drain\":\"site=frankfurt\",\"until\":1700000000000,\"reason\":\"\"}\n"
                "{\"lines\":4}\n");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(www(), Strings{kLondonValue});
  EXPECT_TRUE(rhumb_.process().wait_output("override ended while the server was down id=london"));
  EXPECT_TRUE(rhumb_.process().wait_output(
      "drain ended while the server was down label=\"site=frankfurt\""));
  const auto events = rhumb_.json({"events"});
  ASSERT_GE(events.items().size(), 2U);
  const JsonValue& first = events.items()[0];
  EXPECT_EQ(first["kind"].text(), "override");
  EXPECT_EQ(first["from"].text(), "unhealthy");
  EXPECT_EQ(first["to"].text(), "none");
  EXPECT_EQ(first["reason"].text(), "ended while the server was down");
  EXPECT_EQ(events.items()[1]["kind"].text(), "drain");
}

TEST_F(State, ASecondServerIsRefused) {
  ASSERT_NO_FATAL_FAILURE(start());
  const std::string other =
      folder_.write("other.yaml", "listen: [\"" + test::own_address(3) +
                                      ":5300\"]\ncontrolSocket: other.sock\n" + kStateConfig);
  const auto second = test::run({test::rhumb_binary(), "serve", "-c", other});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("another rhumb uses it; give each server one of its own"));
  EXPECT_THAT(second.err, Not(HasSubstr("zones loaded")));
  EXPECT_EQ(www(), Strings{kLondonValue});
}

// As after kill -9, when the last server has not quite vanished.
TEST_F(State, AStartWaitsForTheLastServerToGo) {
  StateFolder last(folder_.path() + "/state");
  ASSERT_EQ(last.hold().hold, StateFolder::Hold::kOurs);
  const std::string path = folder_.path() + "/control.sock";
  auto socket = bind_control_socket(path);
  ASSERT_TRUE(socket.ok());
  rhumb_.start();
  EXPECT_TRUE(rhumb_.process().wait_output("waiting for it to go what=" + path));
  socket.value() = Fd();
  EXPECT_TRUE(rhumb_.process().wait_output("waiting for it to go what=" + last.path()));
  last = StateFolder("");
  EXPECT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
}

TEST_F(State, AFullDiskIsToldAndChangesNothingForQueries) {
  std::filesystem::create_directory(folder_.path() + "/state");
  std::filesystem::create_directory(path("health.jsonl.new"));
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(rhumb_.process().wait_output(" warn  state cannot be kept; "));
  london_.fail(true);
  EXPECT_TRUE(wait_www(kFrankfurtValue));
  std::filesystem::remove(path("health.jsonl.new"));
  EXPECT_TRUE(rhumb_.process().wait_output(" info  state is kept again "));
  EXPECT_TRUE(wait_kept("{\"check\":\"london\",\"measured\":\"unhealthy\""));
}

// To open a pipe that nobody reads is to wait for a disk that hangs.
TEST_F(State, ADiskThatHangsHoldsUpNoStop) {
  std::filesystem::create_directory(folder_.path() + "/state");
  ASSERT_EQ(mkfifo(path("health.jsonl.new").c_str(), 0600), 0);
  ASSERT_NO_FATAL_FAILURE(start());
  london_.fail(true);
  EXPECT_TRUE(wait_www(kFrankfurtValue));
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  const std::string output = rhumb_.process().output();
  EXPECT_THAT(output, HasSubstr(" warn  the disk does not answer, and is not waited for; a restart "
                                "may not know of what changed last files="));
  EXPECT_THAT(output, HasSubstr(path("health.jsonl") + "," + path("serials.jsonl")));
}

TEST_F(State, ASerialStaysAboveTheLastOneServedOverARestart) {
  ASSERT_NO_FATAL_FAILURE(start());
  const std::int64_t first = serial();
  ASSERT_TRUE(test::wait_until([&] { return std::filesystem::exists(path("serials.jsonl")); }));
  rhumb_.kill();
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(serial(), first);
  rhumb_.kill();
  // Another content, of a file with an older time.
  write_zone("interval: 1h", "- {name: new, type: A, values: [192.0.2.1]}\n");
  const std::string zone = folder_.path() + "/zones/blog.yaml";
  std::filesystem::last_write_time(
      zone, std::filesystem::last_write_time(zone) - std::chrono::hours(1000));
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(serial(), first + 1);
}

TEST_F(State, AReloadKeepsItsSerialsToo) {
  ASSERT_NO_FATAL_FAILURE(start());
  write_zone("interval: 1h", "- {name: new, type: A, values: [192.0.2.1]}\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  const std::string kept = "\"serial\":" + std::to_string(serial()) + ",";
  EXPECT_TRUE(test::wait_until(
      [&] { return test::read_file(path("serials.jsonl")).find(kept) != std::string::npos; }));
}

}  // namespace
}  // namespace rhumb
