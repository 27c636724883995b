// What code that an attacker has brought into the server could still do: each test does it, in a
// process of its own that is behind the server's own walls.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>

#include "server/confinement.h"
#include "server/instrumented.h"
#include "server/listeners.h"
#include "server/process_bounds.h"
#include "server/seccomp_filter.h"
#include "server/socket_address.h"
#include "tests/server/loaded.h"
#include "tests/support/process.h"
#include "tests/support/walled.h"

namespace rhumb {
namespace {

using test::in_child;
using ::testing::Contains;
using ::testing::Not;

const std::string kDead = "signal " + std::to_string(SIGSYS);
constexpr char kMayItself[] = "a sanitizer may do this itself";

// By what it ends when it does `act` under the list `calls`.
std::string end_under(Calls calls, const std::function<int()>& act) {
  return in_child([&] { return allow_only(calls) ? 99 : act(); });
}

int run_true() {
  char path[] = "/bin/true";
  char* words[] = {path, nullptr};
  execve(path, words, nullptr);
  return 1;
}

int open_to_write(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

int open_to_read(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

TEST(Seccomp, AnInjectedExecveDies) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  for (const Calls calls : {Calls::kServer, Calls::kServerWithState, Calls::kCompile}) {
    EXPECT_EQ(end_under(calls, run_true), kDead);
  }
}

TEST(Seccomp, AnInjectedForkDies) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  for (const Calls calls : {Calls::kServer, Calls::kServerWithState, Calls::kCompile}) {
    EXPECT_EQ(end_under(calls, [] { return _Fork() < 0 ? 1 : 0; }), kDead);
  }
}

TEST(Seccomp, AnInjectedOpenToWriteDiesWhereNothingIsToBeWritten) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  const test::TempDir folder;
  const auto act = [&] { return open_to_write(folder.path() + "/new"); };
  EXPECT_EQ(end_under(Calls::kServer, act), kDead);
  EXPECT_EQ(end_under(Calls::kCompile, act), kDead);
  EXPECT_EQ(end_under(Calls::kServerWithState, act), "exit 0") << "where it may is Landlock's";
}

TEST(Seccomp, AFileIsNotCutOffByReadingItNorGivenAnotherMode) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  const test::TempDir folder;
  const std::string path = folder.write("file", "precious");
  const auto opened_with = [&](int flags) {
    return end_under(Calls::kServerWithState, [&] {
      return open(path.c_str(), flags | O_CLOEXEC) < 0 ? errno : 0;  // NOLINT: it makes nothing
    });
  };
  for (const int flags : {O_RDONLY | O_TRUNC, O_ACCMODE, O_ACCMODE | O_TRUNC}) {
    EXPECT_EQ(opened_with(flags), kDead) << flags;
  }
  for (const int flags : {O_RDONLY, O_RDONLY | O_DIRECTORY, O_WRONLY, O_RDWR}) {
    EXPECT_NE(opened_with(flags), kDead) << flags;
  }
  EXPECT_EQ(test::read_file(path), "precious");
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto changes_by = [&](const std::function<int()>& act) {
    return end_under(Calls::kServerWithState, act);
  };
  EXPECT_EQ(changes_by([&] { return chmod(path.c_str(), 0666); }), kDead);
  EXPECT_EQ(changes_by([&] { return fchmod(file.get(), 0666); }), kDead);
  EXPECT_EQ(changes_by([&] { return fchmodat(AT_FDCWD, path.c_str(), 0666, 0); }), kDead);
}

TEST(Seccomp, ANewPortDies) {
  const auto act = [] {
    const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress address = to_socket_address(*Endpoint::parse("127.0.0.1:0"));
    return bind(fd.get(), address.get(), address.size);
  };
  EXPECT_EQ(end_under(Calls::kServerWithState, act), kDead);
}

TEST(Seccomp, ACompileHasNoSocketAtAll) {
  const auto act = [] { return Fd(socket(AF_INET, SOCK_STREAM, 0)).valid() ? 0 : 1; };
  EXPECT_EQ(end_under(Calls::kCompile, act), kDead);
  EXPECT_EQ(end_under(Calls::kServer, act), "exit 0") << "probes connect";
}

// glibc binds a netlink socket, if it gets one, to look at the interfaces.
TEST(Seccomp, ASocketOfAnotherFamilyIsRefusedAndNameServicesWork) {
  for (const int family : {AF_UNSPEC, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, -1}) {
    const auto act = [&] {
      return Fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)).valid() ? 0 : errno;
    };
    EXPECT_EQ(end_under(Calls::kServer, act), "exit " + std::to_string(EAFNOSUPPORT)) << family;
  }
  const auto look_up = [] {
    addrinfo hints{};
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    return getaddrinfo("localhost", "53", &hints, &found);
  };
  EXPECT_EQ(end_under(Calls::kServer, look_up), "exit 0");
}

TEST(Seccomp, ASignalToAnotherDies) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  const auto act = [] { return kill(getppid(), 0); };
  EXPECT_EQ(end_under(Calls::kServerWithState, act), kDead);
  const Fd parent = watch_process(getpid());
  ASSERT_TRUE(parent.valid());
  const auto by_descriptor = [&] {
    return static_cast<int>(syscall(SYS_pidfd_send_signal, parent.get(), 0, nullptr, 0));
  };
  EXPECT_EQ(end_under(Calls::kServerWithState, by_descriptor), kDead);
}

TEST(Seccomp, ATraceOfAnotherDies) {
  if (kIsInstrumented) GTEST_SKIP() << kMayItself;
  const auto act = [] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); };
  EXPECT_EQ(end_under(Calls::kServerWithState, act), kDead);
}

TEST(Seccomp, AThreadIsNoProcess) {
  EXPECT_EQ(end_under(Calls::kServer,
                      [] {
                        int done = 1;
                        std::thread([&] { done = 0; }).join();
                        return done;
                      }),
            "exit 0");
}

TEST(Seccomp, AServerStillReads) {
  EXPECT_EQ(end_under(Calls::kServer, [] { return open_to_read("/etc/passwd"); }), "exit 0");
}

// What a process may open that keeps to `places`; 99: the kernel has no Landlock.
std::string end_within(const std::vector<Beneath>& places, const std::function<int()>& act) {
  return in_child([&] { return open_only(places) ? 99 : act(); });
}

class Landlock : public ::testing::Test {
 protected:
  void SetUp() override {
    if (end_within({}, [] { return 0; }) == "exit 99") GTEST_SKIP() << "no Landlock here";
  }

  test::TempDir folder_;
  std::string inside_ = folder_.write("in/a", "a");
  std::string outside_ = folder_.write("out/b", "b");
  const std::string denied_ = "exit " + std::to_string(EACCES);
};

TEST_F(Landlock, AnOpenElsewhereIsRefused) {
  const std::vector<Beneath> places = {{folder_.path() + "/in", Grant::kRead}};
  EXPECT_EQ(end_within(places, [&] { return open_to_read(inside_); }), "exit 0");
  EXPECT_EQ(end_within(places, [&] { return open_to_read(outside_); }), denied_);
  EXPECT_EQ(end_within(places, [&] { return open_to_read("/etc/passwd"); }), denied_);
  EXPECT_EQ(end_within(places, [&] { return open_to_write(inside_ + "2"); }), denied_);
}

TEST_F(Landlock, AFileIsNamedForItself) {
  const std::vector<Beneath> places = {{inside_, Grant::kRead}, {"/no/such/file", Grant::kRead}};
  folder_.write("in/c", "c");
  EXPECT_EQ(end_within(places, [&] { return open_to_read(inside_); }), "exit 0");
  EXPECT_EQ(end_within(places, [&] { return open_to_read(folder_.path() + "/in/c"); }), denied_);
}

TEST_F(Landlock, StateIsWrittenRenamedAndRemoved) {
  const std::vector<Beneath> places = {{folder_.path() + "/in", Grant::kWrite}};
  EXPECT_EQ(end_within(places,
                       [&] {
                         const std::string made = inside_ + ".new";
                         if (const int code = open_to_write(made); code != 0) return code;
                         if (rename(made.c_str(), inside_.c_str()) != 0) return errno;
                         return unlink(inside_.c_str()) == 0 ? 0 : errno;
                       }),
            "exit 0");
}

TEST_F(Landlock, AServersPlacesHaveRoomForANewVersionBehindALink) {
  folder_.write("releases/1/zones/a.zone", test::small_zone("a.test"));
  const std::string new_version =
      folder_.write("releases/2/zones/a.zone", test::small_zone("a.test"));
  std::filesystem::create_directory_symlink(folder_.path() + "/releases/1",
                                            folder_.path() + "/in/current");
  const std::string config = folder_.write("in/rhumb.yaml", "zones: [\"current/zones/*.zone\"]\n");
  Diagnostics diagnostics;
  const auto loaded = load(config, nullptr, diagnostics);
  ASSERT_NE(loaded, nullptr);
  const auto places = places_of(*loaded);
  EXPECT_THAT(places, Contains(Beneath{folder_.path() + "/releases", Grant::kRead}));
  EXPECT_EQ(end_within(places, [&] { return open_to_read(new_version); }), "exit 0");
  EXPECT_EQ(end_within(places, [&] { return open_to_read(outside_); }), denied_);
}

TEST(Confinement, NamesEachPlaceThatReloadsAndProbesNeed) {
  const test::TempDir folder;
  folder.write("a.zone", test::small_zone("a.test"));
  folder.write("secrets/token", "word");
  folder.write("cas/ca.pem", "");
  std::filesystem::create_directory(folder.path() + "/state");
  const std::string config =
      folder.write("rhumb.yaml",
                   "zones: [a.zone]\nstateDirectory: state\ncontrolSocket: run/control.sock\n"
                   "http: {listen: \"127.0.0.1:8053\", tokenFile: secrets/token}\nhealthChecks:\n"
                   "- {id: a, type: HTTPS, address: 192.0.2.1, caFile: cas/ca.pem}\n");
  Diagnostics diagnostics;
  const auto loaded = load(config, nullptr, diagnostics);
  ASSERT_NE(loaded, nullptr) << to_string(diagnostics.all().at(0));
  const auto places = places_of(*loaded);
  const std::string& at = folder.path();
  for (const Beneath& wanted :
       {Beneath{at, Grant::kRead}, Beneath{at + "/secrets", Grant::kRead},
        Beneath{at + "/cas", Grant::kRead}, Beneath{at + "/state", Grant::kWrite},
        Beneath{at + "/run", Grant::kSocket}, Beneath{"/etc", Grant::kRead}}) {
    EXPECT_THAT(places, Contains(wanted)) << wanted.path;
  }
  EXPECT_THAT(places, Not(Contains(Beneath{at, Grant::kWrite})));
}

TEST(Confinement, WithoutAFolderForStateTheOneAboveIsWritten) {
  const test::TempDir folder;
  folder.write("a.zone", test::small_zone("a.test"));
  const std::string config = folder.write("rhumb.yaml", "zones: [a.zone]\nstateDirectory: state\n");
  Diagnostics diagnostics;
  const auto loaded = load(config, nullptr, diagnostics);
  ASSERT_NE(loaded, nullptr);
  EXPECT_THAT(places_of(*loaded), Contains(Beneath{folder.path(), Grant::kWrite}));
}

}  // namespace
}  // namespace rhumb
