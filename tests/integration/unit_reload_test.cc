// What the unit's reload does, by its script as it is installed but for the paths.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/control_socket.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr char kSwitchZone[] =
    "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: valve, values: "
    "[192.0.2.1]}\n"
    "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: [192.0.2.2]}\n";

void put_in_place(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// The number that stands behind `what` in `text`; 0: there is none.
pid_t number_after(const std::string& text, const std::string& what) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + what.size());
}

class UnitReload : public ::testing::Test {
 protected:
  // Whose parent ends becomes a child of this test, as it would one of systemd.
  void SetUp() override {
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    folder_.write("zones/a.yaml",
                  test::yaml_zone("a.test", "- {id: valve, type: SWITCH}\n", kSwitchZone));
    std::string script =
        test::read_file(std::string(RHUMB_SOURCE_DIR) + "/deploy/systemd/rhumb-reload");
    const std::string socket = " --socket " + folder_.path() + "/control.sock";
    put_in_place(script, "/usr/bin/rhumb reload", "/usr/bin/rhumb reload" + socket);
    put_in_place(script, "/usr/bin/rhumb", test::rhumb_binary());
    script_ = folder_.write("rhumb-reload", script);
  }
  void TearDown() override {
    if (successor_ != 0) end_successor();
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  void end_successor() {
    kill(successor_, SIGTERM);
    int status = 0;
    EXPECT_EQ(waitpid(successor_, &status, 0), successor_);
    EXPECT_EQ(status, 0);
    successor_ = 0;
  }

  void serve() {
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  [[nodiscard]] std::unique_ptr<test::Process> begin_reload() const {
    return std::make_unique<test::Process>(
        Strings{"/usr/bin/env", "MAINPID=" + std::to_string(rhumb_.process().pid()), "sh", script_,
                "-c", rhumb_.config()});
  }
  // The process that takes the place of the first one, once it asks for it.
  [[nodiscard]] bool wait_successor() {
    if (!rhumb_.process().wait_output("another rhumb is to take over pid=")) return false;
    successor_ = number_after(rhumb_.process().output(), "is to take over pid=");
    return true;
  }

  test::TempDir folder_;
  std::string script_;
  pid_t successor_ = 0;
  test::Rhumb rhumb_{folder_, test::kZonesOfFolder};
};

TEST_F(UnitReload, ReadsTheFilesAgain) {
  ASSERT_NO_FATAL_FAILURE(serve());
  folder_.write("zones/b.yaml", test::yaml_zone("b.test", "", ""));
  EXPECT_EQ(begin_reload()->wait_exit(), 0);
  EXPECT_EQ(rhumb_.json({"zones"}).items().size(), 2U);
  EXPECT_THAT(rhumb_.process().output(), Not(HasSubstr("is to take over")));
  folder_.write("zones/b.yaml", "nonsense");
  const auto refused = begin_reload();
  EXPECT_EQ(refused->wait_exit(), 1);
  EXPECT_THAT(refused->output(), HasSubstr("b.yaml:1"));
}

TEST_F(UnitReload, ReplacesWhereOnlyAStartTakesUpWhatHasChanged) {
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_EQ(rhumb_.command({"override", "valve", "unhealthy"}).exit_code, 0);
  rhumb_.rewrite(std::string(test::kZonesOfFolder) + "workers: 3\n");
  const auto reload = begin_reload();
  ASSERT_TRUE(wait_successor()) << reload->output();
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  EXPECT_EQ(reload->wait_exit(), 0) << reload->output();
  EXPECT_EQ(rhumb_.json({"status"})["workers"].whole(), 3);
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
}

TEST_F(UnitReload, OfAnotherControlSocketItOnlySaysSo) {
  ASSERT_NO_FATAL_FAILURE(serve());
  folder_.write("rhumb.yaml", "listen: [\"" + to_string(rhumb_.endpoint()) +
                                  "\"]\ncontrolSocket: other.sock\nworkers: 3\n" +
                                  test::kZonesOfFolder);
  const auto reload = begin_reload();
  EXPECT_EQ(reload->wait_exit(), 0);
  EXPECT_THAT(reload->output(), HasSubstr("\"controlSocket\" has changed"));
  EXPECT_THAT(rhumb_.process().output(), Not(HasSubstr("is to take over")));
}

// The next one, which waits for checks as long as a test needs to look at it.
TEST_F(UnitReload, ASuccessorIsNoChildOfTheScript) {
  rhumb_.use_binary(folder_.path() + "/older-rhumb");
  std::filesystem::copy_file(test::rhumb_binary(), folder_.path() + "/older-rhumb");
  ASSERT_NO_FATAL_FAILURE(serve());
  const Endpoint silent = test::free_endpoint();
  const Result<Fd> never_answers = bind_http_socket(silent);
  ASSERT_TRUE(never_answers.ok());
  folder_.write("zones/b.yaml",
                test::yaml_zone("b.test",
                                "- {id: slow, type: HTTP, address: " + to_string(silent.address) +
                                    ", port: " + std::to_string(silent.port) +
                                    ", interval: 1h, timeout: 1h}\n",
                                ""));
  rhumb_.rewrite(std::string(test::kZonesOfFolder) + "startupWait: 1h\n");
  const auto reload = begin_reload();
  ASSERT_TRUE(wait_successor()) << reload->output();
  const std::string status = test::read_file("/proc/" + std::to_string(successor_) + "/status");
  EXPECT_EQ(number_after(status, "PPid:\t"), getpid());
  EXPECT_TRUE(reload->running());
  end_successor();
  EXPECT_EQ(reload->wait_exit(), 1) << "the old one stays";
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
}

}  // namespace
}  // namespace rhumb
