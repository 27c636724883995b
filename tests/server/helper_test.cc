#include "server/helper.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <thread>

#include "server/helper_process.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"
#include "tests/support/walled.h"

namespace rhumb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using Strings = std::vector<std::string>;

GeoPlace in_country(std::string_view country) {
  GeoPlace place;
  place.country = Code(country);
  return place;
}

// Location 0 for Germany, 1 for everyone else.
Rule german_rule() { return {{Area{.country = Code("DE")}, Area{}}}; }

std::string small_city() {
  test::MmdbWriter writer({.type = "Test-City"});
  writer.add("192.0.2.0/24", test::mmdb_city(in_country("DE")));
  writer.add("2001:db8::/32", test::mmdb_city(in_country("FR")));
  return writer.bytes();
}

std::vector<int> order_of(const ClientMap& map, std::string_view client) {
  const auto order = map.order_of(*IpAddress::parse(client));
  return {order.begin(), order.end()};
}

std::string failure_of(const CompileResult& result) {
  const auto* failure = std::get_if<CompileFailure>(&result);
  return failure == nullptr ? "" : failure->message;
}

// Lines of `ls -l`, as it were: what a process has open.
Strings open_file_names(pid_t pid) {
  Strings files;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    files.push_back(entry.path().filename().string() + " " +
                    std::filesystem::read_symlink(entry.path(), error).string());
  }
  std::ranges::sort(files);
  return files;
}

// The child that does a job, once it waits for something; 0: there is none such yet.
pid_t waiting_child_of(pid_t pid) {
  const pid_t child = test::child_of(pid);
  std::ifstream status("/proc/" + std::to_string(child) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  status >> number >> name >> state;
  return name == "(rhumb-job)" && state == "S" ? child : 0;
}

class HelperTest : public ::testing::Test {
 protected:
  // A job that needs `content` as its database.
  MapJob job(const std::string& content) {
    MapJob made;
    made.atlas.database = folder_.write("x.mmdb", content);
    made.rules = {german_rule()};
    made.special = true;
    return made;
  }
  // One whose database never opens: nobody writes into the pipe.
  MapJob endless_job() {
    MapJob made;
    made.atlas.database = folder_.path() + "/pipe.mmdb";
    mkfifo(made.atlas.database.c_str(), 0600);
    return made;
  }
  // Does this job, and this to the child that does it.
  template <typename Act>
  CompileResult compile_and(const MapJob& job, Act act) {
    auto result = std::async(std::launch::async, [&] { return helper_.compile(job, Haste::kNow); });
    EXPECT_TRUE(test::wait_until([&] { return waiting_child_of(helper_.pid()) > 0; }));
    act(test::child_of(helper_.pid()));
    return result.get();
  }

  test::TempDir folder_;
  Helper helper_;
};

TEST_F(HelperTest, CompilesWhatRuleAndDatabaseSay) {
  const CompileResult result = helper_.compile(job(small_city()), Haste::kNow);
  ASSERT_TRUE(std::holds_alternative<CompiledMaps>(result)) << failure_of(result);
  const auto& maps = std::get<CompiledMaps>(result);
  ASSERT_EQ(maps.of_rule.size(), 1U);
  EXPECT_THAT(order_of(*maps.of_rule[0], "192.0.2.1"), ElementsAre(0, 1));
  EXPECT_THAT(order_of(*maps.of_rule[0], "2001:db8::1"), ElementsAre(1));
  ASSERT_NE(maps.special, nullptr);
  EXPECT_THAT(order_of(*maps.special, "10.0.0.1"), ElementsAre(0));
  EXPECT_THAT(order_of(*maps.special, "1.1.1.1"), IsEmpty());
  EXPECT_EQ(maps.database, (DatabaseInfo{"Test-City", 1'700'000'000, 2}));
  EXPECT_EQ(maps.asn_database, std::nullopt);
}

TEST_F(HelperTest, WorksWhileTheServerIsBusyToo) {
  const CompileResult result = helper_.compile(job(small_city()), Haste::kIdle);
  EXPECT_EQ(failure_of(result), "");
}

TEST_F(HelperTest, NeedsNoDatabase) {
  MapJob none;
  none.rules = {german_rule()};
  const CompileResult result = helper_.compile(none, Haste::kNow);
  ASSERT_TRUE(std::holds_alternative<CompiledMaps>(result)) << failure_of(result);
  const auto& maps = std::get<CompiledMaps>(result);
  EXPECT_EQ(maps.special, nullptr);
  EXPECT_EQ(maps.database, std::nullopt);
  EXPECT_THAT(order_of(*maps.of_rule[0], "192.0.2.1"), ElementsAre(1));
}

TEST_F(HelperTest, SaysWhichDatabaseIsWrongAndWhy) {
  MapJob both = job(small_city());
  both.atlas.asn_database = both.atlas.database;
  const CompileResult result = helper_.compile(both, Haste::kNow);
  EXPECT_THAT(failure_of(result), HasSubstr("the database \"" + both.atlas.asn_database +
                                            "\" is of type \"Test-City\" and tells no network's "
                                            "AS number"));
  EXPECT_EQ(std::get<CompileFailure>(result).part, JobPart::kAsnDatabase);
  both.atlas.database = "/none.mmdb";
  EXPECT_EQ(failure_of(helper_.compile(both, Haste::kNow)),
            "the database \"/none.mmdb\" cannot be read: No such file or directory");
}

TEST_F(HelperTest, AKilledChildFailsItsJobAndNoOther) {
  const MapJob endless = endless_job();
  const CompileResult result = compile_and(endless, [](pid_t child) { kill(child, SIGSEGV); });
  EXPECT_EQ(failure_of(result), "the database \"" + endless.atlas.database +
                                    "\" could not be compiled: the process reading it was killed "
                                    "by signal 11 (Segmentation fault)");
  EXPECT_EQ(std::get<CompileFailure>(result).part, JobPart::kDatabase);
  EXPECT_EQ(failure_of(helper_.compile(job(small_city()), Haste::kNow)), "");
}

TEST_F(HelperTest, AJobThatTakesTooLongIsKilled) {
  Helper impatient({.wall_s = 1});
  const MapJob endless = endless_job();
  EXPECT_EQ(failure_of(impatient.compile(endless, Haste::kNow)),
            "the database \"" + endless.atlas.database +
                "\" could not be compiled: the process reading it took longer than it may");
}

TEST_F(HelperTest, AKilledHelperIsStartedAnew) {
  EXPECT_EQ(helper_.restarts().count, 0U);
  EXPECT_EQ(helper_.restarts().last_end, "");
  const pid_t first = helper_.pid();
  kill(first, SIGKILL);
  ASSERT_TRUE(test::wait_until([&] { return helper_.pid() != first; }));
  EXPECT_EQ(failure_of(helper_.compile(job(small_city()), Haste::kNow)), "");
  EXPECT_TRUE(test::wait_until([&] { return helper_.restarts().count == 1; }));
  EXPECT_EQ(helper_.restarts().last_end, "killed by signal 9 (Killed)");
  EXPECT_FALSE(helper_.is_gone());
  EXPECT_EQ(helper_.problem(), "");
}

// "Seccomp:\t2" of what /proc says of a process.
std::string status_of(pid_t pid) {
  return test::read_file("/proc/" + std::to_string(pid) + "/status");
}

rlimit limit_of(pid_t pid, __rlimit_resource resource) {
  rlimit limit{};
  EXPECT_EQ(prlimit(pid, resource, nullptr, &limit), 0) << resource;
  return limit;
}

TEST_F(HelperTest, AJobHasBoundsAndIsBehindAFilter) {
  MapJob endless = endless_job();
  endless.rules = {german_rule()};
  (void)compile_and(endless, [&](pid_t child) {
    EXPECT_THAT(status_of(child), HasSubstr("\nSeccomp:\t2\n"));
    EXPECT_THAT(status_of(child), HasSubstr("\nNoNewPrivs:\t1\n"));
    const JobLimits limits;
    const rlim_t cpu_s = limits.cpu_s + limits.cpu_rule_s;
    EXPECT_EQ(limit_of(child, RLIMIT_CPU).rlim_cur, cpu_s);
    EXPECT_EQ(limit_of(child, RLIMIT_CPU).rlim_max, cpu_s + 5);
    EXPECT_EQ(limit_of(child, RLIMIT_NOFILE).rlim_max, kMaxChildFiles);
    EXPECT_EQ(limit_of(child, RLIMIT_FSIZE).rlim_max, kMaxMapSize);
    EXPECT_EQ(limit_of(child, RLIMIT_CORE).rlim_max, 0U);
    if (!test::kSanitized) {
      EXPECT_EQ(limit_of(child, RLIMIT_AS).rlim_max, kMaxChildMemory);
    }
    kill(child, SIGKILL);
  });
}

// What a command of a check would see of the process that watches over it.
TEST_F(HelperTest, NeitherItNorItsKeeperShowsTheServersEnvironment) {
  EXPECT_THAT(test::read_file("/proc/self/environ"), HasSubstr("PATH="));
  for (const pid_t pid : {helper_.pid(), helper_.keeper_pid()}) {
    const std::string shown = test::read_file("/proc/" + std::to_string(pid) + "/environ");
    EXPECT_EQ(shown.find_first_not_of('\0'), std::string::npos) << shown;
  }
}

// How many processes another one's user may have for that to start one. Only that user may say so,
// or who has CAP_SYS_RESOURCE.
void allow_processes(pid_t pid, const User& user, rlim_t count) {
  const auto act = [&] {
    rlimit limit{};
    if (become(user) || prlimit(pid, RLIMIT_NPROC, nullptr, &limit) != 0) return 1;
    limit.rlim_cur = std::min(count, limit.rlim_max);
    return prlimit(pid, RLIMIT_NPROC, &limit, nullptr) == 0 ? 0 : 2;
  };
  ASSERT_EQ(test::in_child(act), "exit 0");
}

// Root's processes have no such limit, so that it has to be another user's.
TEST_F(HelperTest, OneThatCannotBeStartedNowIsToldAndTriedAgain) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else: run the tests as root";
  Helper late({}, HelperStart::kWhenTold);
  const User nobody = find_user("nobody").value();
  late.begin({.user = nobody, .confine = {}});
  ASSERT_NO_FATAL_FAILURE(allow_processes(late.keeper_pid(), nobody, 0));
  kill(late.pid(), SIGKILL);
  ASSERT_TRUE(test::wait_until([&] { return late.pid() == -1; }));
  EXPECT_EQ(late.problem(),
            "there can be no helper process now (Resource temporarily unavailable); it is tried "
            "every second: EXEC checks get no data and stay as they are, and no changed database "
            "can be read");
  EXPECT_FALSE(late.is_gone());
  EXPECT_EQ(late.restarts().count, 0U);
  EXPECT_EQ(receive_packet(late.news(), -1)->bytes, kHelperMissing);
  ASSERT_NO_FATAL_FAILURE(allow_processes(late.keeper_pid(), nobody, RLIM_INFINITY));
  EXPECT_EQ(receive_packet(late.news(), -1)->bytes, kHelperBegun);
  EXPECT_EQ(late.problem(), "");
  EXPECT_EQ(late.restarts().count, 1U);
  EXPECT_GT(late.pid(), 0);
}

TEST_F(HelperTest, OneThatStandsStillHoldsUpNoEnd) {
  auto other = std::make_unique<Helper>();
  const pid_t helper = other->pid();
  const pid_t keeper = other->keeper_pid();
  kill(helper, SIGSTOP);
  other.reset();
  EXPECT_FALSE(test::is_gone(keeper)) << "it ends with the server, which goes on here";
  kill(helper, SIGCONT);
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(helper) && test::is_gone(keeper); }));
  waitpid(keeper, nullptr, 0);
}

TEST_F(HelperTest, WhatAKilledHelperWasAtFailsAndWhatWaitedIsDone) {
  std::future<CompileResult> next;
  const CompileResult result = compile_and(endless_job(), [&](pid_t) {
    const pid_t first = helper_.pid();
    kill(first, SIGSTOP);
    next = std::async(std::launch::async,
                      [&] { return helper_.compile(job(small_city()), Haste::kNow); });
    kill(first, SIGKILL);
  });
  EXPECT_EQ(failure_of(result),
            "the helper process ended meanwhile, and is started anew: reload to try again");
  EXPECT_EQ(failure_of(next.get()), "");
}

TEST_F(HelperTest, ADeadKeeperIsAnErrorAndNoCrash) {
  kill(helper_.keeper_pid(), SIGKILL);
  ASSERT_TRUE(test::wait_until([&] { return test::is_gone(helper_.pid()); }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(failure_of(helper_.compile(job(small_city()), Haste::kNow)),
              "the helper process is gone; restart rhumb");
  }
}

TEST_F(HelperTest, StopEndsAJobThatIsUnderWay) {
  pid_t worker = 0;
  const CompileResult result = compile_and(endless_job(), [&](pid_t child) {
    worker = child;
    helper_.stop();
  });
  EXPECT_EQ(failure_of(result), "the helper process is gone; restart rhumb");
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(worker); }));
}

// And two copies of it, where the descriptors of a packet find room.
TEST_F(HelperTest, HoldsNoOtherFileThanItsSocket) {
  ASSERT_TRUE(test::wait_until([&] {
    const Strings files = open_file_names(helper_.pid());
    const auto has = [&](const char* what) {
      return std::ranges::count_if(
          files, [&](const std::string& file) { return file.find(what) != std::string::npos; });
    };
    return files.size() == 6 && files[0] == "0 /dev/null" && files[1] == "1 /dev/null" &&
           files[2].starts_with("2 ") && has(" socket:") >= 3;
  })) << ::testing::PrintToString(open_file_names(helper_.pid()));
}

// Its terms and the helper's requests are all that the keeper has.
TEST_F(HelperTest, ItsKeeperHoldsNoOtherFileThanTwoSockets) {
  EXPECT_TRUE(test::wait_until([&] { return test::open_files(helper_.keeper_pid()) == 5; }));
}

TEST_F(HelperTest, BeginsWhenItIsToldAndAsWhoIsWanted) {
  Helper late({}, HelperStart::kWhenTold);
  EXPECT_EQ(late.pid(), 0);
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else: run the tests as root";
  late.begin({.user = find_user("nobody").value(), .confine = {}});
  ASSERT_EQ(late.why_none(), "");
  for (const pid_t pid : {late.pid(), late.keeper_pid()}) {
    const std::string status = test::read_file("/proc/" + std::to_string(pid) + "/status");
    const std::string id = std::to_string(find_user("nobody").value().uid);
    EXPECT_THAT(status, HasSubstr("\nUid:\t" + id + "\t" + id + "\t" + id + "\t" + id));
    EXPECT_THAT(status, HasSubstr("\nCapBnd:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("\nNoNewPrivs:\t1"));
  }
  MapJob none;
  none.rules = {german_rule()};
  EXPECT_EQ(failure_of(late.compile(none, Haste::kNow)), "");
}

TEST(HelperTerms, ArriveAsTheyWereSent) {
  const HelperTerms terms{.user = User{.name = "", .uid = 7, .gid = 8, .groups = {8, 9}},
                          .confine = {.seccomp = false, .landlock = true}};
  EXPECT_EQ(unpack_terms(pack(terms)), terms);
  EXPECT_EQ(unpack_terms(pack(HelperTerms())), HelperTerms());
  EXPECT_EQ(unpack_terms("nonsense"), std::nullopt);
}

TEST_F(HelperTest, OutlivesNoServer) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t server = fork();
  if (server == 0) {
    const Helper helper;
    const pid_t pid = helper.pid();
    (void)!write(ends[1], &pid, sizeof pid);
    _exit(0);
  }
  pid_t helper = 0;
  ASSERT_EQ(read(ends[0], &helper, sizeof helper), static_cast<ssize_t>(sizeof helper));
  waitpid(server, nullptr, 0);
  EXPECT_TRUE(test::wait_until([&] { return test::is_gone(helper); }));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(HelperTest, AHundredCompilesLeaveNoFileOpen) {
  const MapJob good = job(small_city());
  MapJob bad = good;
  bad.atlas.database = "/none.mmdb";
  const auto both = [&] {
    EXPECT_EQ(failure_of(helper_.compile(good, Haste::kNow)), "");
    EXPECT_NE(failure_of(helper_.compile(bad, Haste::kNow)), "");
  };
  both();
  const std::size_t ours = open_file_names(getpid()).size();
  // It closes the job's when it has told its end.
  const auto none_left = [&] { return open_file_names(helper_.pid()).size() == 6; };
  EXPECT_TRUE(test::wait_until(none_left));
  for (int i = 0; i < 50; ++i) both();
  EXPECT_EQ(open_file_names(getpid()).size(), ours);
  EXPECT_TRUE(test::wait_until(none_left));
}

TEST_F(HelperTest, CarriesAHundredThousandPrefixes) {
  MapJob large;
  large.rules = {{{CidrLocation{"nets", "odd"}, CidrLocation{"nets", "*"}}}};
  auto& networks = large.atlas.collections["nets"].locations["odd"];
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::array<std::uint8_t, 4> bytes = {static_cast<std::uint8_t>(20 + i / 32'768),
                                               static_cast<std::uint8_t>(i / 128),
                                               static_cast<std::uint8_t>(i * 2 + 1), 0};
    networks.push_back(IpPrefix::of(IpAddress::v4(bytes), 24));
  }
  const CompileResult result = helper_.compile(large, Haste::kNow);
  ASSERT_TRUE(std::holds_alternative<CompiledMaps>(result)) << failure_of(result);
  const ClientMap& map = *std::get<CompiledMaps>(result).of_rule[0];
  EXPECT_THAT(order_of(map, "20.0.1.9"), ElementsAre(0, 1));
  EXPECT_THAT(order_of(map, "20.0.2.9"), ElementsAre(1));
  EXPECT_THAT(order_of(map, "23.13.63.1"), ElementsAre(0, 1));
}

// Never hurt by it: maps come of it, or a reason that names the file.
void expect_harmless(Helper& helper, const MapJob& job) {
  const std::string failure = failure_of(helper.compile(job, Haste::kNow));
  EXPECT_TRUE(failure.empty() ||
              failure.starts_with("the database \"" + job.atlas.database + "\" "))
      << failure;
}

const std::filesystem::path kMaxmindSamples = RHUMB_SOURCE_DIR "/../shared/geoip";

TEST_F(HelperTest, IsNotHurtByBadDatabases) {
  if (!std::filesystem::is_directory(kMaxmindSamples / "bad")) {
    GTEST_SKIP() << "MaxMind's test databases are not at " << kMaxmindSamples;
  }
  MapJob bad;
  bad.rules = {german_rule()};
  for (const auto& entry : std::filesystem::directory_iterator(kMaxmindSamples / "bad")) {
    bad.atlas.database = entry.path();
    const std::string failure = failure_of(helper_.compile(bad, Haste::kNow));
    std::cout << entry.path().filename().string() << ": "
              << (failure.empty() ? "loads" : failure.substr(failure.find("\" ") + 2)) << '\n';
    expect_harmless(helper_, bad);
  }
  EXPECT_EQ(failure_of(helper_.compile(job(small_city()), Haste::kNow)), "");
}

constexpr std::size_t kCutEvery = test::kSanitized ? 397 : 97;  // each is a process

TEST_F(HelperTest, IsNotHurtByTruncatedDatabases) {
  Strings whole = {small_city()};
  if (std::filesystem::is_directory(kMaxmindSamples)) {
    for (const char* name :
         {"GeoIP2-City-Test.mmdb", "GeoIP2-Country-Test.mmdb", "GeoLite2-City-Test.mmdb",
          "GeoLite2-Country-Test.mmdb", "GeoLite2-ASN-Test.mmdb"}) {
      whole.push_back(test::read_file(kMaxmindSamples / name));
    }
  } else {
    std::cout << "MaxMind's test databases are not at " << kMaxmindSamples << '\n';
  }
  int compiled = 0;
  for (const std::string& content : whole) {
    for (std::size_t size = 0; size < content.size(); size += kCutEvery) {
      expect_harmless(helper_, job(content.substr(0, size)));
      ++compiled;
    }
  }
  std::cout << compiled << " truncated databases\n";
  EXPECT_EQ(failure_of(helper_.compile(job(small_city()), Haste::kNow)), "");
}

}  // namespace
}  // namespace rhumb
