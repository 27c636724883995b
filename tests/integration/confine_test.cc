// The real binary behind its walls: who it is, what it holds, what it can no longer open, and that
// all it is for still works there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/certificate.h"
#include "tests/support/dns_client.h"
#include "tests/support/faults.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/walled.h"

namespace rhumb {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr char kUser[] = "nobody";
constexpr char kConfig[] = "user: nobody\nzones: [\"zones/*\"]\nstateDirectory: state\n";
constexpr char kNone[] = "0000000000000000";
const Strings kCapabilitySets = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};

std::string zone(const std::string& apex, const std::string& value) {
  return test::yaml_zone(apex, "", "- {name: www, type: A, values: [" + value + "]}\n");
}

using Status = std::map<std::string, std::string>;

// What /proc says, by its words.
Status status_at(const fs::path& folder) {
  Status status;
  std::ifstream lines(folder / "status");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) status[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return status;
}

std::vector<Status> threads_of(pid_t pid) {
  std::vector<Status> threads;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    threads.push_back(status_at(task.path()));
  }
  return threads;
}

std::string number_of_user() {
  const passwd* const found = getpwnam(kUser);
  return found == nullptr ? "" : std::to_string(found->pw_uid);
}

void expect_nobody(const Status& status) {
  const std::string id = number_of_user();
  EXPECT_EQ(status.at("Uid"), id + "\t" + id + "\t" + id + "\t" + id) << status.at("Name");
  for (const std::string& set : kCapabilitySets) EXPECT_EQ(status.at(set), kNone) << set;
  EXPECT_EQ(status.at("NoNewPrivs"), "1") << status.at("Name");
}

class Confine : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string why_not = test::why_no_other_user();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    ASSERT_NE(number_of_user(), "");
    ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
    ASSERT_EQ(chmod(elsewhere_.path().c_str(), 0755), 0);
    folder_.write("zones/a.yaml", zone("a.test", "192.0.2.1"));
  }
  void start() {
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  [[nodiscard]] std::string reload() const { return rhumb_.command({"reload"}).err; }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  test::TempDir folder_;
  test::TempDir elsewhere_;
  test::Rhumb rhumb_{folder_, kConfig};
};

TEST_F(Confine, EveryThreadIsTheUserWithoutPrivilegesAndBehindAFilter) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_THAT(rhumb_.process().output(), HasSubstr("confined=user,seccomp,landlock"));
  const auto threads = threads_of(rhumb_.process().pid());
  EXPECT_GE(threads.size(), 5U);
  for (const Status& thread : threads) {
    expect_nobody(thread);
    EXPECT_EQ(thread.at("Seccomp"), "2") << thread.at("Name");
  }
  const pid_t keeper = test::child_of(rhumb_.process().pid());
  const pid_t helper = test::child_of(keeper);
  ASSERT_GT(helper, 0);
  for (const pid_t pid : {keeper, helper}) {
    expect_nobody(status_at("/proc/" + std::to_string(pid)));
  }
}

TEST_F(Confine, TheHealthThreadIsUrgentAllTheSame) {
  if (!test::may_allow_nice()) GTEST_SKIP() << test::kNeedsNice;
  ASSERT_NO_FATAL_FAILURE(start());
  for (const auto& task :
       fs::directory_iterator("/proc/" + std::to_string(rhumb_.process().pid()) + "/task")) {
    if (status_at(task.path()).at("Name") != "health") continue;
    std::ifstream stat(task.path() / "stat");
    std::string word;
    for (int i = 0; i < 19; ++i) stat >> word;
    EXPECT_EQ(word, "-15");
    return;
  }
  FAIL() << "there is no health thread";
}

TEST_F(Confine, TheSocketAndTheStateAreTheUsers) {
  ASSERT_NO_FATAL_FAILURE(start());
  struct stat status {};
  ASSERT_EQ(stat(path("control.sock").c_str(), &status), 0);
  EXPECT_EQ(std::to_string(status.st_uid), number_of_user());
  EXPECT_EQ(status.st_gid, getpwnam(kUser)->pw_gid);
  EXPECT_EQ(status.st_mode & 07777U, 0660U);
  ASSERT_EQ(stat(path("state").c_str(), &status), 0);
  EXPECT_EQ(std::to_string(status.st_uid), number_of_user());
  EXPECT_TRUE(test::wait_until([&] { return fs::exists(path("state/serials.jsonl")); }));
}

TEST_F(Confine, AFolderThatIsMadeForTheSocketIsTheUsersAndIsLeftEmpty) {
  const std::string config =
      folder_.write("other.yaml", "listen: [\"" + to_string(rhumb_.endpoint()) +
                                      "\"]\ncontrolSocket: run/c.sock\n" + std::string(kConfig));
  test::Process server({test::rhumb_binary(), "serve", "-c", config});
  ASSERT_TRUE(server.wait_output("serving")) << server.output();
  struct stat status {};
  ASSERT_EQ(stat(path("run").c_str(), &status), 0);
  EXPECT_EQ(std::to_string(status.st_uid), number_of_user());
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait_exit(), 0);
  EXPECT_TRUE(fs::is_empty(path("run")));
}

TEST_F(Confine, AReloadReadsWhatLiesWhereItMay) {
  ASSERT_NO_FATAL_FAILURE(start());
  folder_.write("zones/a.yaml", zone("a.test", "192.0.2.2"));
  folder_.write("more/b.yaml", zone("b.test", "192.0.2.3"));
  rhumb_.rewrite(std::string(kConfig) + "edns: {nsid: x}\n");
  EXPECT_EQ(reload(), "");
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
}

TEST_F(Confine, AReloadThatNamesAnotherFolderSaysThatItNeedsARestart) {
  ASSERT_NO_FATAL_FAILURE(start());
  const std::string other = elsewhere_.write("b.yaml", zone("b.test", "192.0.2.3"));
  constexpr char kSays[] =
      "it lies outside the folders that this process keeps to since its start; a restart takes it "
      "in";
  for (const std::string& named : {other, elsewhere_.path() + "/*.yaml"}) {
    rhumb_.rewrite("user: nobody\nstateDirectory: state\nzones: [\"zones/*\", \"" + named +
                   "\"]\n");
    EXPECT_THAT(reload(), HasSubstr(kSays)) << named;
    EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
  }
  rhumb_.kill();
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(rhumb_.addresses("www.b.test"), Strings{"192.0.2.3"});
}

TEST_F(Confine, AnotherUserNeedsARestart) {
  ASSERT_NO_FATAL_FAILURE(start());
  rhumb_.rewrite(
      "user: root\nzones: [\"zones/*\"]\nstateDirectory: state\nconfine: {seccomp: false}\n");
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  const std::string output = rhumb_.process().output();
  EXPECT_THAT(output, HasSubstr("\"user\" has changed; it takes effect with a restart"));
  EXPECT_THAT(output, HasSubstr("\"confine\" has changed; it takes effect with a restart"));
}

TEST_F(Confine, AFileThatTheUserCannotReadIsAnErrorThatNamesBoth) {
  const std::string secret = folder_.write("zones/secret.yaml", zone("b.test", "192.0.2.3"));
  ASSERT_EQ(chmod(secret.c_str(), 0600), 0);
  const auto refused = test::run({test::rhumb_binary(), "serve", "-c", rhumb_.config()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("cannot be read: Permission denied for the user \"nobody\""));
  EXPECT_THAT(refused.err, HasSubstr("zones/secret.yaml"));
  EXPECT_THAT(refused.err, Not(HasSubstr("serving")));
}

TEST_F(Confine, AUserThatIsNotThereIsOneErrorWithItsPlace) {
  rhumb_.rewrite("user: no-such-user\nzones: [\"zones/*\"]\n");
  const auto refused = test::run({test::rhumb_binary(), "serve", "-c", rhumb_.config()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, ContainsRegex("error there is no user .*no-such-user.* on this system "
                                         "place=.*rhumb.yaml:3:7"));
  EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1);
  const auto checked = test::run({test::rhumb_binary(), "check", "-c", rhumb_.config()});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_THAT(checked.out, HasSubstr("rhumb.yaml:3:7: warning: there is no user \"no-such-user\""));
}

TEST_F(Confine, OnlyRootBecomesAnother) {
  const std::string setpriv = test::find_program("setpriv");
  ASSERT_NE(setpriv, "");
  ASSERT_EQ(chown(folder_.path().c_str(), getpwnam(kUser)->pw_uid, getpwnam(kUser)->pw_gid), 0);
  const Strings as_nobody = {
      setpriv, "--reuid", number_of_user(), "--clear-groups", test::rhumb_binary(),
      "serve", "-c",      rhumb_.config()};
  rhumb_.rewrite("user: root\nzones: [\"zones/*\"]\n");
  const auto refused = test::run(as_nobody);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("only root can become the user"));
  rhumb_.rewrite(kConfig);
  test::Process server(as_nobody);
  EXPECT_TRUE(server.wait_output("serving")) << server.output();
  EXPECT_THAT(server.output(), HasSubstr("confined=user,seccomp,landlock"));
}

TEST_F(Confine, TheWallsCanBeTakenDown) {
  rhumb_.rewrite("zones: [\"zones/*\"]\nconfine: {seccomp: false, landlock: false}\n");
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_THAT(rhumb_.process().output(), HasSubstr("confined=nothing"));
  const std::string other = elsewhere_.write("b.yaml", zone("b.test", "192.0.2.3"));
  rhumb_.rewrite("zones: [\"" + other + "\"]\nconfine: {seccomp: false, landlock: false}\n");
  EXPECT_EQ(reload(), "");
  EXPECT_EQ(rhumb_.addresses("www.b.test"), Strings{"192.0.2.3"});
}

// The text with other words in it, and as long as before by a comment at its end.
std::string instead(std::string text, const std::string& words, const std::string& others) {
  const std::size_t size = text.size();
  text.replace(text.find(words), words.size(), others);
  text.resize(size);
  return text;
}

// The copy is the user's, who may write into it what he likes.
TEST_F(Confine, RootMakesNoFolderThatTheLastGoodFilesAloneName) {
  rhumb_.rewrite(std::string(kConfig) + "# " + std::string(200, 'x'));
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(test::wait_until([&] { return fs::exists(path("state/last-good/files.jsonl")); }));
  rhumb_.kill();
  const std::string good = test::read_file(rhumb_.config());
  rhumb_.rewrite(std::string(kConfig) + "log: {level: info\n");
  const std::string made = elsewhere_.path() + "/made";
  const auto serve_with = [&](const std::string& words, const std::string& others) {
    std::ofstream(path("state/last-good/1")) << instead(good, words, others);
    test::Process server({test::rhumb_binary(), "serve", "--last-good", "-c", rhumb_.config()});
    (void)test::wait_until([&] {
      return !server.running() || server.output().find(" serving ") != std::string::npos;
    });
    return server.output();
  };
  EXPECT_THAT(serve_with("stateDirectory: state", "stateDirectory: " + made),
              HasSubstr("the last good ones are served"));
  EXPECT_FALSE(fs::exists(made));
  EXPECT_THAT(serve_with(path("control.sock"), made + "/control.sock"),
              AllOf(HasSubstr("the folder of their controlSocket"),
                    HasSubstr("is not there, and root makes none")));
  EXPECT_FALSE(fs::exists(made));
}

// By name, over TLS, with a file of CAs: all that a probe may have to open.
TEST_F(Confine, AnHttpsCheckByNameStillWorks) {
  ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
  const auto made = test::make_certificate(folder_, "good", "127.0.0.1,DNS:localhost");
  ASSERT_EQ(chmod(made.certificate.c_str(), 0644), 0);
  const std::uint16_t port = test::free_port("127.0.0.1");
  test::Nginx nginx("127.0.0.1", port, "all is well");
  nginx.use_tls(made.certificate, made.key);
  nginx.start();
  folder_.write(
      "zones/a.yaml",
      test::yaml_zone("a.test",
                      "- {id: site, type: HTTPS, address: localhost, family: v4, host: localhost, "
                      "caFile: ../good.pem, port: " +
                          std::to_string(port) + ", interval: 200ms}\n",
                      "- {name: www, type: A, healthCheckId: site, values: [192.0.2.1]}\n"));
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_TRUE(test::wait_until([&] {
    return rhumb_.json({"health", "site"})["lastProbe"]["ok"].boolean();
  })) << rhumb_.command({"health", "site"}).out;
}

TEST_F(Confine, ACommandRunsAsTheUser) {
  folder_.write(
      "zones/a.yaml",
      test::yaml_zone("a.test",
                      "- {id: who, type: EXEC, command: [/usr/bin/id, -un], interval: 200ms}\n",
                      "- {name: www, type: A, healthCheckId: who, values: [192.0.2.1]}\n"));
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_TRUE(test::wait_until([&] {
    return rhumb_.json({"health", "who"})["lastProbe"]["reason"].text() ==
           "exit status 0: \"nobody\"";
  }));
}

}  // namespace
}  // namespace rhumb
