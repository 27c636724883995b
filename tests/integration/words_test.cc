// What `rhumb health`, `status` and `explain` of a running server say of each kind of check, as a
// person on call reads it; and what a peer hears of `probed` whatever an operator says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "server/api_request.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// A port that nobody listens at, and a command that succeeds.
constexpr char kSiteChecks[] =
    "- {id: london, type: SWITCH, labels: {site: london}}\n"
    "- {id: paris, type: SWITCH, default: unhealthy}\n"
    "- {id: turned, type: EXEC, command: [/bin/true], inverted: true, interval: 2s}\n"
    "- {id: disk, type: EXEC, command: [/bin/true], interval: 2s}\n"
    "- {id: off, type: TCP, address: 192.0.2.1, port: 1, disabled: true}\n"
    "- {id: beat, type: PUSH, expiresAfter: 1h}\n"
    "- {id: mid, type: CALCULATED, children: [london]}\n"
    "- {id: sites, type: CALCULATED, children: [mid, london, paris], healthThreshold: 2}\n";

class Words : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("zones/blog.yaml",
                  test::yaml_zone("blog.test", kSiteChecks,
                                  "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, "
                                  "healthCheckId: sites, values: [192.0.2.10]}\n"
                                  "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, "
                                  "values: [192.0.2.20]}\n"));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  [[nodiscard]] std::string out(std::vector<std::string> words) const {
    return rhumb_.command(std::move(words)).out;
  }
  [[nodiscard]] int probed(const std::string& id) const {
    ApiRequest asked;
    asked.url = "http://rhumb/api/v1/health-checks/" + id + "/probed";
    asked.unix_socket = folder_.path() + "/control.sock";
    return request(asked).status;
  }
  [[nodiscard]] std::string metrics() const {
    ApiRequest asked;
    asked.url = "http://rhumb/metrics";
    asked.unix_socket = folder_.path() + "/control.sock";
    return request(asked).body;
  }
  // The process that starts the one that runs commands, and that one.
  [[nodiscard]] pid_t keeper() { return test::child_of(rhumb_.process().pid()); }
  [[nodiscard]] pid_t helper() { return test::child_of(keeper()); }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST_F(Words, EachKindOfCheckHasAReason) {
  EXPECT_THAT(out({"health"}),
              AllOf(ContainsRegex("london +SWITCH +healthy +[0-9a-z]+ +- +default healthy\n"),
                    ContainsRegex("paris +SWITCH +unhealthy +[0-9a-z]+ +- +default unhealthy\n"),
                    ContainsRegex("turned +EXEC +unhealthy .* inverted: its probe succeeded: exit "
                                  "status 0\n"),
                    ContainsRegex("off +TCP +healthy +[0-9a-z]+ +- +disabled: always healthy\n"),
                    ContainsRegex("beat +PUSH +unknown +[0-9a-z]+ +never +no push yet\n"),
                    ContainsRegex("mid +CALCULATED +healthy +[0-9a-z]+ +- +1 of 1 child healthy, "
                                  "needs 1\n"),
                    ContainsRegex("sites +CALCULATED .* 2 of 3 children healthy, needs 2; "
                                  "unhealthy: paris .default unhealthy.\n")));
  const JsonValue turned = rhumb_.json({"health", "turned"});
  EXPECT_TRUE(turned["inverted"].boolean());
  EXPECT_EQ(turned["reason"].text(), "inverted: its probe succeeded: exit status 0");
}

TEST_F(Words, AnOverriddenChildIsNamedWithItsOperatorsReason) {
  ASSERT_EQ(out({"override", "london", "unhealthy", "--reason", "disk full"}),
            "london is overridden: unhealthy, without end\n");
  const std::string why =
      "0 of 3 children healthy, needs 2; unhealthy: mid (0 of 1 child healthy), london (override: "
      "disk full), paris (default unhealthy)";
  EXPECT_EQ(rhumb_.json({"health", "sites"})["reason"].text(), why);
  EXPECT_THAT(out({"explain", "www.blog.test", "A", "--client", "192.0.2.1"}),
              ContainsRegex("sites unhealthy for [0-9a-z]+: 0 of 3 children healthy, needs 2; .*"
                            "london .override: disk full."));
  EXPECT_EQ(rhumb_.json({"health", "london"})["reason"].text(),
            "override: disk full; otherwise healthy: default healthy");
}

TEST_F(Words, MetricsTellHowManySetsOperatorsHaveTakenOut) {
  const std::string taken_out =
      "\nrhumb_group_sets_taken_out{zone=\"blog.test.\",name=\"www.blog.test.\",type=\"A\"} ";
  EXPECT_THAT(metrics(), HasSubstr(taken_out + "0\n"));
  ASSERT_EQ(rhumb_.command({"drain", "site=london"}).exit_code, 0);
  EXPECT_THAT(metrics(), HasSubstr(taken_out + "1\n"));
  ASSERT_EQ(rhumb_.command({"restore", "site=london"}).exit_code, 0);
  EXPECT_THAT(metrics(), HasSubstr(taken_out + "0\n"));
}

TEST_F(Words, AWordEndsInItsTimeWhileTheServerIsStopping) {
  rhumb_.rewrite(std::string(test::kZonesOfFolder) + "shutdownDelay: 1h\n");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  rhumb_.process().signal(SIGTERM);
  ASSERT_TRUE(rhumb_.process().wait_output(" stopping "));
  ASSERT_EQ(rhumb_.command({"override", "london", "unhealthy", "--for", "500ms"}).exit_code, 0);
  ASSERT_EQ(rhumb_.command({"drain", "site=london", "--for", "500ms"}).exit_code, 0);
  EXPECT_TRUE(rhumb_.process().wait_output("override ended id=london"));
  EXPECT_TRUE(rhumb_.process().wait_output("drain ended label=\"site=london\""));
  EXPECT_TRUE(test::wait_until(
      [&] { return rhumb_.addresses("www.blog.test") == std::vector<std::string>{"192.0.2.10"}; }));
  EXPECT_EQ(rhumb_.json({"health", "london"})["state"].text(), "healthy");
  rhumb_.process().signal(SIGTERM);  // the second one waits no more
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
}

TEST_F(Words, WhatIsProbedHearsNoOperator) {
  ASSERT_EQ(rhumb_.command({"override", "london", "unhealthy"}).exit_code, 0);
  EXPECT_EQ(rhumb_.json({"health", "sites"})["state"].text(), "unhealthy");
  EXPECT_EQ(rhumb_.json({"health", "sites"})["measured"].text(), "healthy");
  for (const char* const id : {"london", "mid", "sites"}) EXPECT_EQ(probed(id), 200) << id;
  ASSERT_EQ(rhumb_.command({"override", "london", "clear"}).exit_code, 0);
  ASSERT_EQ(rhumb_.command({"drain", "site=london"}).exit_code, 0);
  ASSERT_EQ(rhumb_.command({"override", "paris", "healthy"}).exit_code, 0);
  EXPECT_EQ(rhumb_.json({"health", "sites"})["state"].text(), "unhealthy");
  for (const char* const id : {"london", "mid", "sites"}) EXPECT_EQ(probed(id), 200) << id;
  EXPECT_EQ(probed("paris"), 503);
}

TEST_F(Words, AKilledHelperIsStartedAnewAndToldOnce) {
  EXPECT_EQ(rhumb_.json({"status"})["helperRestarts"].whole(), 0);
  kill(helper(), SIGKILL);
  EXPECT_TRUE(rhumb_.process().wait_output(
      " warn  the helper process ended and is started anew; what it was at has failed "
      "end=\"killed by signal 9 (Killed)\" times=1"));
  const auto before = rhumb_.json({"health", "disk"})["lastProbe"]["at"];
  EXPECT_TRUE(test::wait_until([&] {
    const auto disk = rhumb_.json({"health", "disk"});
    return disk["lastProbe"]["at"].text() != before.text() &&
           disk["lastProbe"]["reason"].text() == "exit status 0";
  }));
  const auto status = rhumb_.json({"status"});
  EXPECT_EQ(status["helperRestarts"].whole(), 1);
  EXPECT_EQ(status["helperLastEnd"].text(), "killed by signal 9 (Killed)");
  EXPECT_TRUE(status["helperError"].is_null());
  EXPECT_THAT(out({"status"}), HasSubstr("started anew 1 time, ended last: killed by signal 9"));
}

TEST_F(Words, ALostHelperIsAProblemThatIsToldAndNoVerdict) {
  kill(keeper(), SIGKILL);
  EXPECT_TRUE(rhumb_.process().wait_output("error the helper process is lost reason="));
  EXPECT_TRUE(test::wait_until([&] {
    return rhumb_.json({"health", "disk"})["reason"].text() ==
           "no data: the helper process is gone (restart rhumb); the check stays as it is";
  }));
  EXPECT_EQ(rhumb_.json({"health", "disk"})["state"].text(), "healthy");
  EXPECT_THAT(std::string(rhumb_.json({"status"})["helperError"].text()),
              HasSubstr("restart rhumb"));
  EXPECT_THAT(out({"status"}), HasSubstr("WARNING       the helper process is gone: EXEC checks "
                                         "get no data and stay as they are"));
}

}  // namespace
}  // namespace rhumb
