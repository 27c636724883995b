// docs/two-servers.md end to end: three real servers with the same zone file, which ask one another
// what each has probed, and an operator who speaks to two of them at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr int kServers = 3;
constexpr char kLondonAddress[] = "192.0.2.10";
constexpr char kFrankfurtAddress[] = "198.51.100.10";
constexpr char kToken[] = "a-token-for-this-test";
constexpr char kQuickDefaults[] =
    "{interval: 100ms, timeout: 100ms, recheckInterval: 100ms, failureThreshold: 2, holdDown: 0s}";

std::string http_check(const std::string& id, const Endpoint& target, const std::string& path) {
  return "- {id: " + id + ", type: HTTP, address: " + to_string(target.address) +
         ", port: " + std::to_string(target.port) + ", path: " + path + "}\n";
}

// What asks a server, as the page has it.
std::string asking_check(const std::string& id, const Endpoint& server, const std::string& probe) {
  std::string check = http_check(id, server, "/api/v1/health-checks/" + probe + "/probed");
  check.resize(check.rfind('}'));
  return check + ", expectedStatus: [200, 404], failureThreshold: 1, successThreshold: 1, " +
         "holdDown: 0s, timeout: 2s, interval: 2s}\n";
}

// One of the servers: its own folder, and an HTTP address that the others ask.
struct RunningPeer {
  explicit RunningPeer(int index)
      : http{*IpAddress::parse(test::own_address(index)),
             test::free_port(test::own_address(index))} {
    folder.write("token", std::string(kToken) + "\n");
  }
  [[nodiscard]] std::string url() const { return "http://" + to_string(http); }

  test::TempDir folder;
  Endpoint http;
  std::unique_ptr<test::Rhumb> rhumb;
};

class TwoServers : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
    london_site_.start();
    frankfurt_site_.start();
    for (int i = 0; i < kServers; ++i) prepare(i, london_);
  }
  void start() {
    for (RunningPeer& server : servers_) server.rhumb->start();
    for (RunningPeer& server : servers_) {
      ASSERT_TRUE(server.rhumb->wait_serving()) << server.rhumb->process().output();
    }
    for (RunningPeer& server : servers_) {
      ASSERT_TRUE(wait_state(server, "london", "healthy"));
      ASSERT_TRUE(wait_state(server, "frankfurt", "healthy"));
    }
  }

  // Peer `index` probes London at `london`.
  void prepare(int index, const Endpoint& london) {
    RunningPeer& server = servers_[static_cast<std::size_t>(index)];
    server.folder.write("zones/blog.yaml", zone());
    std::string more = "http: {listen: \"" + to_string(server.http) +
                       "\", tokenFile: token}\nzones: [\"zones/*.yaml\"]\n" +
                       "healthCheckDefaults: " + kQuickDefaults + "\nhealthChecks:\n" +
                       http_check("london-probe", london, "/") +
                       http_check("frankfurt-probe", frankfurt_, "/");
    if (sites_.size() > 2) more += http_check("paris-probe", frankfurt_, "/");
    if (server.rhumb == nullptr) {
      server.rhumb = std::make_unique<test::Rhumb>(server.folder, more, index);
    } else {
      server.rhumb->rewrite(more);
    }
  }

  // The same for every server.
  [[nodiscard]] std::string zone() const {
    std::string checks;
    for (const std::string& site : sites_) {
      std::string children;
      for (std::size_t i = 0; i < servers_.size(); ++i) {
        const std::string id = site + "-by-ns" + std::to_string(i + 1);
        checks += asking_check(id, servers_[i].http, site + "-probe");
        children += (children.empty() ? "" : ", ") + id;
      }
      checks += "- {id: " + site + ", type: CALCULATED, children: [" + children +
                "], healthThreshold: 2, labels: {site: " + site + "}}\n";
    }
    return test::yaml_zone("blog.test", checks,
                           "- {name: www, type: A, setIdentifier: london, failover: PRIMARY, "
                           "healthCheckId: london, values: [192.0.2.10]}\n"
                           "- {name: www, type: A, setIdentifier: frankfurt, failover: SECONDARY, "
                           "healthCheckId: frankfurt, values: [198.51.100.10]}\n");
  }

  [[nodiscard]] static std::string state_of(const RunningPeer& server, const std::string& check) {
    return std::string(server.rhumb->json({"health", check})["state"].text());
  }
  [[nodiscard]] static bool wait_state(const RunningPeer& server, const std::string& check,
                                       const std::string& state) {
    return test::wait_until([&] { return state_of(server, check) == state; });
  }
  [[nodiscard]] static bool wait_answer(const RunningPeer& server, const std::string& value) {
    return test::wait_until(
        [&] { return server.rhumb->addresses("www.blog.test") == Strings{value}; });
  }
  // An operator's command to the first two servers at once.
  [[nodiscard]] test::Finished tell_both(Strings words) const {
    words.insert(words.begin(), test::rhumb_binary());
    for (const RunningPeer* server : {&servers_[0], &servers_[1]}) {
      words.insert(words.end(), {"--server", server->url()});
    }
    words.insert(words.end(), {"--token-file", servers_[0].folder.path() + "/token"});
    return test::run(words);
  }

  Strings sites_ = {"london", "frankfurt"};
  std::array<RunningPeer, kServers> servers_{RunningPeer(0), RunningPeer(1), RunningPeer(2)};
  Endpoint london_{*IpAddress::parse(test::own_address(3)), test::free_port(test::own_address(3))};
  Endpoint frankfurt_{*IpAddress::parse(test::own_address(4)),
                      test::free_port(test::own_address(4))};
  test::Nginx london_site_{test::own_address(3), london_.port, "london"};
  test::Nginx frankfurt_site_{test::own_address(4), frankfurt_.port, "frankfurt"};
};

// The YAML of docs/two-servers.md, as it stands there.
std::string documented_checks() {
  const std::string page = test::read_file(RHUMB_SOURCE_DIR "/docs/two-servers.md");
  const std::string begin = "```yaml\n";
  const std::size_t at = page.find(begin);
  if (at == std::string::npos) return "";
  return page.substr(at + begin.size(), page.find("```", at + begin.size()) - at - begin.size());
}

TEST(TwoServersPage, ShowsChecksThatRhumbHasNothingToSayOf) {
  const std::string checks = documented_checks();
  ASSERT_THAT(checks, HasSubstr("healthChecks:\n"));
  test::TempDir folder;
  const std::string path =
      folder.write("rhumb.yaml", "zones: [blog.yaml]\nlisten: 127.0.0.1:53\n" + checks);
  folder.write("blog.yaml",
               test::yaml_zone("blog.test", "",
                               "- {name: www, type: A, setIdentifier: london, failover: PRIMARY, "
                               "healthCheckId: london, values: [192.0.2.10]}\n"
                               "- {name: www, type: A, setIdentifier: frankfurt, failover: "
                               "SECONDARY, values: [198.51.100.10]}\n"));
  const test::Finished finished =
      test::run({test::rhumb_binary(), "check", "--strict", "-c", path});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("5 health checks; 0 warnings"));
}

TEST_F(TwoServers, OfTheSameFilesHaveTheSameDigests) {
  ASSERT_NO_FATAL_FAILURE(start());
  const JsonValue first = servers_[0].rhumb->json({"zones"});
  const JsonValue second = servers_[1].rhumb->json({"zones"});
  ASSERT_EQ(first.items().size(), 1U);
  ASSERT_EQ(second.items().size(), 1U);
  EXPECT_EQ(first.items()[0]["digest"].text(), second.items()[0]["digest"].text());
  EXPECT_NE(first.items()[0]["digest"].text(), "");
}

TEST_F(TwoServers, ASiteIsDeadWhenTwoOfThreeSaySo) {
  ASSERT_NO_FATAL_FAILURE(start());
  london_site_.kill();
  for (const RunningPeer& server : servers_) EXPECT_TRUE(wait_answer(server, kFrankfurtAddress));
  london_site_.start();
  for (const RunningPeer& server : servers_) EXPECT_TRUE(wait_answer(server, kLondonAddress));
}

// Its way to London is broken: its probe goes to where nobody listens.
TEST_F(TwoServers, OneThatCannotReachASiteDoesNotGiveItUp) {
  prepare(0, {london_.address, test::free_port(to_string(london_.address))});
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(wait_state(servers_[0], "london-probe", "unhealthy"));
  for (const RunningPeer& server : servers_) {
    EXPECT_TRUE(wait_state(server, "london-by-ns1", "unhealthy"));
    EXPECT_TRUE(wait_state(server, "london-by-ns2", "healthy"));
    EXPECT_TRUE(wait_state(server, "london-by-ns3", "healthy"));
    EXPECT_EQ(state_of(server, "london"), "healthy");
    EXPECT_EQ(server.rhumb->addresses("www.blog.test"), Strings{kLondonAddress});
  }
}

TEST_F(TwoServers, ServeOnWithoutTheThird) {
  ASSERT_NO_FATAL_FAILURE(start());
  servers_[2].rhumb.reset();
  for (const RunningPeer* server : {&servers_[0], &servers_[1]}) {
    EXPECT_TRUE(wait_state(*server, "london-by-ns3", "unhealthy"));
    EXPECT_TRUE(wait_state(*server, "london-by-ns1", "healthy"));
    EXPECT_TRUE(wait_state(*server, "london-by-ns2", "healthy"));
    EXPECT_EQ(server->rhumb->addresses("www.blog.test"), Strings{kLondonAddress});
  }
}

// Each server asks itself and the others of a check that they do not have yet.
TEST_F(TwoServers, CallNoSiteDeadBecauseItIsNew) {
  ASSERT_NO_FATAL_FAILURE(start());
  sites_.push_back("paris");
  for (int i = 0; i < kServers; ++i) {
    prepare(i, london_);
    const RunningPeer& server = servers_[static_cast<std::size_t>(i)];
    const test::Finished reloaded = server.rhumb->command({"reload"});
    ASSERT_EQ(reloaded.exit_code, 0) << reloaded.err;
  }
  for (const RunningPeer& server : servers_) {
    EXPECT_TRUE(wait_state(server, "paris-by-ns3", "healthy"));
    EXPECT_TRUE(wait_state(server, "paris", "healthy"));
    const std::string log = server.rhumb->process().output();
    EXPECT_THAT(log, Not(HasSubstr("status 404, expected"))) << log;
  }
}

TEST_F(TwoServers, ThatHaveNotProbedYetSayNothingAgainstASite) {
  london_site_.freeze(true);
  servers_[0].folder.write("zones/blog.yaml", zone());
  servers_[0].rhumb->rewrite("http: {listen: \"" + to_string(servers_[0].http) +
                             "\"}\nzones: [\"zones/*.yaml\"]\nstartupWait: 1h\n" +
                             "healthCheckDefaults: {interval: 60s, timeout: 60s}\n" +
                             "healthChecks:\n" + http_check("london-probe", london_, "/") +
                             http_check("frankfurt-probe", frankfurt_, "/"));
  servers_[0].rhumb->start();
  const auto status_of = [&](const std::string& path) {
    return test::run({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                      servers_[0].url() + "/api/v1/" + path})
        .out;
  };
  EXPECT_TRUE(test::wait_until([&] { return status_of("status") == "200"; }));
  EXPECT_EQ(status_of("health-checks/london-probe/probed"), "200");
  EXPECT_EQ(status_of("health-checks/london-probe"), "503");
  EXPECT_EQ(status_of("health-checks"), "503");
  EXPECT_EQ(status_of("zones"), "503");
  EXPECT_EQ(status_of("explain?name=www.blog.test&type=A&client=192.0.2.1"), "503");
}

TEST_F(TwoServers, TakeADrainTogether) {
  ASSERT_NO_FATAL_FAILURE(start());
  const test::Finished drained = tell_both({"drain", "site=london", "--reason", "power work"});
  EXPECT_EQ(drained.exit_code, 0) << drained.err;
  EXPECT_TRUE(wait_answer(servers_[0], kFrankfurtAddress));
  EXPECT_TRUE(wait_answer(servers_[1], kFrankfurtAddress));
  EXPECT_EQ(servers_[2].rhumb->addresses("www.blog.test"), Strings{kLondonAddress});
  const test::Finished restored = tell_both({"restore", "site=london"});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_TRUE(wait_answer(servers_[0], kLondonAddress));
  EXPECT_TRUE(wait_answer(servers_[1], kLondonAddress));
}

TEST_F(TwoServers, NameTheOneThatDidNotTakeADrain) {
  ASSERT_NO_FATAL_FAILURE(start());
  servers_[1].rhumb.reset();
  const test::Finished drained = tell_both({"drain", "site=london"});
  EXPECT_EQ(drained.exit_code, 1);
  EXPECT_THAT(drained.err, HasSubstr(servers_[1].url()));
  EXPECT_TRUE(wait_answer(servers_[0], kFrankfurtAddress));
}

}  // namespace
}  // namespace rhumb
