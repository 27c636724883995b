// rhumb under a service manager, which binds its sockets and is told how it fares; the manager is
// this test, and bash passes the descriptors on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/control_socket.h"
#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/notified.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Strings = std::vector<std::string>;

Endpoint free_endpoint(int index) {
  const std::string address = test::own_address(index);
  return {*IpAddress::parse(address), test::free_port(address)};
}

// Not closed when another program begins.
Fd bound(const Endpoint& endpoint, int type) {
  Fd fd(socket(AF_INET, type, 0));
  const SocketAddress address = to_socket_address(endpoint);
  EXPECT_EQ(bind(fd.get(), address.get(), address.size), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(listen(fd.get(), 5), 0);
  }
  return fd;
}

class Activation : public ::testing::Test {
 protected:
  Activation() {
    folder_.write("a.zone",
                  "$ORIGIN a.test.\n$TTL 30\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n");
    write_config("listen: [\"" + to_string(endpoint_) + "\"]\n");
  }

  void write_config(const std::string& listen, const std::string& more = "") {
    config_ = folder_.write("rhumb.yaml",
                            listen + "controlSocket: control.sock\nzones: [a.zone]\n" + more);
  }
  // As systemd starts it: the sockets from descriptor 3 on.
  std::unique_ptr<test::Process> start_with(const std::vector<Fd>& sockets,
                                            const Strings& options = {}) {
    return start_saying(sockets.size(), sockets, options);
  }
  // And says that there are so many.
  std::unique_ptr<test::Process> start_saying(std::size_t count, const std::vector<Fd>& sockets,
                                              const Strings& options = {}) {
    std::string script = "export LISTEN_PID=$$ LISTEN_FDS=" + std::to_string(count);
    script += "; exec \"$0\" \"$@\"";
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      script += " " + std::to_string(i + 3) + "<&" + std::to_string(sockets[i].get());
    }
    Strings command = {
        test::find_program("bash"), "-c", script, test::rhumb_binary(), "serve", "-c", config_};
    command.insert(command.end(), options.begin(), options.end());
    return std::make_unique<test::Process>(command);
  }
  static void expect_answers(const Endpoint& endpoint) {
    for (const bool tcp : {false, true}) {
      for (int i = 0; i < 8; ++i) {
        const auto reply = test::ask(endpoint, {.name = "ns.a.test", .tcp = tcp});
        ASSERT_TRUE(reply) << (tcp ? "TCP" : "UDP");
        EXPECT_EQ(reply->answer, Strings{"ns.a.test. 30 A 192.0.2.53"});
      }
    }
  }

  test::TempDir folder_;
  Endpoint endpoint_ = free_endpoint(0);
  std::string config_;
};

TEST_F(Activation, ItServesTheSocketsThatItInherits) {
  std::vector<Fd> sockets;
  sockets.push_back(bound(endpoint_, SOCK_DGRAM));
  sockets.push_back(bound(endpoint_, SOCK_STREAM));
  const auto rhumb = start_with(sockets);
  ASSERT_TRUE(rhumb->wait_output(" serving ")) << rhumb->output();
  EXPECT_THAT(rhumb->output(), HasSubstr("sockets inherited dns=2 others=0"));
  EXPECT_THAT(rhumb->output(), Not(HasSubstr(" warn ")));
  expect_answers(endpoint_);
}

// They cannot be bound to the address a second time, since systemd's do not share it.
TEST_F(Activation, SeveralWorkersShareOneInheritedSocket) {
  write_config("listen: [\"" + to_string(endpoint_) + "\"]\n", "workers: 3\n");
  std::vector<Fd> sockets;
  sockets.push_back(bound(endpoint_, SOCK_DGRAM));
  sockets.push_back(bound(endpoint_, SOCK_STREAM));
  const auto rhumb = start_with(sockets);
  ASSERT_TRUE(rhumb->wait_output(" serving ")) << rhumb->output();
  expect_answers(endpoint_);
}

TEST_F(Activation, WithoutListenItServesWhereItsSocketsAreAndBindsWhatIsMissing) {
  write_config("");
  std::vector<Fd> sockets;
  sockets.push_back(bound(endpoint_, SOCK_DGRAM));
  const auto rhumb = start_with(sockets);
  ASSERT_TRUE(rhumb->wait_output(" serving ")) << rhumb->output();
  EXPECT_THAT(rhumb->output(), HasSubstr("listen=" + to_string(endpoint_) + " "));
  expect_answers(endpoint_);
}

TEST_F(Activation, ASocketThatListenDoesNotHaveIsServedToo) {
  const Endpoint other = free_endpoint(1);
  std::vector<Fd> sockets;
  sockets.push_back(bound(other, SOCK_DGRAM));
  const auto rhumb = start_with(sockets);
  ASSERT_TRUE(rhumb->wait_output(" serving ")) << rhumb->output();
  EXPECT_THAT(rhumb->output(),
              HasSubstr("a socket for " + to_string(other) + " (UDP) is inherited"));
  expect_answers(endpoint_);
  expect_answers(other);
}

TEST_F(Activation, InheritedSocketsAreHandedOverLikeOthers) {
  std::vector<Fd> sockets;
  sockets.push_back(bound(endpoint_, SOCK_DGRAM));
  sockets.push_back(bound(endpoint_, SOCK_STREAM));
  const auto first = start_with(sockets);
  ASSERT_TRUE(first->wait_output(" serving ")) << first->output();
  test::Process second({test::rhumb_binary(), "serve", "--replace", "-c", config_});
  ASSERT_TRUE(second.wait_output(" serving ")) << second.output();
  EXPECT_EQ(first->wait_exit(), 0);
  expect_answers(endpoint_);
}

// Also where `listen` does not name them: they are the manager's, who goes on sending there.
TEST_F(Activation, SocketsThatListenDoesNotHaveAreHandedOverAgainAndAgain) {
  for (const bool names_another : {false, true}) {
    const Endpoint given = free_endpoint(1);
    write_config(names_another ? "listen: [\"" + to_string(endpoint_) + "\"]\n" : "");
    std::vector<Fd> sockets;
    sockets.push_back(bound(given, SOCK_DGRAM));
    sockets.push_back(bound(given, SOCK_STREAM));
    std::unique_ptr<test::Process> now = start_with(sockets);
    ASSERT_TRUE(now->wait_output(" serving ")) << now->output();
    for (int i = 0; i < 2; ++i) {
      auto next = std::make_unique<test::Process>(
          Strings{test::rhumb_binary(), "serve", "--replace", "-c", config_});
      ASSERT_TRUE(next->wait_output(" serving ")) << next->output();
      EXPECT_EQ(now->wait_exit(), 0);
      now = std::move(next);
      expect_answers(given);
    }
    if (names_another) expect_answers(endpoint_);
    now->signal(SIGTERM);
    EXPECT_EQ(now->wait_exit(), 0);
  }
}

TEST_F(Activation, OneThatTakesAnotherOnesPlaceServesWhatItInheritsToo) {
  test::Process first({test::rhumb_binary(), "serve", "-c", config_});
  ASSERT_TRUE(first.wait_output(" serving ")) << first.output();
  const Endpoint given = free_endpoint(1);
  std::vector<Fd> sockets;
  sockets.push_back(bound(given, SOCK_DGRAM));
  sockets.push_back(bound(given, SOCK_STREAM));
  const auto second = start_with(sockets, {"--replace"});
  ASSERT_TRUE(second->wait_output(" serving ")) << second->output();
  EXPECT_EQ(first.wait_exit(), 0);
  EXPECT_THAT(second->output(), HasSubstr("sockets inherited dns=2 others=0"));
  expect_answers(endpoint_);
  expect_answers(given);
  const auto third = start_with(sockets, {"--replace"});
  ASSERT_TRUE(third->wait_output(" serving ")) << third->output();
  EXPECT_EQ(second->wait_exit(), 0);
  expect_answers(given);
}

TEST_F(Activation, NothingOfItsOwnIsTakenForASocketThatIsNotThere) {
  std::vector<Fd> sockets;
  sockets.push_back(bound(endpoint_, SOCK_DGRAM));
  const auto rhumb = start_saying(200, sockets);
  ASSERT_TRUE(rhumb->wait_output(" serving ")) << rhumb->output();
  EXPECT_THAT(rhumb->output(), HasSubstr("LISTEN_FDS says 200; of these "));
  EXPECT_THAT(rhumb->output(), Not(HasSubstr("there is no helper process")));
  expect_answers(endpoint_);
  rhumb->signal(SIGTERM);
  EXPECT_EQ(rhumb->wait_exit(), 0) << rhumb->output();
  sockets.clear();
  const auto too_many = start_saying(5'000, {});
  ASSERT_TRUE(too_many->wait_output(" serving ")) << too_many->output();
  EXPECT_THAT(too_many->output(), HasSubstr("LISTEN_FDS: 5000 is out of range"));
}

TEST_F(Activation, ASocketThatIsNotBoundIsClosed) {
  std::vector<Fd> sockets;
  sockets.push_back(Fd(socket(AF_INET, SOCK_DGRAM, 0)));
  const auto first = start_with(sockets);
  ASSERT_TRUE(first->wait_output(" serving ")) << first->output();
  EXPECT_THAT(first->output(), HasSubstr("is not bound to a port, and is closed"));
  EXPECT_THAT(first->output(), HasSubstr("listen=" + to_string(endpoint_) + " "));
  test::Process second({test::rhumb_binary(), "serve", "--replace", "-c", config_});
  ASSERT_TRUE(second.wait_output(" serving ")) << second.output();
  EXPECT_EQ(first->wait_exit(), 0);
}

TEST_F(Activation, AControlSocketOfTheManagerStaysWhoeverHasServedIt) {
  const std::string path = folder_.path() + "/control.sock";
  auto control = bind_control_socket(path);
  ASSERT_TRUE(control.ok()) << control.error();
  std::vector<Fd> sockets;
  sockets.push_back(Fd(dup(control.value().get())));  // which the next program has, too
  const auto first = start_with(sockets);
  ASSERT_TRUE(first->wait_output(" serving ")) << first->output();
  test::Process second({test::rhumb_binary(), "serve", "--replace", "-c", config_});
  ASSERT_TRUE(second.wait_output(" serving ")) << second.output();
  EXPECT_EQ(first->wait_exit(), 0);
  EXPECT_EQ(test::run({test::rhumb_binary(), "status", "--socket", path}).exit_code, 0);
  second.signal(SIGTERM);
  EXPECT_EQ(second.wait_exit(), 0);
  EXPECT_EQ(access(path.c_str(), F_OK), 0) << "the manager's next service is to be reached there";
}

// The next thing that the manager is told that begins so; signs of life are passed over.
testing::AssertionResult is_told(const test::Notified& manager, const std::string& beginning) {
  std::string told;
  const bool found = test::wait_until([&] {
    for (std::string next = manager.next(); !next.empty(); next = manager.next()) {
      told += next + "; ";
      if (next.starts_with(beginning)) return true;
    }
    return false;
  });
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure()) << told;
}

TEST_F(Activation, TheManagerIsToldHowItFares) {
  const std::string name = "@rhumb-" + std::to_string(getpid()) + "-told";
  const test::Notified manager(name);
  test::Process first({"/usr/bin/env", "NOTIFY_SOCKET=" + name, "WATCHDOG_USEC=300000",
                       test::rhumb_binary(), "serve", "-c", config_});
  const std::string first_pid = std::to_string(first.pid());
  ASSERT_TRUE(is_told(manager, "READY=1\nMAINPID=" + first_pid + "\nSTATUS=serving 1 zones"))
      << first.output();
  EXPECT_TRUE(is_told(manager, "WATCHDOG=1"));
  EXPECT_TRUE(is_told(manager, "WATCHDOG=1")) << "again and again";
  first.signal(SIGHUP);
  EXPECT_TRUE(is_told(manager, "RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_TRUE(is_told(manager, "READY=1\n"));
  // The manager has not started this one, and so has not told it where it listens.
  test::Process second({test::rhumb_binary(), "serve", "--replace", "-c", config_});
  EXPECT_TRUE(is_told(manager, "MAINPID=" + std::to_string(second.pid()))) << second.output();
  EXPECT_EQ(first.wait_exit(), 0);
  EXPECT_TRUE(is_told(manager, "WATCHDOG=1"));
  second.signal(SIGTERM);
  EXPECT_TRUE(is_told(manager, "STOPPING=1\n"));
  EXPECT_EQ(second.wait_exit(), 0);
}

}  // namespace
}  // namespace rhumb
