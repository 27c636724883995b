// A start with files that have errors: those that were accepted last are served instead, where this
// is wanted, and until good ones come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificate.h"
#include "tests/support/dns_client.h"
#include "tests/support/faults.h"
#include "tests/support/mmdb.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;
namespace fs = std::filesystem;

constexpr char kKeptConfig[] =
    "zones: [\"zones/*.yaml\", \"zones/*.zone\"]\nstateDirectory: state\n"
    "geo: {overrides: networks.yaml}\n";
constexpr char kIncluding[] =
    "$ORIGIN b.test.\n$TTL 5\n@ SOA ns1 hostmaster 7 3600 600 86400 60\n@ NS ns1\n"
    "ns1 A 192.0.2.53\n$INCLUDE part.inc\n";
constexpr char kLoopback[] = "- {network: 127.0.0.0/8, country: GB}\n";

std::string zone_with(const std::string& address) {
  return "masterFile: a.records\n" +
         test::yaml_zone(
             "a.test", "",
             "- {name: www, type: A, values: [" + address +
                 "]}\n- {name: near, type: A, setIdentifier: gb, geoLocation: {country: GB}, "
                 "values: [192.0.2.71]}\n- {name: near, type: A, setIdentifier: all, geoLocation: "
                 "{default: true}, values: [192.0.2.72]}\n");
}

class LastGood : public ::testing::Test {
 protected:
  LastGood() { write_good("192.0.2.1"); }

  void write_good(const std::string& address) const {
    folder_.write("zones/a.yaml", zone_with(address));
    folder_.write("zones/a.records", "static A 192.0.2.61\n");
    folder_.write("zones/b.zone", kIncluding);
    folder_.write("zones/part.inc", "www A 192.0.2.62\n");
    folder_.write("networks.yaml", kLoopback);
  }
  void serve(const Strings& options = {}) {
    rhumb_.start(options);
    ASSERT_TRUE(rhumb_.wait_serving()) << log();
  }
  // The list is another than `before`, and so what is served now is kept.
  [[nodiscard]] bool wait_kept(const std::string& before = "") const {
    return test::wait_until([&] { return test::read_file(kept()) != before; });
  }
  [[nodiscard]] bool is_kept(const std::string& text) const {
    std::error_code failed;
    if (!fs::exists(kept(), failed)) return false;
    for (const auto& each : fs::directory_iterator(fs::path(kept()).parent_path(), failed)) {
      if (test::read_file(each.path()) == text) return true;
    }
    return false;
  }
  [[nodiscard]] std::string kept() const { return folder_.path() + "/state/last-good/files.jsonl"; }
  // Serves, keeps, ends.
  void have_last_good() {
    ASSERT_NO_FATAL_FAILURE(serve());
    ASSERT_TRUE(wait_kept());
    rhumb_.kill();
  }
  // Whose serial would be less if it were new, by the time of its files.
  void write_good_of_the_past(const std::string& address) const {
    write_good(address);
    for (const char* file : {"a.yaml", "a.records"}) {
      fs::last_write_time(folder_.path() + "/zones/" + file,
                          fs::file_time_type::clock::now() - std::chrono::hours(1));
    }
  }
  void fails_to_start(const Strings& options) {
    rhumb_.start(options);
    EXPECT_EQ(rhumb_.process().wait_exit(), 1) << log();
  }
  [[nodiscard]] std::string log() { return rhumb_.process().output(); }
  [[nodiscard]] std::string metrics() const {
    return test::run({"curl", "-s", "--unix-socket", folder_.path() + "/control.sock",
                      "http://rhumb/metrics"})
        .out;
  }

  test::TempDir folder_;
  test::Rhumb rhumb_{folder_, kKeptConfig};
};

TEST_F(LastGood, IsServedWholeWhereTheFilesHaveErrors) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("zones/a.yaml", "zone: a.test\nnonsense\n");
  fs::remove(folder_.path() + "/zones/part.inc");
  folder_.write("zones/a.records", "none A 192.0.2.99\n");
  folder_.write("networks.yaml", "- {network: nonsense}\n");
  fails_to_start({});
  EXPECT_THAT(log(), HasSubstr("a.yaml:2"));
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_THAT(log(), HasSubstr("a.yaml:2"));
  EXPECT_THAT(log(), HasSubstr("part.inc"));
  EXPECT_THAT(log(), HasSubstr("networks.yaml"));
  EXPECT_EQ(test::count_in(log(), "the files have errors; the last good ones are served"), 1U);
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
  EXPECT_EQ(rhumb_.addresses("static.a.test"), Strings{"192.0.2.61"});
  EXPECT_EQ(rhumb_.addresses("www.b.test"), Strings{"192.0.2.62"});
  EXPECT_EQ(rhumb_.addresses("near.a.test"), Strings{"192.0.2.71"});
}

TEST_F(LastGood, IsToldOfUntilAReloadOfGoodFiles) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("zones/a.yaml", "zone: a.test\nnonsense\n");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  const JsonValue status = rhumb_.json({"status"});
  EXPECT_EQ(status["lastGood"]["keptAt"].text().substr(0, 2), "20");
  EXPECT_TRUE(status["restartWouldFail"].boolean());
  EXPECT_FALSE(status["lastReload"]["ok"].boolean());
  EXPECT_GE(status["lastReload"]["errors"].items().size(), 1U);
  EXPECT_THAT(rhumb_.command({"status"}).out, HasSubstr("the last good files are served, of 20"));
  EXPECT_THAT(metrics(), HasSubstr("\nrhumb_last_good_served 1\n"));
  EXPECT_THAT(metrics(), Not(HasSubstr("\nrhumb_reload_pending_errors 0\n")));
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 1);
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
  write_good("192.0.2.2");
  EXPECT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
  EXPECT_TRUE(rhumb_.json({"status"})["lastGood"].is_null());
  EXPECT_FALSE(rhumb_.json({"status"})["restartWouldFail"].boolean());
  EXPECT_THAT(metrics(), HasSubstr("\nrhumb_last_good_served 0\n"));
  EXPECT_THAT(metrics(), HasSubstr("\nrhumb_reload_pending_errors 0\n"));
  EXPECT_THAT(log(), HasSubstr("the last good files are no longer needed"));
}

TEST_F(LastGood, ChangesNothingWhereTheFilesAreGood) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  write_good("192.0.2.2");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
  EXPECT_TRUE(rhumb_.json({"status"})["lastGood"].is_null());
  EXPECT_THAT(log(), Not(HasSubstr("last good")));
}

TEST_F(LastGood, IsWhatAReloadAcceptedLast) {
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(wait_kept());
  const std::string first = test::read_file(kept());
  write_good("192.0.2.2");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  ASSERT_TRUE(wait_kept(first));
  folder_.write("zones/a.yaml", "nonsense");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 1);
  rhumb_.kill();
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
}

TEST_F(LastGood, GoesOnFromTheSerialsOfTheServerThatItReplaces) {
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(wait_kept());
  const std::string first = test::read_file(kept());
  write_good_of_the_past("192.0.2.2");
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0);
  ASSERT_TRUE(wait_kept(first));
  const auto serial = [&] { return rhumb_.json({"zones"}).items()[0]["serial"].whole(); };
  const auto before = serial();
  folder_.write("zones/a.yaml", "nonsense");
  auto successor = std::make_unique<test::Process>(
      Strings{test::rhumb_binary(), "serve", "--replace", "--last-good", "-c", rhumb_.config()});
  ASSERT_TRUE(rhumb_.replace_by(std::move(successor)));
  EXPECT_THAT(log(), HasSubstr("the last good ones are served"));
  EXPECT_EQ(serial(), before);
}

// What was taken then is not all of it good: it would not start.
TEST_F(LastGood, StaysAsItWasWhereZonesWithErrorsArePassedOver) {
  constexpr char kDefaults[] = "healthCheckDefaults: {type: TCP, port: 80}\n";
  rhumb_.rewrite(std::string(kKeptConfig) + kDefaults);
  folder_.write("zones/c.yaml", test::yaml_zone("c.test", "- {id: c, address: 192.0.2.1}\n", ""));
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(wait_kept());
  const std::string before = test::read_file(kept());
  rhumb_.rewrite(kKeptConfig);
  ASSERT_EQ(rhumb_.command({"reload", "--keep-bad-zones"}).exit_code, 1);
  EXPECT_TRUE(rhumb_.process().wait_output("zones with errors were passed over; the files of "));
  EXPECT_EQ(test::read_file(kept()), before);
  rhumb_.kill();
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_TRUE(rhumb_.ask({.name = "c.test", .type = "NS"})->rcode == "NOERROR");
}

// A start with it keeps it: the next one has it too.
TEST_F(LastGood, OutlastsItsOwnUse) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("zones/a.yaml", "nonsense");
  for (int i = 0; i < 2; ++i) {
    ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
    EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
    rhumb_.process().signal(SIGTERM);
    EXPECT_EQ(rhumb_.process().wait_exit(), 0);
  }
}

TEST_F(LastGood, IsFoundThoughRhumbYamlItselfCannotBeRead) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  rhumb_.rewrite(std::string(kKeptConfig) + "log: {level: info\n");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
}

TEST_F(LastGood, IsFoundByWhatARhumbYamlInJsonStillTells) {
  const auto write = [&](const std::string& more) {
    folder_.write("rhumb.yaml",
                  "{\"listen\": [\"" + to_string(rhumb_.endpoint()) +
                      "\"], \"controlSocket\": \"control.sock\",\n \"stateDirectory\": "
                      "\"state\", \"zones\": [\"zones/*.zone\"]" +
                      more + "}\n");
  };
  write("");
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  write(",\n \"nonsense\": true");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("www.b.test"), Strings{"192.0.2.62"});
}

// Which rhumb.yaml has bound sockets by, before it was known that the copies have to do.
class LastGoodOfOtherSockets : public LastGood {
 protected:
  LastGoodOfOtherSockets() { folder_.write("token", "sesame-and-lilies\n"); }

  void write_config(const Endpoint& listen, const std::string& http) {
    folder_.write("rhumb.yaml", "listen: [\"" + to_string(listen) +
                                    "\"]\ncontrolSocket: control.sock\n" + kKeptConfig + http);
  }
  [[nodiscard]] static std::string http(const Endpoint& listen, const std::string& more = "") {
    return "http: {listen: \"" + to_string(listen) + "\", tokenFile: token" + more + "}\n";
  }
  [[nodiscard]] static int reach(const Endpoint& listen) {
    return test::run({"curl", "-s", "http://" + to_string(listen) + "/healthz"}).exit_code;
  }

  static constexpr int kNotConnected = 7;  // of curl
  const Endpoint http_ = free_endpoint_at(1);
  const Endpoint other_http_ = free_endpoint_at(2);
  const Endpoint other_ = free_endpoint_at(3);

 private:
  static Endpoint free_endpoint_at(int index) {
    const std::string address = test::own_address(index);
    return {*IpAddress::parse(address), test::free_port(address)};
  }
};

TEST_F(LastGoodOfOtherSockets, StaysWithTheSocketsThatAreBoundAndServesNoHttpOnAnotherOne) {
  write_config(rhumb_.endpoint(), http(http_));
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  write_config(other_, http(other_http_));
  folder_.write("zones/a.yaml", "nonsense");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_THAT(log(), HasSubstr("not as these files do keys=listen\n"));
  EXPECT_THAT(log(), HasSubstr("http is not served"));
  EXPECT_THAT(log(), HasSubstr("listen=" + to_string(other_) + " "));
  EXPECT_TRUE(test::ask(other_, {.name = "www.a.test"}));
  EXPECT_EQ(reach(other_http_), kNotConnected);
  EXPECT_EQ(reach(http_), kNotConnected);
  const JsonValue status = rhumb_.json({"status"});
  EXPECT_TRUE(status["http"].is_null());
  EXPECT_EQ(status["listen"].items().size(), 1U);
  write_good("192.0.2.2");
  const test::Finished reloaded = rhumb_.command({"reload"});
  const std::string said = reloaded.out + reloaded.err;
  EXPECT_THAT(said, HasSubstr("\"http.listen\" has changed"));
  EXPECT_THAT(said, Not(HasSubstr("\"listen\" has changed"))) << "it is bound so";
  ASSERT_TRUE(rhumb_.replace()) << "and what it hands over is not said to be another address";
  EXPECT_EQ(reach(other_http_), 0);
}

TEST_F(LastGoodOfOtherSockets, ServesHttpWhereItsAddressIsTheSame) {
  write_config(rhumb_.endpoint(), http(http_));
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("zones/a.yaml", "nonsense");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(reach(http_), 0);
  EXPECT_THAT(log(), Not(HasSubstr("these files")));
}

TEST_F(LastGoodOfOtherSockets, ServesNoHttpWithoutTheTlsThatRhumbYamlHasNow) {
  write_config(rhumb_.endpoint(), http(http_));
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  const auto made = test::make_certificate(folder_, "own", test::own_address(1));
  write_config(rhumb_.endpoint(), http(http_, ", tls: {certificate: " + made.certificate +
                                                  ", key: " + made.key + "}"));
  folder_.write("zones/a.yaml", "nonsense");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_THAT(log(), HasSubstr("http is not served"));
  EXPECT_EQ(reach(http_), kNotConnected);
}

TEST_F(LastGood, SaysWhyThereIsNone) {
  folder_.write("zones/a.yaml", "nonsense");
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("a.yaml:1"));
  EXPECT_THAT(log(), HasSubstr("no last good files are kept; there is no "));
  write_good("192.0.2.1");
  rhumb_.rewrite("zones: [\"zones/*.yaml\"]\n");
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("--last-good needs a \"stateDirectory\""));
}

TEST_F(LastGood, OneThatIsDamagedIsRefused) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("zones/a.yaml", "nonsense");
  const std::string list = test::read_file(kept());
  folder_.write("state/last-good/files.jsonl", list.substr(0, list.size() / 2));
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("is damaged: it is cut short"));
  folder_.write("state/last-good/files.jsonl", list);
  fs::remove(folder_.path() + "/state/last-good/1");
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("is damaged or gone"));
}

TEST_F(LastGood, CopiesNoSecret) {
  folder_.write("token", "sesame-and-lilies\n");
  folder_.write("secrets", "0123456789abcdef0123456789abcdef\n");
  rhumb_.rewrite(std::string(kKeptConfig) +
                 "edns: {cookieSecretFile: secrets}\n"
                 "healthChecks: [{id: job, type: PUSH, expiresAfter: 1h, tokenFile: token}]\n");
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  EXPECT_TRUE(is_kept(test::read_file(rhumb_.config())));
  EXPECT_FALSE(is_kept(test::read_file(folder_.path() + "/token")));
  EXPECT_FALSE(is_kept(test::read_file(folder_.path() + "/secrets")));
}

// With one place, Britain.
std::string british_database() {
  test::MmdbWriter places;
  GeoPlace britain;
  britain.country = Code("GB");
  places.add("127.0.0.0/8", test::mmdb_city(britain));
  return places.bytes();
}

std::string config_with(const std::string& database) {
  return "zones: [\"zones/*.yaml\"]\nstateDirectory: state\ngeo: {database: \"" + database +
         "\"}\n";
}

TEST_F(LastGood, HasTheDatabaseToo) {
  folder_.write("places.mmdb", british_database());
  rhumb_.rewrite(config_with("places.mmdb"));
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("places.mmdb", "nonsense");
  fails_to_start({});
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("near.a.test"), Strings{"192.0.2.71"});
}

// Where the helper reads it, and the server itself may not.
TEST_F(LastGood, ADatabaseInAFolderThatIsNewIsLeftOutAlone) {
  const test::TempDir elsewhere;
  ASSERT_NO_FATAL_FAILURE(serve());
  if (log().find("landlock") == std::string::npos) GTEST_SKIP() << "no Landlock here";
  ASSERT_TRUE(wait_kept());
  const std::string first = test::read_file(kept());
  const std::string database = elsewhere.write("places.mmdb", british_database());
  write_good("192.0.2.2");
  rhumb_.rewrite(config_with(database));
  ASSERT_EQ(rhumb_.command({"reload"}).exit_code, 0) << log();
  ASSERT_TRUE(wait_kept(first)) << log();
  ASSERT_TRUE(rhumb_.process().wait_output("not all of the last good files are kept"));
  EXPECT_THAT(log(), HasSubstr(database + ": it lies outside the folders that this process keeps"));
  rhumb_.kill();
  folder_.write("zones/a.yaml", "nonsense");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.2"});
  EXPECT_EQ(rhumb_.addresses("near.a.test"), Strings{"192.0.2.71"});
}

TEST_F(LastGood, AUserThatThereIsNotIsToldWithAllOtherErrors) {
  rhumb_.rewrite(std::string(kKeptConfig) + "user: nobody-knows\n");
  folder_.write("zones/a.yaml", "zone: a.test\nnonsense\n");
  fails_to_start({});
  EXPECT_EQ(test::count_in(log(), "there is no user \"nobody-knows\" on this system"), 1U);
  EXPECT_THAT(log(), HasSubstr("a.yaml:2"));
  rhumb_.rewrite(std::string(kKeptConfig) + "user: nobody-knows\nlog: {level: shout}\n");
  fails_to_start({});
  EXPECT_EQ(test::count_in(log(), "there is no user \"nobody-knows\" on this system"), 1U);
  EXPECT_THAT(log(), HasSubstr("shout"));
}

TEST_F(LastGood, IsServedWhereRhumbYamlNamesAUserThatThereIsNot) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  rhumb_.rewrite(std::string(kKeptConfig) + "user: nobody-knows\n");
  write_good("192.0.2.2");
  ASSERT_NO_FATAL_FAILURE(serve({"--last-good"}));
  EXPECT_EQ(test::count_in(log(), "there is no user \"nobody-knows\" on this system"), 1U);
  EXPECT_EQ(rhumb_.addresses("www.a.test"), Strings{"192.0.2.1"});
  EXPECT_TRUE(rhumb_.json({"status"})["restartWouldFail"].boolean());
}

TEST_F(LastGood, SaysWhyNothingCanBeBoundByIt) {
  ASSERT_NO_FATAL_FAILURE(have_last_good());
  folder_.write("rhumb.yaml", std::string(kKeptConfig) + "listen: 5\n");
  const std::string list = test::read_file(kept());
  folder_.write("state/last-good/files.jsonl", list.substr(0, list.size() / 2));
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("rhumb.yaml:4"));
  EXPECT_EQ(test::count_in(log(), "the last good files cannot be served either"), 1U);
  EXPECT_THAT(log(), HasSubstr("is damaged: it is cut short"));
  folder_.write("state/last-good/files.jsonl", list);
  if (geteuid() != 0) GTEST_SKIP() << "only to root it matters whose they are";
  ASSERT_EQ(chown(kept().c_str(), 1, 1), 0);
  fails_to_start({"--last-good"});
  EXPECT_THAT(log(), HasSubstr("the last good files cannot be served either"));
  EXPECT_THAT(log(), HasSubstr("to root, they are to be root's or of the user that they name"));
}

}  // namespace
}  // namespace rhumb
