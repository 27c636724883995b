// What breaks while one rhumb takes another one's place, and whose the control socket is then: one
// of the two serves, operators reach it, and it says what went wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/privileges.h"
#include "tests/server/hostile_server.h"
#include "tests/support/faults.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

constexpr char kPatientConfig[] = "zones: [\"zones/*.yaml\"]\nstartupWait: 1h\n";

// Answers 200 once it is let.
class LateSite {
 public:
  LateSite()
      : server_([this](Connection& connection) {
          if (!connection.read_request()) return;
          may_answer_.wait(false);
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }) {}
  LateSite(const LateSite&) = delete;
  LateSite& operator=(const LateSite&) = delete;
  ~LateSite() { answer(); }
  void answer() {
    may_answer_ = true;
    may_answer_.notify_all();
  }
  [[nodiscard]] std::string check() const {
    return "- {id: late, type: HTTP, address: 127.0.0.1, port: " + std::to_string(server_.port()) +
           ", interval: 1h, timeout: 1h}\n";
  }

 private:
  std::atomic<bool> may_answer_ = false;
  HostileServer server_;
};

class ReplaceFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    write_zone("");
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  void write_zone(const std::string& checks) const {
    folder_.write("zones/a.yaml", test::yaml_zone("a.test", checks,
                                                  "- {name: www, type: A, values: [192.0.2.1]}\n"));
  }
  // One that has all that it is given at first, and waits for the site.
  [[nodiscard]] std::unique_ptr<test::Process> start_one_that_waits() const {
    write_zone(site_.check());
    auto successor = rhumb_.start_successor();
    EXPECT_TRUE(successor->wait_output("zones loaded")) << successor->output();
    return successor;
  }
  [[nodiscard]] bool answers() const {
    return rhumb_.addresses("www.a.test") == Strings{"192.0.2.1"};
  }
  [[nodiscard]] std::string socket() const { return folder_.path() + "/control.sock"; }

  LateSite site_;
  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, kPatientConfig};
};

TEST_F(ReplaceFaults, WhereTheOldOneIsStoppedMeanwhileTheNewOneIsReachedAllTheSame) {
  auto successor = start_one_that_waits();
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  site_.answer();
  ASSERT_TRUE(rhumb_.replace_by(std::move(successor)));
  EXPECT_TRUE(answers());
  EXPECT_EQ(rhumb_.command({"status"}).exit_code, 0);
  EXPECT_TRUE(rhumb_.replace()) << "and is replaced itself";
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  EXPECT_NE(access(socket().c_str(), F_OK), 0);
}

TEST_F(ReplaceFaults, ThatTheControlSocketIsGoneIsTold) {
  const auto successor = start_one_that_waits();
  ASSERT_EQ(unlink(socket().c_str()), 0);
  rhumb_.process().signal(SIGTERM);
  ASSERT_EQ(rhumb_.process().wait_exit(), 0);
  site_.answer();
  EXPECT_TRUE(successor->wait_output("no command reaches this server until a plain restart"));
  ASSERT_TRUE(successor->wait_output(" serving "));
  EXPECT_TRUE(answers());
}

TEST_F(ReplaceFaults, OneThatIsStoppedOnceTheNewOneHasGoneRemovesItsSocket) {
  const auto successor = start_one_that_waits();
  successor->signal(SIGKILL);
  ASSERT_TRUE(rhumb_.process().wait_output("no other rhumb has taken over; this one goes on"));
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  EXPECT_NE(access(socket().c_str(), F_OK), 0);
}

TEST_F(ReplaceFaults, WantOfADescriptorForTheStateIsTold) {
  constexpr std::uint64_t kFew = 16;
  const auto successor = start_one_that_waits();
  ASSERT_TRUE(test::set_most_descriptors(rhumb_.process().pid(), kFew));
  site_.answer();
  EXPECT_EQ(successor->wait_exit(), 1);
  const std::string reason = "the state cannot be handed over: memfd_create: Too many open files";
  EXPECT_THAT(successor->output(), HasSubstr(reason));
  EXPECT_TRUE(rhumb_.process().wait_output(reason)) << rhumb_.process().output();
  EXPECT_TRUE(answers());
  ASSERT_TRUE(test::set_most_descriptors(rhumb_.process().pid(), 1024));
  EXPECT_EQ(rhumb_.command({"status"}).exit_code, 0);
}

// Whose the control socket is.
class ReplaceByAnotherUser : public ReplaceFaults {
 protected:
  void SetUp() override {
    const std::string why_not = test::why_no_other_user();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
    write_zone("");
  }
  [[nodiscard]] ::testing::AssertionResult is_of(const std::string& user) const {
    struct stat found {};
    const auto wanted = find_user(user);
    if (!wanted.ok() || stat(socket().c_str(), &found) != 0) return ::testing::AssertionFailure();
    const bool is_his = found.st_uid == wanted.value().uid && found.st_gid == wanted.value().gid;
    return (is_his ? ::testing::AssertionSuccess() : ::testing::AssertionFailure())
           << found.st_uid << ":" << found.st_gid;
  }
};

TEST_F(ReplaceByAnotherUser, TheControlSocketIsHisAgainAndAgain) {
  rhumb_.start({}, {test::find_program("setpriv"), "--reuid", "nobody", "--regid", "nogroup",
                    "--clear-groups"});
  ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  ASSERT_TRUE(is_of("nobody"));
  for (const char* const user : {"daemon", "nobody", "root"}) {
    rhumb_.rewrite(kPatientConfig + ("user: " + std::string(user)) + "\n");
    ASSERT_TRUE(rhumb_.replace()) << user;
    EXPECT_TRUE(is_of(user)) << user;
    EXPECT_EQ(rhumb_.command({"status"}).exit_code, 0);
  }
  rhumb_.rewrite(kPatientConfig + std::string("user: daemon\n"));
  ASSERT_TRUE(rhumb_.replace());
  rhumb_.rewrite(kPatientConfig);
  ASSERT_TRUE(rhumb_.replace());
  EXPECT_TRUE(is_of("root")) << "who stays it";
}

}  // namespace
}  // namespace rhumb
