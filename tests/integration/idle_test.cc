// Ten thousand strangers who connect to http.listen of the real binary and say nothing: names are
// answered, memory and files are bounded, and who operates the server is served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "server/control.h"
#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/steady_load.h"

namespace rhumb {
namespace {

using Strings = std::vector<std::string>;

constexpr std::size_t kStrangers = 10'000;
// Each takes fewer than one address may have, so that no one's place is refused for his own sake.
constexpr std::size_t kStrangersOfAddress = 20;
constexpr std::size_t kOwnFiles = 1'000;
constexpr std::size_t kGrowthOfIdleKib = 16'384;
constexpr std::size_t kMostFilesOfServer = 256;
constexpr int kAnswersWanted = 500;

// As many files as this process may have.
rlim_t raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// One stranger, from an address of the loopback that he shares with few. He does not wait until he
// is let in.
Fd stranger(std::size_t number, const Endpoint& server) {
  const std::size_t address = number / kStrangersOfAddress;
  const std::string from =
      "127.251." + std::to_string(address / 250) + "." + std::to_string(1 + address % 250);
  const SocketAddress own = to_socket_address({IpAddress::parse(from).value(), 0});
  const SocketAddress peer = to_socket_address(server);
  Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_EQ(bind(client.get(), own.get(), own.size), 0);
  const int connected = connect(client.get(), peer.get(), peer.size);
  EXPECT_TRUE(connected == 0 || errno == EINPROGRESS) << errno;
  return client;
}

TEST(Idle, TenThousandConnectionsStopNeitherAnswersNorOperators) {
  if (raise_file_limit() < kStrangers + kOwnFiles) GTEST_SKIP() << "too few files are allowed";
  test::limit_sanitizer_memory();
  const test::TempDir folder;
  folder.write("zones/a.yaml",
               test::yaml_zone("a.test", "", "- {name: www, type: A, values: [192.0.2.1]}\n"));
  const Endpoint http{IpAddress::parse(test::own_address()).value(),
                      test::free_port(test::own_address())};
  test::Rhumb rhumb(folder, "zones: [\"zones/*\"]\nhttp: {listen: \"" + to_string(http) + "\"}\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  const pid_t pid = rhumb.process().pid();
  const auto judge = [](const test::Reply& reply) {
    return reply.rcode == "NOERROR" && reply.answer.size() == 1 ? "" : "no answer: " + reply.rcode;
  };
  ASSERT_EQ(rhumb.command({"status"}).exit_code, 0);
  const std::size_t before_kib = test::resident_kib(pid);
  test::SteadyLoad load(rhumb.endpoint(), {"www.a.test"}, judge);
  std::vector<Fd> strangers;
  for (std::size_t i = 0; i < kStrangers; ++i) strangers.push_back(stranger(i, http));
  const int answered = load.answered();
  EXPECT_TRUE(test::wait_until([&] { return load.answered() >= answered + kAnswersWanted; }));
  EXPECT_EQ(rhumb.command({"drain", "site=x"}).exit_code, 0);
  EXPECT_EQ(rhumb.command({"status"}).exit_code, 0);
  EXPECT_LE(test::open_files(pid), kMostFilesOfServer);
  EXPECT_LE(test::resident_kib(pid), before_kib + kGrowthOfIdleKib);
  load.stop();
  EXPECT_EQ(load.wrong(), Strings{});
  EXPECT_EQ(load.lost(), 0);
  strangers.clear();
  EXPECT_TRUE(test::wait_until([&] {
    const test::Finished status =
        test::run({test::rhumb_binary(), "status", "--server", "http://" + to_string(http)});
    return status.exit_code == 0;
  }));
}

}  // namespace
}  // namespace rhumb
