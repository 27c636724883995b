// The real binary where memory ends: a load that does not fit is refused, and what was served
// stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/server/loaded.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

// A sanitizer needs an address space without a limit.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RHUMB_SANITIZED  // NOLINT(cppcoreguidelines-macro-usage)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RHUMB_SANITIZED  // NOLINT(cppcoreguidelines-macro-usage)
#endif
#endif

namespace rhumb {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr int kManyNames = 600'000;  // takes well over 32 MiB to load

std::size_t address_space_bytes(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  std::size_t pages = 0;
  statm >> pages;
  return pages * 4096;
}

class Memory : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef RHUMB_SANITIZED
    GTEST_SKIP() << "a sanitizer needs an address space without a limit";
#endif
    folder_.write("zones/a.zone", test::small_zone("a.example"));
  }
  void start() {
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  void write_large_zone() const {
    std::string text = test::small_zone("b.example");
    for (int i = 0; i < kManyNames; ++i) {
      text += "host" + std::to_string(i) + " A 192.0.2.1\n";
    }
    folder_.write("zones/b.zone", text);
  }
  // From now on the server may have this much more than it has.
  void leave(std::size_t bytes) {
    const pid_t pid = rhumb_.process().pid();
    const rlim_t most = address_space_bytes(pid) + bytes;
    const rlimit limit{most, RLIM_INFINITY};
    ASSERT_EQ(prlimit(pid, RLIMIT_AS, &limit, nullptr), 0);
  }
  void lift_limit() {
    const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(prlimit(rhumb_.process().pid(), RLIMIT_AS, &limit, nullptr), 0);
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, "zones: [\"zones/*\"]\n"};
};

TEST_F(Memory, AReloadThatDoesNotFitIsRefusedAndTheNextOneThatFitsIsTaken) {
  start();
  write_large_zone();
  leave(32 * kMiB);
  const test::Finished refused = rhumb_.command({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("there is not enough memory to load it and its zones"));
  EXPECT_EQ(rhumb_.addresses("ns1.a.example"), Strings{"192.0.2.53"});
  folder_.write("zones/b.zone", test::small_zone("b.example"));
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(rhumb_.addresses("ns1.b.example"), Strings{"192.0.2.53"});
}

// glob() among others runs out of it, and finds no file then.
TEST_F(Memory, AReloadSaysSoWhereverTheMemoryEnds) {
  start();
  for (int i = 0; i < 2'000; ++i) {
    const std::string apex = "z" + std::to_string(i) + ".example";
    folder_.write("zones/" + apex + ".zone", test::small_zone(apex));
  }
  for (const std::size_t mib : {1U, 8U, 9U, 10U, 11U, 12U}) {
    leave(mib * kMiB);
    const test::Finished refused = rhumb_.command({"reload"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, AnyOf(HasSubstr("no thread can be started to reload"),
                                   HasSubstr("there is not enough memory")));
  }
  lift_limit();
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
}

TEST_F(Memory, AReloadForWhichNoThreadCanBeStartedIsRefused) {
  start();
  leave(kMiB);
  const test::Finished refused = rhumb_.command({"reload"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("no thread can be started to reload"));
  EXPECT_EQ(rhumb_.addresses("ns1.a.example"), Strings{"192.0.2.53"});
  lift_limit();
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
}

TEST_F(Memory, AStartThatDoesNotFitIsOneLineAndExitCode1) {
  write_large_zone();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const rlimit limit{64 * kMiB, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const test::Finished check = test::run({test::rhumb_binary(), "check", "-c", rhumb_.config()});
  const test::Finished serve = test::run({test::rhumb_binary(), "serve", "-c", rhumb_.config()});
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(check.out,
              HasSubstr("there is not enough memory to load it and its zones\n1 error,"));
  EXPECT_EQ(serve.exit_code, 1);
  EXPECT_THAT(serve.err, HasSubstr("there is not enough memory to load it and its zones"));
}

}  // namespace
}  // namespace rhumb
