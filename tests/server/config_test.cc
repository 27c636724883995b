#include "server/config.h"

#include "tests/support/process.h"

namespace rhumb {
namespace {

struct ReadConfig {
  Config config;
  std::vector<std::string> found;  // diagnostics, without the folder
};

ReadConfig read_text(const std::string& text) {
  const test::TempDir folder;
  const std::string path = folder.write("rhumb.yaml", text);
  Diagnostics diagnostics;
  ReadConfig result{read_config(path, diagnostics), {}};
  for (const Diagnostic& each : diagnostics.all()) {
    std::string line = to_string(each);
    if (line.starts_with(folder.path())) line.erase(0, folder.path().size() + 1);
    result.found.push_back(line);
  }
  return result;
}

std::vector<std::string> errors_of(const std::string& text) {
  return read_text("zones: a.zone\n" + text).found;
}

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Config, ReadsEveryKeyOfThisVersion) {
  const ReadConfig got = read_text(
      "listen: [\"127.0.0.1:5300\", \"[::1]:5300\"]\n"
      "workers: 3\n"
      "controlSocket: /run/x/control.sock\n"
      "stateDirectory: /var/lib/x\n"
      "log: {level: WARN, format: JSON}\n"
      "zones: [\"/zones/*.zone\"]\n"
      "healthCheckDefaults: {interval: 20s}\n"
      "healthChecks: [{id: a, type: TCP, address: 192.0.2.1, port: 25}]\n"
      "startupWait: 1s\n"
      "shutdownDelay: 250ms\n"
      "edns: {udpSize: 1400, clientSubnet: false}\n"
      "regions: {london: {latitude: 51.51, longitude: -0.13}}\n"
      "cidrCollections: {offices: {berlin: [198.51.100.0/24]}}\n");
  EXPECT_THAT(got.found, IsEmpty());
  EXPECT_THAT(got.config.listen, ElementsAre(Endpoint::parse("127.0.0.1:5300").value(),
                                             Endpoint::parse("[::1]:5300").value()));
  EXPECT_EQ(got.config.workers, 3);
  EXPECT_EQ(got.config.control_socket, "/run/x/control.sock");
  EXPECT_EQ(got.config.state_directory, "/var/lib/x");
  EXPECT_EQ(got.config.log_level, LogLevel::kWarning);
  EXPECT_EQ(got.config.log_format, LogFormat::kJson);
  ASSERT_EQ(got.config.zones.size(), 1U);
  EXPECT_EQ(got.config.zones[0].path, "/zones/*.zone");
  ASSERT_EQ(got.config.checks.size(), 1U);
  EXPECT_EQ(got.config.checks[0].interval_ms, 20'000);
  EXPECT_EQ(got.config.startup_wait_ms, 1'000);
  EXPECT_EQ(got.config.shutdown_delay_ms, 250);
  EXPECT_EQ(got.config.options.udp_size, 1400);
  EXPECT_FALSE(got.config.options.client_subnet);
  EXPECT_EQ(got.config.atlas.regions.at("london"), (Coordinates{51.51, -0.13}));
  EXPECT_THAT(got.config.atlas.collections.at("offices").locations.at("berlin"),
              ElementsAre(IpPrefix::parse("198.51.100.0/24").value()));
}

TEST(Config, HasTheReferencesDefaults) {
  const Config config = read_text("zones: a.zone\n").config;
  EXPECT_THAT(config.listen, IsEmpty());
  EXPECT_EQ(config.workers, 0);
  EXPECT_EQ(config.control_socket, "/run/rhumb/control.sock");
  EXPECT_EQ(config.state_directory, "");
  EXPECT_EQ(config.startup_wait_ms, 5'000);
  EXPECT_EQ(config.shutdown_delay_ms, 0);
  EXPECT_EQ(config.options.udp_size, 1232);
  EXPECT_TRUE(config.options.client_subnet);
  EXPECT_EQ(config.atlas, Atlas());
}

TEST(Config, PatternsStartFromTheFilesFolderUnlessTheyAreAbsolute) {
  const test::TempDir folder;
  const std::string path =
      folder.write("rhumb.yaml", "zones: [\"zones/*.zone\", \"/srv/../a/*.zone\"]\n");
  Diagnostics diagnostics;
  const Config config = read_config(path, diagnostics);
  ASSERT_EQ(config.zones.size(), 2U);
  EXPECT_EQ(config.zones[0].folder, folder.path() + "/");
  EXPECT_EQ(config.zones[0].written, "zones/*.zone");
  EXPECT_EQ(config.zones[1].folder, "");
  EXPECT_EQ(config.zones[1].written, "/srv/../a/*.zone");
}

TEST(Config, JsonIsReadToo) {
  EXPECT_THAT(read_text("{\"zones\": [\"a.zone\"], \"workers\": 2}").found, IsEmpty());
}

TEST(Config, MetricsSayHowManyZonesAreCountedByThemselves) {
  EXPECT_EQ(read_text("zones: [a.zone]\n").config.metrics_max_zones, 1'000U);
  EXPECT_EQ(read_text("zones: [a.zone]\nmetrics: {maxZones: 5}\n").config.metrics_max_zones, 5U);
  EXPECT_THAT(errors_of("metrics: {maxZone: 5}\n"),
              ElementsAre("rhumb.yaml:2:11: error: unknown key \"maxZone\"; did you mean "
                          "\"maxZones\"?"));
  EXPECT_THAT(errors_of("metrics: {maxZones: 100001}\n"),
              ElementsAre(HasSubstr("rhumb.yaml:2:21: error: ")));
}

TEST(Config, SuggestsTheKeyThatWasMeant) {
  EXPECT_THAT(errors_of("worker: 2\n"),
              ElementsAre("rhumb.yaml:2:1: error: unknown key \"worker\"; did you mean "
                          "\"workers\"?"));
}

TEST(Config, ZonesMustBeNamed) {
  EXPECT_THAT(read_text("workers: 1\n").found,
              ElementsAre(HasSubstr("rhumb.yaml:1:1: error: \"zones\" is missing")));
}

TEST(Config, ListenIsStrictAndSaysWhatToWrite) {
  EXPECT_THAT(errors_of("listen: [\"127.0.0.1\"]\n"),
              ElementsAre(HasSubstr("2:10: error: \"127.0.0.1\" is no address to listen on; add "
                                    "the port: \"127.0.0.1:53\"")));
  EXPECT_THAT(errors_of("listen: [\"[::ffff:127.0.0.1]:53\"]\n"),
              ElementsAre(HasSubstr("is an IPv4 address; write \"127.0.0.1:53\"")));
  EXPECT_THAT(errors_of("listen: [\"::1\"]\n"),
              ElementsAre(HasSubstr("add the port: \"[::1]:53\"")));
  EXPECT_THAT(errors_of("listen: [\"::1:53\"]\n"),
              ElementsAre(HasSubstr("put an IPv6 address in brackets: \"[::1]:53\"")));
  EXPECT_THAT(errors_of("listen: [\"fd00::1:5300\"]\n"),
              ElementsAre(HasSubstr("in brackets: \"[fd00::1]:5300\" or \"[fd00::1:5300]:53\"")));
  EXPECT_THAT(errors_of("listen: [\"2001:db8::1\"]\n"),
              ElementsAre(HasSubstr("add the port: \"[2001:db8::1]:53\"")));
  EXPECT_THAT(errors_of("listen: [\"fe80::1%eth0:53\"]\n"),
              ElementsAre(HasSubstr("put an IPv6 address in brackets")));
  EXPECT_THAT(errors_of("listen: [\"*:53\"]\n"),
              ElementsAre(HasSubstr("write \"0.0.0.0:53\" or \"[::]:53\"")));
  EXPECT_THAT(errors_of("listen: [\"localhost:53\"]\n"),
              ElementsAre(HasSubstr("write an address and a port")));
  EXPECT_THAT(errors_of("listen: [\"127.0.0.1:0\"]\n"), ElementsAre(HasSubstr("has port 0")));
  EXPECT_THAT(errors_of("listen: [\"127.0.0.1:53\", \"127.0.0.1:53\"]\n"),
              ElementsAre(HasSubstr("2:26: error: \"127.0.0.1:53\" is listed twice")));
  EXPECT_THAT(errors_of("listen: []\n"), ElementsAre(HasSubstr("the list is empty")));
}

TEST(Config, BoundsItsNumbers) {
  EXPECT_THAT(errors_of("workers: -1\n"), ElementsAre(HasSubstr("2:10: error: ")));
  EXPECT_THAT(errors_of("edns: {udpSize: 511}\n"), ElementsAre(HasSubstr("2:17: error: ")));
  EXPECT_THAT(errors_of("edns: {udpSize: 4097}\n"), ElementsAre(HasSubstr("2:17: error: ")));
  EXPECT_THAT(errors_of("startupWait: 2h\n"), ElementsAre(HasSubstr("longer than an hour")));
}

TEST(Config, ControlSocketFitsASocketsAddress) {
  EXPECT_THAT(errors_of("controlSocket: /" + std::string(107, 'x') + "\n"),
              ElementsAre(HasSubstr("longer than the 107 bytes")));
  EXPECT_THAT(errors_of("controlSocket: /" + std::string(106, 'x') + "\n"), IsEmpty());
}

TEST(Config, AnEmptyControlSocketIsAnErrorThatNamesTheDefault) {
  EXPECT_THAT(errors_of("controlSocket: \"\"\n"),
              ElementsAre("rhumb.yaml:2:16: error: the path is empty; write one, or leave "
                          "\"controlSocket\" out for /run/rhumb/control.sock"));
}

TEST(Config, TheStateDirectoryStartsFromTheFilesFolder) {
  const ReadConfig got = read_text("zones: a.zone\nstateDirectory: state\n");
  const std::string& path = got.config.path;
  EXPECT_EQ(got.config.state_directory, path.substr(0, path.rfind('/')) + "/state");
}

TEST(Config, AnEmptyStateDirectoryIsAnError) {
  EXPECT_THAT(errors_of("stateDirectory: \"\"\n"),
              ElementsAre(HasSubstr("rhumb.yaml:2:17: error: the path is empty; write one, or")));
}

TEST(Config, OneThatCannotBeReadIsOneLine) {
  Diagnostics diagnostics;
  read_config("/nowhere/rhumb.yaml", diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1U);
  EXPECT_EQ(to_string(diagnostics.all()[0]),
            "/nowhere/rhumb.yaml: error: cannot be read: No such file or directory");
}

TEST(Config, WarnsOfWhatNeedsARestart) {
  Config running;
  running.path = "rhumb.yaml";
  Config next = running;
  next.log_level = LogLevel::kDebug;
  next.workers = 2;
  next.control_socket = "/x";
  next.state_directory = "/y";
  Diagnostics diagnostics;
  warn_of_restart(running, next, diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 3U);
  EXPECT_EQ(to_string(diagnostics.all()[0]),
            "rhumb.yaml: warning: \"workers\" has changed; it takes effect with a restart");
  EXPECT_EQ(to_string(diagnostics.all()[1]),
            "rhumb.yaml: warning: \"controlSocket\" has changed; it takes effect with a restart");
  EXPECT_EQ(to_string(diagnostics.all()[2]),
            "rhumb.yaml: warning: \"stateDirectory\" has changed; it takes effect with a restart");
}

}  // namespace
}  // namespace rhumb
