// Failover by checks of each type, with the real binary and real targets: what a target is told to
// be, what `rhumb health` says of it, and what users of the name see of it. And `rhumb probe`.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/api_request.h"
#include "server/listeners.h"
#include "tests/support/certificate.h"
#include "tests/support/grpc_target.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Matcher;
using ::testing::Not;
using ::testing::StartsWith;
using Strings = std::vector<std::string>;

constexpr char kPrimary[] = "192.0.2.10";
constexpr char kSecondary[] = "198.51.100.10";
constexpr char kQuickProbes[] =
    ", interval: 200ms, timeout: 200ms, recheckInterval: 100ms, failureThreshold: 2, "
    "successThreshold: 1, holdDown: 0s";
constexpr char kRare[] = ", interval: 1d, timeout: 10s";
constexpr char kInstallNginx[] = "install nginx-light, as scripts/test does";
constexpr char kEscape[] = "\x1b[";

// rhumb with one name whose primary set has the check `site`.
class CheckTypes : public ::testing::Test {
 protected:
  // `fields` are those of the check behind its id.
  void serve(const std::string& fields) {
    folder_.write("blog.yaml",
                  test::yaml_zone("blog.test", "- {id: site, " + fields + "}\n",
                                  std::string("- {name: www, type: A, setIdentifier: a, failover: "
                                              "PRIMARY, healthCheckId: site, values: [") +
                                      kPrimary +
                                      "]}\n- {name: www, type: A, setIdentifier: b, failover: "
                                      "SECONDARY, values: [" +
                                      kSecondary + "]}\n"));
    rhumb_.start();
    ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
  }
  [[nodiscard]] std::string target() const {
    return "address: " + address_ + ", port: " + std::to_string(port_);
  }

  [[nodiscard]] JsonValue site() const { return rhumb_.json({"health", "site"}); }
  [[nodiscard]] std::string reason() const {
    return std::string(site()["lastProbe"]["reason"].text());
  }
  [[nodiscard]] bool answers(const std::string& value) const {
    return rhumb_.addresses("www.blog.test") == Strings{value};
  }
  // Waits until the check has this state for this reason, and the name this answer. `before` comes
  // before each look.
  void expect(
      const std::string& state, const Matcher<std::string>& why, const std::string& answer,
      const std::function<void()>& before = [] {}) const {
    EXPECT_TRUE(test::wait_until([&] {
      before();
      const auto found = site();
      return found["state"].text() == state &&
             why.Matches(std::string(found["lastProbe"]["reason"].text())) && answers(answer);
    })) << "state "
        << site()["state"].text() << ", reason " << reason() << ", wanted " << state << " that "
        << testing::DescribeMatcher<std::string>(why);
  }
  void expect_up(const Matcher<std::string>& why) const { expect("healthy", why, kPrimary); }
  void expect_down(const Matcher<std::string>& why) const { expect("unhealthy", why, kSecondary); }

  // A Knot that has www.example.com at `address`.
  // Its folder outlives it: it is still at work there when it answers already.
  [[nodiscard]] std::unique_ptr<test::Process> start_knot(const std::string& address) {
    const test::TempDir& home = homes_.emplace_back();
    const std::string zone = folder_.write("example.com.zone",
                                           "$ORIGIN example.com.\n$TTL 60\n@ SOA ns hostmaster 1 "
                                           "3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\nwww A " +
                                               address + "\n");
    // While nobody listened, some client may have got the port for a moment.
    constexpr int kTries = 5;
    std::unique_ptr<test::Process> knot;
    for (int i = 0; knot == nullptr && i < kTries; ++i) {
      knot = test::start_knot(home, {*IpAddress::parse(address_), port_}, {{"example.com.", zone}});
    }
    EXPECT_NE(knot, nullptr) << "Knot does not start";
    return knot;
  }
  // What a command writes to a terminal, and what is set for it as in env(1).
  [[nodiscard]] std::string shown_on_terminal(const std::string& environment,
                                              const std::string& words) const {
    const std::string command = "env " + environment + " " + test::rhumb_binary() + " " + words +
                                " --socket " + folder_.path() + "/control.sock";
    return test::run({"/usr/bin/script", "-qec", command, "/dev/null"}).out;
  }

  test::TempDir folder_;
  std::deque<test::TempDir> homes_;
  std::string address_ = test::own_address(1);
  std::uint16_t port_ = test::free_port(address_);
  test::Rhumb rhumb_{folder_, "zones: [blog.yaml]\n"};
};

TEST_F(CheckTypes, TlsGoesByTheCertificate) {
  ASSERT_TRUE(test::Nginx::installed()) << kInstallNginx;
  ASSERT_NE(test::find_program("openssl"), "") << "install openssl, as scripts/test does";
  const auto good = test::make_certificate(folder_, "good", address_);
  const auto other = test::make_certificate(folder_, "other", address_);
  test::Nginx nginx(address_, port_, "all is well");
  nginx.use_tls(good.certificate, good.key);
  nginx.start();
  serve("type: TLS, caFile: good.pem, " + target() + kQuickProbes);
  expect_up(StartsWith("certificate is valid for "));
  nginx.kill();
  expect_down("connection refused");
  nginx.start();
  expect_up(StartsWith("certificate is valid for "));
  nginx.kill();
  nginx.use_tls(other.certificate, other.key);
  nginx.start();
  expect_down(StartsWith("certificate verify failed: "));
}

TEST_F(CheckTypes, DnsGoesByTheAnswer) {
  ASSERT_NE(test::find_program("knotd"), "") << "install knot, as scripts/test does";
  auto knot = start_knot("192.0.2.1");
  serve("type: DNS, query: www.example.com, expectedValue: 192.0.2.1, " + target() + kQuickProbes);
  expect_up("A 192.0.2.1");
  knot.reset();
  expect_down("connection refused");
  knot = start_knot("192.0.2.1");
  expect_up("A 192.0.2.1");
  knot.reset();
  knot = start_knot("192.0.2.9");
  expect_down("A 192.0.2.9, expected 192.0.2.1");
}

TEST_F(CheckTypes, GrpcGoesByWhatTheServerSays) {
  ASSERT_TRUE(test::GrpcServer::installed()) << "install python3-grpcio, as scripts/test does";
  test::GrpcServer server(address_);
  port_ = server.port();
  const std::string up = folder_.write("up", "");
  serve("type: GRPC, service: " + up + ", " + target() + kQuickProbes);
  expect_up("SERVING");
  EXPECT_THAT(rhumb_.command({"probe", "site"}).out, Not(HasSubstr("begins")));
  std::filesystem::remove(up);
  expect_down("NOT_SERVING for \"" + up + "\"");
  folder_.write("up", "");
  expect_up("SERVING");
  server.process().signal(SIGKILL);
  expect_down("connection refused");
}

// nginx is scraped by Prometheus, which rhumb asks.
TEST_F(CheckTypes, PrometheusGoesByTheValue) {
  ASSERT_TRUE(test::Nginx::installed()) << kInstallNginx;
  const std::string program = test::find_program("prometheus");
  ASSERT_NE(program, "") << "install prometheus, as scripts/test does";
  const std::string scraped = test::own_address(2);
  const std::uint16_t scraped_port = test::free_port(scraped);
  test::Nginx nginx(scraped, scraped_port, "lag 3\n");
  nginx.start();
  const std::string at = address_ + ":" + std::to_string(port_);
  const std::string config =
      folder_.write("prometheus.yml",
                    "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
                    "- {job_name: site, static_configs: [{targets: [\"" +
                        scraped + ":" + std::to_string(scraped_port) + "\"]}]}\n");
  test::Process prometheus({program, "--config.file=" + config,
                            "--storage.tsdb.path=" + folder_.path() + "/tsdb",
                            "--web.listen-address=" + at});
  ASSERT_TRUE(prometheus.wait_output("Server is ready to receive web requests"))
      << prometheus.output();
  serve("type: PROMETHEUS, url: \"http://" + at + "\", query: sum(up), condition: \"== 1\"" +
        kQuickProbes);
  expect_up("value 1 is == 1");
  nginx.fail(true);
  expect_down("value 0, wanted == 1");
  nginx.fail(false);
  expect_up("value 1 is == 1");
  nginx.fail(true);
  expect_down("value 0, wanted == 1");
  prometheus.signal(SIGKILL);  // which says nothing of the site
  expect_down("no data: connection refused; the check stays as it is");
}

TEST_F(CheckTypes, ExecGoesByTheExitStatus) {
  const std::string script = folder_.write("replica",
                                           "#!/bin/sh\nif [ -e \"$1\" ]; then\n  echo it lags\n  "
                                           "exit 2\nfi\necho it keeps up\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const std::string down = folder_.path() + "/down";
  serve("type: EXEC, command: [replica, " + down + "]" + kQuickProbes);
  expect_up("exit status 0: \"it keeps up\"");
  folder_.write("down", "");
  expect_down("exit status 2: \"it lags\"");
  std::filesystem::remove(down);
  expect_up("exit status 0: \"it keeps up\"");
}

TEST_F(CheckTypes, PushGoesByTheLastHeartbeat) {
  serve("type: PUSH, expiresAfter: 500ms");
  const auto push = [&] {
    ApiRequest asked;
    asked.url = "http://rhumb/api/v1/push/site";
    asked.unix_socket = folder_.path() + "/control.sock";
    asked.method = "PUT";
    const ApiReply reply = request(asked);
    EXPECT_EQ(reply.status, 200) << reply.error << reply.body;
  };
  expect("healthy", "pushed", kPrimary, push);
  expect_down("no push for 500ms");
  expect("healthy", "pushed", kPrimary, push);
}

TEST_F(CheckTypes, SwitchGoesByTheOperator) {
  serve("type: SWITCH");
  EXPECT_TRUE(answers(kPrimary));
  EXPECT_TRUE(site()["lastProbe"].is_null());
  const auto off = rhumb_.command({"override", "site", "unhealthy", "--reason", "it is moved"});
  EXPECT_EQ(off.exit_code, 0) << off.err;
  expect_down("");
  EXPECT_EQ(site()["override"]["reason"].text(), "it is moved");
  const auto on = rhumb_.command({"override", "site", "clear"});
  EXPECT_EQ(on.exit_code, 0) << on.err;
  expect_up("");
  EXPECT_TRUE(site()["override"].is_null());
}

TEST_F(CheckTypes, AProbeByCommandTellsAllAndChangesNothing) {
  ASSERT_TRUE(test::Nginx::installed()) << kInstallNginx;
  test::Nginx nginx(address_, port_, "all is well");
  nginx.start();
  serve("type: HTTP, failureThreshold: 1, " + target() + kRare);
  const auto before = rhumb_.command({"health", "site", "--json"});
  EXPECT_EQ(site()["state"].text(), "healthy");
  EXPECT_EQ(site()["consecutive"].whole(), 1);

  const auto good = rhumb_.command({"probe", "site"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("healthy: status 200\n"));
  nginx.fail(true);
  const auto bad = rhumb_.command({"probe", "site"});
  EXPECT_EQ(bad.exit_code, 0) << bad.err;
  EXPECT_THAT(bad.out, HasSubstr("unhealthy: status 503, expected 200-399\n"));
  const auto found = rhumb_.json({"probe", "site"});
  EXPECT_EQ(found["verdict"].text(), "unhealthy");
  EXPECT_EQ(found["reason"].text(), "status 503, expected 200-399");

  EXPECT_EQ(rhumb_.command({"health", "site", "--json"}).out, before.out);
  EXPECT_TRUE(answers(kPrimary));
}

TEST_F(CheckTypes, AProbeByFilesNeedsNoServer) {
  ASSERT_TRUE(test::Nginx::installed()) << kInstallNginx;
  test::Nginx nginx(address_, port_, "all is well");
  nginx.start();
  serve("type: HTTP, failureThreshold: 1, " + target() + kRare);
  const auto probe = [&] {
    return test::run({test::rhumb_binary(), "probe", "site", "-c", rhumb_.config()});
  };
  const auto before = rhumb_.command({"health", "site", "--json"});
  nginx.fail(true);
  EXPECT_THAT(probe().out, HasSubstr("unhealthy: status 503, expected 200-399\n"));
  EXPECT_EQ(rhumb_.command({"health", "site", "--json"}).out, before.out);
  EXPECT_TRUE(answers(kPrimary));
  rhumb_.kill();
  nginx.fail(false);
  const auto good = probe();
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("healthy: status 200\n"));
}

// Where no devpts is mounted, as in a bare chroot, nobody has a terminal.
bool has_terminals() { return Fd(posix_openpt(O_RDWR | O_NOCTTY)).valid(); }

TEST_F(CheckTypes, TablesAreColouredOnATerminalUnlessNoColorIsSet) {
  if (!has_terminals()) GTEST_SKIP() << "no pseudo-terminal can be opened here: mount /dev/pts";
  ASSERT_NE(test::find_program("script"), "") << "install bsdutils, a part of every Debian";
  serve("type: SWITCH, default: unhealthy");
  EXPECT_THAT(shown_on_terminal("-u NO_COLOR", "health"), HasSubstr(kEscape));
  EXPECT_THAT(shown_on_terminal("NO_COLOR=", "health"), HasSubstr(kEscape));
  const std::string plain = shown_on_terminal("NO_COLOR=1", "health");
  EXPECT_THAT(plain, HasSubstr("unhealthy"));
  EXPECT_THAT(plain, Not(HasSubstr(kEscape)));
  const std::string piped = rhumb_.command({"health"}).out;
  EXPECT_THAT(piped, HasSubstr("unhealthy"));
  EXPECT_THAT(piped, Not(HasSubstr(kEscape)));
}

}  // namespace
}  // namespace rhumb
