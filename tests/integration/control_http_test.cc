// The API of the real binary on `http.listen`, asked by curl: who may change what, TLS, and what
// strangers can take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/support/certificate.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

// A server with one zone and the API on a port of its own; `more` stands in `http` behind listen.
class ControlHttp : public ::testing::Test {
 protected:
  ControlHttp() {
    folder_.write("zones/a.yaml",
                  test::yaml_zone("a.test", "", "- {name: www, type: A, values: [192.0.2.1]}\n"));
    folder_.write("token", "secret\n");
  }

  [[nodiscard]] std::string config(const std::string& more) const {
    return "zones: [\"zones/*\"]\nhttp: {listen: \"" + to_string(http_) + "\"" + more + "}\n";
  }
  void start(const std::string& more) {
    rhumb_ = std::make_unique<test::Rhumb>(folder_, config(more));
    rhumb_->start();
    ASSERT_TRUE(rhumb_->wait_serving()) << rhumb_->process().output();
  }
  // Status and body of a request by curl.
  [[nodiscard]] std::string curl(Strings words, const std::string& scheme = "http") const {
    words.insert(words.begin(),
                 {test::find_program("curl"), "-s", "-S", "-m", "20", "-w", " %{http_code}"});
    words.back() = scheme + "://" + to_string(http_) + words.back();
    const test::Finished ran = test::run(words);
    return ran.out + ran.err;
  }

  test::TempDir folder_;
  Endpoint http_{IpAddress::parse(test::own_address()).value(),
                 test::free_port(test::own_address())};
  std::unique_ptr<test::Rhumb> rhumb_;
};

Fd connect_to(const Endpoint& server, const std::string& from = "0.0.0.0") {
  const SocketAddress peer = to_socket_address(server);
  const SocketAddress own = to_socket_address({IpAddress::parse(from).value(), 0});
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(bind(fd.get(), own.get(), own.size), 0);
  EXPECT_EQ(connect(fd.get(), peer.get(), peer.size), 0);
  return fd;
}

TEST_F(ControlHttp, WithoutATokenItIsReadOnly) {
  start("");
  EXPECT_EQ(curl({"/healthz"}), "{\"status\":\"ok\"} 200");
  EXPECT_THAT(curl({"-X", "POST", "/api/v1/reload"}), HasSubstr("this address is read-only"));
  EXPECT_THAT(curl({"-X", "POST", "-H", "Authorization: Bearer x", "/api/v1/reload"}),
              HasSubstr(" 403"));
  EXPECT_EQ(rhumb_->command({"reload"}).exit_code, 0);  // the socket is not bound by that
}

TEST_F(ControlHttp, ATokenOpensWhatChangesThings) {
  start(", tokenFile: token");
  EXPECT_THAT(curl({"-i", "-X", "POST", "/api/v1/reload"}),
              HasSubstr("WWW-Authenticate: Bearer realm=\"rhumb\""));
  EXPECT_THAT(curl({"-X", "POST", "-H", "Authorization: Bearer secreT", "/api/v1/reload"}),
              HasSubstr(" 401"));
  EXPECT_THAT(curl({"-X", "POST", "-H", "Authorization: Bearer secret", "/api/v1/reload"}),
              HasSubstr(" 200"));
  const std::string log = rhumb_->process().output();
  EXPECT_THAT(log, HasSubstr("API change refused from=127."));
  EXPECT_EQ(log.find("API change refused"), log.rfind("API change refused"));
  EXPECT_THAT(log, Not(HasSubstr("secre")));
}

TEST_F(ControlHttp, TheLogTellsWhoMadeAChange) {
  start(", tokenFile: token");
  EXPECT_THAT(curl({"-X", "PUT", "-H", "Authorization: Bearer secret", "/api/v1/drains/site=x"}),
              HasSubstr(" 200"));
  EXPECT_EQ(rhumb_->command({"restore", "site=x"}).exit_code, 0);
  EXPECT_TRUE(rhumb_->process().wait_output("method=DELETE")) << rhumb_->process().output();
  const std::string log = rhumb_->process().output();
  EXPECT_THAT(log, HasSubstr("API change made from=127."));
  EXPECT_THAT(log,
              HasSubstr("API change made from=\"controlSocket uid=" + std::to_string(getuid()) +
                        "\" method=DELETE "
                        "path="));
}

TEST_F(ControlHttp, ARefusedPushIsLogged) {
  start(", tokenFile: token");
  EXPECT_THAT(curl({"-X", "PUT", "/api/v1/push/nil"}), HasSubstr("a push needs the right token"));
  EXPECT_TRUE(rhumb_->process().wait_output("path=/api/v1/push/nil reason=\"no token\""))
      << rhumb_->process().output();
}

TEST_F(ControlHttp, AReloadTakesUpAnotherToken) {
  start(", tokenFile: token");
  folder_.write("token", "another\n");
  EXPECT_EQ(rhumb_->command({"reload"}).exit_code, 0);
  EXPECT_THAT(curl({"-X", "POST", "-H", "Authorization: Bearer secret", "/api/v1/reload"}),
              HasSubstr(" 401"));
  EXPECT_THAT(curl({"-X", "POST", "-H", "Authorization: Bearer another", "/api/v1/reload"}),
              HasSubstr(" 200"));
}

TEST_F(ControlHttp, TlsIsServedAndAReloadTakesUpAnotherCertificate) {
  const auto first = test::make_certificate(folder_, "first", test::own_address());
  const auto second = test::make_certificate(folder_, "second", test::own_address());
  folder_.write("server.pem", test::read_file(first.certificate));
  folder_.write("server.key", test::read_file(first.key));
  start(", tokenFile: token, tls: {certificate: server.pem, key: server.key}");
  EXPECT_EQ(curl({"--cacert", first.certificate, "/healthz"}, "https"), "{\"status\":\"ok\"} 200");
  folder_.write("server.pem", test::read_file(second.certificate));
  folder_.write("server.key", test::read_file(second.key));
  EXPECT_EQ(rhumb_->command({"reload"}).exit_code, 0);
  EXPECT_EQ(curl({"--cacert", second.certificate, "/healthz"}, "https"), "{\"status\":\"ok\"} 200");
  EXPECT_THAT(curl({"--cacert", first.certificate, "/healthz"}, "https"),
              HasSubstr("SSL certificate problem"));
}

TEST_F(ControlHttp, ACertificateThatDoesNotGoWithItsKeyKeepsTheOldOne) {
  const auto good = test::make_certificate(folder_, "server", test::own_address());
  const std::string key = test::read_file(good.key);
  start(", tls: {certificate: server.pem, key: server.key}");
  folder_.write("server.key",
                test::read_file(test::make_certificate(folder_, "other", "127.0.0.1").key));
  EXPECT_EQ(rhumb_->command({"reload"}).exit_code, 1);
  EXPECT_EQ(curl({"--cacert", good.certificate, "/healthz"}, "https"), "{\"status\":\"ok\"} 200");
}

TEST_F(ControlHttp, APortInUseIsOneClearError) {
  start("");
  const test::TempDir folder;
  folder.write("zones/b.yaml", test::yaml_zone("b.test", "", ""));
  test::Rhumb second(folder, config(""), 1);
  second.start();
  EXPECT_EQ(second.process().wait_exit(), 1);
  const std::string log = second.process().output();
  EXPECT_THAT(log, HasSubstr("cannot listen on " + to_string(http_) +
                             " (http): Address already in use; another server has this port, "
                             "stop it or change \"http.listen\""));
  EXPECT_EQ(log.find(" error "), log.rfind(" error "));
}

TEST_F(ControlHttp, ACommandActsOnAllServersAndNamesTheOneThatIsDead) {
  const auto own = test::make_certificate(folder_, "server", test::own_address());
  start(", tokenFile: token, tls: {certificate: server.pem, key: server.key}");
  const std::string alive = "https://" + to_string(http_);
  const std::string dead = "http://" + test::own_address(1) + ":1";
  const Strings command = {test::rhumb_binary(), "reload",
                           "--server",           alive,
                           "--server",           dead,
                           "--ca-file",          own.certificate,
                           "--token-file",       folder_.path() + "/token"};
  const test::Finished ran = test::run(command);
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("== " + alive + "\nreloaded in "));
  EXPECT_THAT(ran.err, HasSubstr("rhumb: no rhumb was reached at " + dead + ": "));
  EXPECT_THAT(ran.err, Not(HasSubstr(alive)));
}

TEST_F(ControlHttp, ACommandSendsItsTokenOnlyToWhomTheCaFileVouchesFor) {
  (void)test::make_certificate(folder_, "server", test::own_address());
  const auto other = test::make_certificate(folder_, "other", test::own_address());
  start(", tokenFile: token, tls: {certificate: server.pem, key: server.key}");
  const Strings to_server = {test::rhumb_binary(), "reload",
                             "--server",           "https://" + to_string(http_),
                             "--token-file",       folder_.path() + "/token"};
  for (const Strings& ca : {Strings{}, Strings{"--ca-file", other.certificate}}) {
    Strings command = to_server;
    command.insert(command.end(), ca.begin(), ca.end());
    const test::Finished refused = test::run(command);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("certificate"));
  }
}

TEST_F(ControlHttp, ACommandTellsWhyItIsRefused) {
  start(", tokenFile: token");
  const std::string url = "http://" + to_string(http_);
  const test::Finished refused = test::run({test::rhumb_binary(), "reload", "--server", url});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("needs the token"));
  const test::Finished dead = test::run(
      {test::rhumb_binary(), "status", "--server", "http://" + test::own_address(1) + ":1"});
  EXPECT_EQ(dead.exit_code, 3);
}

TEST_F(ControlHttp, EventsAreFollowedUntilTheServerStopsOrIsKilled) {
  start("");
  test::Process follower({test::rhumb_binary(), "events", "--follow", "--json", "--server",
                          "http://" + to_string(http_)});
  EXPECT_EQ(rhumb_->command({"drain", "site=x", "--reason", "first"}).exit_code, 0);
  EXPECT_TRUE(follower.wait_output("\"reason\":\"first\"")) << follower.output();
  EXPECT_EQ(rhumb_->command({"drain", "site=y", "--reason", "second"}).exit_code, 0);
  EXPECT_TRUE(follower.wait_output("\"reason\":\"second\"")) << follower.output();
  rhumb_->process().signal(SIGTERM);
  EXPECT_EQ(rhumb_->process().wait_exit(), 0);
  const std::string ended = " has ended the stream, as when it stops or restarts; follow it anew\n";
  EXPECT_EQ(follower.wait_exit(), 3);
  EXPECT_THAT(follower.output(), HasSubstr("\nrhumb: http://" + to_string(http_) + ended));

  rhumb_->start();
  ASSERT_TRUE(rhumb_->wait_serving());
  const std::string socket = folder_.path() + "/control.sock";
  test::Process by_url(
      {test::rhumb_binary(), "events", "--follow", "--server", "http://" + to_string(http_)});
  test::Process by_socket({test::rhumb_binary(), "events", "--follow", "--socket", socket});
  EXPECT_EQ(rhumb_->command({"drain", "site=z", "--reason", "third"}).exit_code, 0);
  EXPECT_TRUE(by_url.wait_output("third"));
  EXPECT_TRUE(by_socket.wait_output("third"));
  rhumb_->kill();
  EXPECT_EQ(by_url.wait_exit(), 3);
  EXPECT_EQ(by_socket.wait_exit(), 3);
  EXPECT_THAT(by_url.output(), HasSubstr("rhumb: http://" + to_string(http_) + ended));
  EXPECT_THAT(by_socket.output(), HasSubstr("rhumb: " + socket + ended));
}

TEST_F(ControlHttp, ADrainByOneCommandIsSeenByAllOthers) {
  start("");
  EXPECT_THAT(rhumb_->command({"drain", "site=x", "--for", "30m", "--reason", "rack move"}).out,
              HasSubstr(": 0 checks and 0 record sets; nothing has this label now\n"));
  const std::string status = rhumb_->command({"status"}).out;
  EXPECT_THAT(status, HasSubstr("0 overrides, 1 drain\n"));
  EXPECT_THAT(status, HasSubstr("rack move; orphaned\n"));
  EXPECT_THAT(rhumb_->command({"events"}).out, HasSubstr("rack move"));
  EXPECT_EQ(rhumb_->command({"restore", "site=x"}).exit_code, 0);
  EXPECT_EQ(rhumb_->command({"restore", "site=x"}).exit_code, 1);
}

// Sends the request of a follower, and gives the first octets of the reply.
std::string follow_on(const Fd& client) {
  const std::string request = "GET /api/v1/events?follow=true HTTP/1.1\r\nHost: x\r\n\r\n";
  send(client.get(), request.data(), request.size(), MSG_NOSIGNAL);
  std::string status(12, '\0');
  recv(client.get(), status.data(), status.size(), MSG_WAITALL);
  return status;
}

TEST_F(ControlHttp, AFollowerTooManyIsRefusedUntilAnotherOneGoes) {
  start("");
  std::vector<Fd> followers;
  for (int i = 0; i < 16; ++i) {
    followers.push_back(connect_to(http_));
    EXPECT_EQ(follow_on(followers.back()), "HTTP/1.1 200");
  }
  EXPECT_EQ(follow_on(connect_to(http_)), "HTTP/1.1 503");
  followers.pop_back();
  EXPECT_TRUE(test::wait_until([&] { return follow_on(connect_to(http_)) == "HTTP/1.1 200"; }));
}

TEST_F(ControlHttp, IdleConnectionsDoNotKeepTheSocketsUsersOut) {
  start("");
  std::vector<Fd> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(connect_to(http_));
  EXPECT_EQ(rhumb_->command({"status"}).exit_code, 0);
  EXPECT_EQ(rhumb_->addresses("www.a.test"), Strings{"192.0.2.1"});
}

// The longest idle has to go for the newcomer.
TEST_F(ControlHttp, OneAddressCannotTakeAllConnections) {
  start("");
  std::vector<Fd> idle;
  for (int i = 0; i < 33; ++i) idle.push_back(connect_to(http_));
  char byte = 0;
  EXPECT_LE(recv(idle.front().get(), &byte, 1, 0), 0);
  EXPECT_EQ(follow_on(idle.back()), "HTTP/1.1 200");
}

// Half of them have sent a part of a request. Of themselves they would be cut off after 10 s.
TEST_F(ControlHttp, IdleConnectionsOfManyAddressesDoNotKeepAnHonestOneOut) {
  start("");
  std::vector<Fd> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(connect_to(http_, test::own_address(1 + i % 4)));
    if (i % 2 == 0) send(idle.back().get(), "POST / HTTP/1.1\r\n", 17, MSG_NOSIGNAL);
  }
  EXPECT_EQ(curl({"-m", "5", "/healthz"}), "{\"status\":\"ok\"} 200");
}

TEST_F(ControlHttp, WhoFollowsIsSparedWhereIdleOnesAreCutOff) {
  start("");
  const Fd follower = connect_to(http_);
  EXPECT_EQ(follow_on(follower), "HTTP/1.1 200");
  std::vector<Fd> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(connect_to(http_, test::own_address(1 + i % 4)));
  char byte = 0;
  EXPECT_LE(recv(idle.front().get(), &byte, 1, 0), 0);
  EXPECT_EQ(curl({"/healthz"}), "{\"status\":\"ok\"} 200");
  pollfd hung_up{follower.get(), POLLRDHUP, 0};
  EXPECT_EQ(poll(&hung_up, 1, 0), 0);
}

}  // namespace
}  // namespace rhumb
