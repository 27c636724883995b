// What breaks while one rhumb takes another one's place: one of the two serves, operators reach it,
// and it says what went wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/hostile_server.h"
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

}  // namespace
}  // namespace rhumb
