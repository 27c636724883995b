// What breaks around a server that runs: answers go on, the log says it once, and all is as before
// when it is over. Each fault is made for real.
#include "tests/support/faults.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/server/fake_dns.h"
#include "tests/server/hostile_server.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

constexpr char kSwitch[] = "healthChecks: [{id: valve, type: SWITCH}]\n";
constexpr std::int64_t kDayS = 86'400;
// The first ones of a server are of what lasts: none of them is free.
constexpr std::uint64_t kFewDescriptors = 16;

// Answers 200 to whoever asks, and counts.
class CountingSite {
 public:
  CountingSite()
      : server_([this](Connection& connection) {
          if (!connection.read_request()) return;
          ++asked_;
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
          connection.wait_for_end();
        }) {}
  [[nodiscard]] int asked() const { return asked_; }
  // `address` leads to 127.0.0.1.
  [[nodiscard]] std::string check(const std::string& address = "127.0.0.1") const {
    return "- {id: site, type: HTTP, address: " + address +
           ", port: " + std::to_string(server_.port()) +
           ", interval: 500ms, timeout: 500ms, failureThreshold: 2, recheckInterval: 100ms}\n";
  }

 private:
  std::atomic<int> asked_ = 0;
  HostileServer server_;
};

// Of the lines that say `what`.
std::set<std::string> days_of(const std::string& log, const std::string& what) {
  std::set<std::string> days;
  for (std::size_t at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) {
    days.insert(log.substr(log.rfind('\n', at) + 1, std::string("2026-11-29").size()));
  }
  return days;
}

class Faults : public ::testing::Test {
 protected:
  void write_zone(const std::string& check) const {
    folder_.write("zones/a.yaml",
                  test::yaml_zone("a.test", check,
                                  "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, "
                                  "healthCheckId: site, values: [192.0.2.1]}\n"
                                  "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, "
                                  "values: [192.0.2.2]}\n"));
  }
  void serve(const Strings& before = {}) {
    rhumb_.start({}, before);
    ASSERT_TRUE(rhumb_.wait_serving()) << log();
  }
  [[nodiscard]] std::string log() { return rhumb_.process().output(); }
  [[nodiscard]] std::size_t said(const std::string& what) { return test::count_in(log(), what); }
  [[nodiscard]] bool answers(bool by_tcp = false) const {
    const auto reply = test::ask(rhumb_.endpoint(), {.name = "www.a.test", .tcp = by_tcp}, 1000);
    return reply && reply->answer == Strings{"www.a.test. 5 A 192.0.2.1"};
  }
  // So many probes more than by now.
  [[nodiscard]] bool wait_probes(int count) const {
    const int until = site_.asked() + count;
    return test::wait_until([&] { return site_.asked() >= until; });
  }
  [[nodiscard]] pid_t pid() { return rhumb_.process().pid(); }
  [[nodiscard]] std::string state() const { return folder_.path() + "/state"; }
  // As the server sees it.
  [[nodiscard]] std::string state_seen() {
    return "/proc/" + std::to_string(pid()) + "/root" + state();
  }

  CountingSite site_;
  test::TempDir folder_;
  test::Rhumb rhumb_{
      folder_, std::string("workers: 1\nzones: [\"zones/*\"]\nstateDirectory: state\n") + kSwitch};
};

TEST_F(Faults, AFullDisk) {
  if (!test::may_mount()) GTEST_SKIP() << "no right to mount";
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve(
      test::with_mounts("mkdir " + state() + "\nmount -t tmpfs -o size=256k tmpfs " + state())));
  ASSERT_TRUE(test::wait_until(
      [&] { return access((state_seen() + "/last-good/files.jsonl").c_str(), F_OK) == 0; }));
  test::run({"dd", "if=/dev/zero", "of=" + state_seen() + "/filler", "bs=4096"});
  for (const char* verdict : {"unhealthy", "healthy", "unhealthy"}) {
    const auto done = rhumb_.command({"override", "valve", verdict});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr("warning: "));
    EXPECT_TRUE(answers());
  }
  write_zone("# " + std::string(100'000, 'x') + "\n" + site_.check());
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  ASSERT_TRUE(rhumb_.process().wait_output("the last good files cannot be kept"));
  EXPECT_THAT(log(), HasSubstr("No space left on device"));
  EXPECT_TRUE(answers());
  EXPECT_EQ(said("state cannot be kept"), 1U);
  EXPECT_EQ(said("the last good files cannot be kept"), 1U);
  EXPECT_FALSE(rhumb_.json({"status"})["stateError"].is_null());
  ASSERT_EQ(unlink((state_seen() + "/filler").c_str()), 0);
  EXPECT_TRUE(rhumb_.process().wait_output("state is kept again"));
  EXPECT_TRUE(rhumb_.process().wait_output("the last good files are kept again"));
  EXPECT_THAT(test::read_file(state_seen() + "/health.jsonl"), HasSubstr("\"override\":\"valve\""));
  EXPECT_TRUE(rhumb_.json({"status"})["stateError"].is_null());
}

TEST_F(Faults, AReadOnlyStateDirectory) {
  if (!test::may_mount()) GTEST_SKIP() << "no right to mount";
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(
      serve(test::with_mounts("mkdir -p " + state() + "\nmount --bind " + state() + " " + state() +
                              "\nmount -o remount,bind,ro " + state())));
  EXPECT_THAT(log(), HasSubstr("Read-only file system; nothing is kept until it can be written"));
  for (const char* verdict : {"unhealthy", "healthy"}) {
    EXPECT_THAT(rhumb_.command({"override", "valve", verdict}).err, HasSubstr("warning: "));
    EXPECT_TRUE(answers());
  }
  EXPECT_EQ(said("state cannot be kept"), 1U);
  ASSERT_TRUE(rhumb_.process().wait_output("the last good files cannot be kept"));
  const auto mended = test::run_among_mounts_of(pid(), "mount -o remount,bind,rw " + state());
  ASSERT_EQ(mended.exit_code, 0) << mended.err;
  EXPECT_TRUE(rhumb_.process().wait_output("state is kept again"));
  EXPECT_TRUE(rhumb_.process().wait_output("the last good files are kept again"));
  EXPECT_EQ(said("the last good files cannot be kept"), 1U);
}

TEST_F(Faults, NoDescriptorsLeft) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(wait_probes(2));
  const std::size_t before = test::open_files(pid());
  ASSERT_TRUE(test::set_most_descriptors(pid(), kFewDescriptors));
  ASSERT_TRUE(rhumb_.process().wait_output("check has no data id=site"));
  EXPECT_THAT(log(), HasSubstr("oo many open files"));
  EXPECT_FALSE(answers(true)) << "there is a descriptor for TCP";
  if (!test::kSanitized) {  // UBSan needs a descriptor to look at what a new thread is given
    rhumb_.process().signal(SIGHUP);
    EXPECT_TRUE(rhumb_.process().wait_output("reload refused"));
  }
  EXPECT_TRUE(answers()) << "that nothing can be probed is nothing against the site";
  ASSERT_TRUE(test::set_most_descriptors(pid(), 1024));
  EXPECT_TRUE(rhumb_.process().wait_output("check has data again id=site"));
  EXPECT_TRUE(test::wait_until([&] { return answers(true); }));
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(said("no descriptor is left for TCP connections"), 1U);
  EXPECT_EQ(said("check turned unhealthy"), 0U);
  EXPECT_TRUE(test::wait_until([&] { return test::open_files(pid()) <= before + 2; }))
      << test::open_files(pid()) << " and not " << before;
}

TEST_F(Faults, AClockThatIsSetByADayEitherWay) {
  const test::SetClock clock(RHUMB_SHIFTED_CLOCK);
  write_zone(site_.check() + "- {id: job, type: PUSH, expiresAfter: 1h}\n");
  ASSERT_NO_FATAL_FAILURE(serve(clock.words()));
  ASSERT_EQ(rhumb_.command({"override", "valve", "unhealthy", "--for", "1h"}).exit_code, 0);
  test::run({"curl", "-s", "-X", "PUT", "--unix-socket", folder_.path() + "/control.sock",
             "http://rhumb/api/v1/push/job"});
  ASSERT_EQ(rhumb_.json({"health", "job"})["state"].text(), "healthy");
  const std::size_t events = rhumb_.json({"events"}).items().size();
  std::size_t reloads = 0;
  for (const std::int64_t shift_s : {kDayS, -kDayS, std::int64_t{0}}) {
    clock.shift(shift_s);
    EXPECT_TRUE(wait_probes(3)) << shift_s;
    EXPECT_TRUE(answers()) << shift_s;
    EXPECT_TRUE(answers(true)) << shift_s;
    EXPECT_EQ(rhumb_.json({"health", "valve"})["state"].text(), "unhealthy") << shift_s;
    EXPECT_EQ(rhumb_.json({"health", "job"})["state"].text(), "healthy") << shift_s;
    EXPECT_EQ(rhumb_.json({"events"}).items().size(), events + reloads);
    EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0) << shift_s;  // a line with the time
    ++reloads;
  }
  EXPECT_EQ(days_of(log(), " reloaded ").size(), 3U) << "the log shows the system's time\n"
                                                     << log();
}

TEST_F(Faults, AResolverThatIsGone) {
  if (!test::may_mount()) GTEST_SKIP() << "no right to mount";
  const std::string address = test::own_address(3);
  auto dns = std::make_unique<FakeDns>(address, 53);
  dns->set("www.target.test", {.rcode = 0, .addresses = {ip("127.0.0.1")}, .silent = false});
  const std::string conf = folder_.write("resolv.conf", "nameserver " + address + "\n");
  write_zone(site_.check("www.target.test"));
  ASSERT_NO_FATAL_FAILURE(serve(test::with_mounts("mount --bind " + conf + " /etc/resolv.conf")));
  ASSERT_TRUE(wait_probes(2));
  dns->set("www.target.test", {.rcode = 0, .addresses = {}, .silent = true});
  const int queries = dns->queries();
  EXPECT_TRUE(test::wait_until([&] { return dns->queries() > queries; }));
  EXPECT_TRUE(wait_probes(5)) << "silent";
  EXPECT_TRUE(answers());
  EXPECT_TRUE(rhumb_.process().wait_output("names of checks cannot be looked up"));
  dns.reset();
  EXPECT_TRUE(wait_probes(5)) << "nobody there";
  EXPECT_TRUE(answers());
  EXPECT_EQ(said("check turned unhealthy"), 0U);
  dns = std::make_unique<FakeDns>(address, 53);
  dns->set("www.target.test", {.rcode = 0, .addresses = {ip("127.0.0.1")}, .silent = false});
  EXPECT_TRUE(test::wait_until([&] { return dns->queries() > 0; }));
  EXPECT_TRUE(wait_probes(2));
  EXPECT_TRUE(answers());
  EXPECT_TRUE(rhumb_.process().wait_output("names of checks are looked up again"));
  EXPECT_EQ(said("names of checks cannot be looked up"), 1U);
}

// A socket that does not wait has no datagram most of the time, which is an error to a worker.
TEST_F(Faults, AnErrorToReceiveInAWorker) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  const auto sockets = test::sockets_of(pid(), rhumb_.endpoint(), SocketKind::kUdp);
  if (sockets.empty()) GTEST_SKIP() << "no right to another process's sockets";
  const int flags = fcntl(sockets[0].get(), F_GETFL);
  ASSERT_EQ(fcntl(sockets[0].get(), F_SETFL, flags | O_NONBLOCK), 0);
  EXPECT_TRUE(answers());  // ends the wait that was begun before
  ASSERT_TRUE(rhumb_.process().wait_output("cannot receive address="));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(answers()) << i;
  ASSERT_EQ(fcntl(sockets[0].get(), F_SETFL, flags), 0);
  EXPECT_TRUE(test::wait_until([&] { return answers() && said("receives again") == 1; }));
  EXPECT_EQ(said("cannot receive"), 1U);
}

TEST_F(Faults, AUdpSocketThatIsShutDown) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  const auto sockets = test::sockets_of(pid(), rhumb_.endpoint(), SocketKind::kUdp);
  if (sockets.empty()) GTEST_SKIP() << "no right to another process's sockets";
  shutdown(sockets[0].get(), SHUT_RD);  // which says that it is not connected, and does it
  ASSERT_TRUE(rhumb_.process().wait_output("cannot receive address="));
  EXPECT_TRUE(answers(true));
  EXPECT_TRUE(wait_probes(5));
  EXPECT_EQ(said("cannot receive"), 1U);
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0) << log();
}

TEST_F(Faults, ATcpListenerThatIsShutDown) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(answers(true));
  const auto sockets = test::sockets_of(pid(), rhumb_.endpoint(), SocketKind::kTcp);
  if (sockets.empty()) GTEST_SKIP() << "no right to another process's sockets";
  ASSERT_EQ(shutdown(sockets[0].get(), SHUT_RD), 0);
  ASSERT_TRUE(rhumb_.process().wait_output("cannot accept connections"));
  EXPECT_TRUE(answers());
  EXPECT_TRUE(test::wait_until([&] { return answers(true); })) << "it listens anew";
  EXPECT_TRUE(
      test::wait_until([&] { return answers(true) && said("accepts connections again") == 1; }));
  EXPECT_EQ(said("cannot accept connections"), 1U);
}

// A pipe that is full, and whose reader reads nothing.
TEST_F(Faults, AStandardErrorThatNobodyReads) {
  write_zone(site_.check());
  const std::string pipe = folder_.path() + "/stderr";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  rhumb_.start({}, {test::find_program("bash"), "-c", R"(exec "$@" 2<>"$0")", pipe});
  ASSERT_TRUE(test::wait_until([this] { return answers(); }));
  const Fd end(open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  const std::string noise(4096, '\n');
  for (std::size_t size = noise.size(); size > 0; size /= 2) {
    while (write(end.get(), noise.data(), size) > 0) {
    }
  }
  EXPECT_EQ(rhumb_.command({"override", "valve", "unhealthy"}).exit_code, 0);
  EXPECT_TRUE(answers());
  rhumb_.process().signal(SIGTERM);
  EXPECT_EQ(rhumb_.process().wait_exit(), 0);
}

TEST_F(Faults, NoFileMayGrow) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve({test::find_program("bash"), "-c",
                                 R"(exec 2> >(exec cat >&2); ulimit -f 0; exec "$0" "$@")"}));
  EXPECT_THAT(rhumb_.command({"override", "valve", "unhealthy"}).err, HasSubstr("warning: "));
  EXPECT_TRUE(rhumb_.process().wait_output("File too large"));
  EXPECT_TRUE(answers());
}

TEST_F(Faults, AStateDirectoryThatIsMadeAgain) {
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  if (log().find("landlock") == std::string::npos) GTEST_SKIP() << "no Landlock here";
  std::filesystem::rename(state(), state() + ".gone");
  std::filesystem::create_directory(state());
  EXPECT_THAT(rhumb_.command({"override", "valve", "unhealthy"}).err, HasSubstr("warning: "));
  EXPECT_TRUE(rhumb_.process().wait_output(
      "the folder of the start is gone, and a restart takes another one in"));
  EXPECT_TRUE(answers());
}

TEST_F(Faults, NoDescriptorsLeftIsToldOnceForAllWorkers) {
  rhumb_.rewrite("workers: 2\nzones: [\"zones/*\"]\n");
  write_zone(site_.check());
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(test::set_most_descriptors(pid(), kFewDescriptors));
  for (int i = 0; i < 8; ++i) {  // from as many ports, for both workers
    EXPECT_FALSE(test::ask(rhumb_.endpoint(), {.name = "www.a.test", .tcp = true}, 100));
  }
  ASSERT_TRUE(rhumb_.process().wait_output("no descriptor is left for TCP connections"));
  ASSERT_TRUE(test::set_most_descriptors(pid(), 1024));
  EXPECT_TRUE(test::wait_until(
      [&] { return answers(true) && said("descriptors are left for TCP connections again") > 0; }));
  EXPECT_EQ(said("no descriptor is left for TCP connections"), 1U);
  EXPECT_EQ(said("descriptors are left for TCP connections again"), 1U);
}

}  // namespace
}  // namespace rhumb
