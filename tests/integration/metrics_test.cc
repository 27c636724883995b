// What the running program tells Prometheus: judged by promtool, scraped by a real Prometheus, and
// exact after a known number of questions. And the alerts that come as an example.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "server/api_request.h"
#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/server/hostile_server.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "text/json.h"

namespace rhumb {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFailover =
    "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: dead, values: "
    "[192.0.2.1]}\n"
    "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: [192.0.2.2]}\n";

// Two servers in one: IPv4 and IPv6, each with UDP and TCP.
class Metrics : public ::testing::Test {
 protected:
  Metrics() {
    const BoundSocket dead(ip("127.0.0.1"), SOCK_STREAM);  // bound, but nobody listens
    folder_.write("a.yaml",
                  test::yaml_zone("a.test",
                                  "- {id: dead, type: TCP, address: 127.0.0.1, port: " +
                                      std::to_string(dead.endpoint().port) +
                                      ", interval: 1h, recheckInterval: 100ms, timeout: 1s, "
                                      "failureThreshold: 1}\n",
                                  kFailover));
  }

  // True once it serves.
  bool start(const std::string& listen, const std::string& more = "") {
    const std::string config = folder_.write(
        "rhumb.yaml", "listen: [" + listen + "]\nworkers: 2\ncontrolSocket: " + folder_.path() +
                          "/control.sock\nzones: [a.yaml]\n" + more);
    rhumb_ = std::make_unique<test::Process>(
        std::vector<std::string>{test::rhumb_binary(), "serve", "-c", config});
    return rhumb_->wait_output("serving");
  }
  ~Metrics() override {
    if (rhumb_ == nullptr) return;
    rhumb_->signal(SIGTERM);
    EXPECT_EQ(rhumb_->wait_exit(), 0) << rhumb_->output();
  }

  [[nodiscard]] std::string metrics() const {
    ApiRequest get;
    get.url = "http://rhumb/metrics";
    get.unix_socket = folder_.path() + "/control.sock";
    const ApiReply reply = request(get);
    EXPECT_EQ(reply.status, 200) << reply.error;
    return reply.body;
  }
  // The value of a sample as it stands; empty when there is none.
  [[nodiscard]] std::string value(const std::string& sample) const {
    const std::string text = metrics();
    const std::size_t at = text.find("\n" + sample + " ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + sample.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  test::TempDir folder_;
  std::string address_ = test::own_address();
  Endpoint v4_{*IpAddress::parse(address_), test::free_port(address_)};
  std::unique_ptr<test::Process> rhumb_;
};

std::string quoted(const Endpoint& endpoint) { return "\"" + to_string(endpoint) + "\""; }

void ask(const Endpoint& server, int times, const test::Ask& question) {
  for (int i = 0; i < times; ++i) ASSERT_TRUE(test::ask(server, question)) << question.name;
}

TEST_F(Metrics, PromtoolFindsNothingToSay) {
  const std::string promtool = test::find_program("promtool");
  ASSERT_NE(promtool, "") << "install prometheus, as scripts/test does";
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  ask(v4_, 1, {.name = "www.a.test."});
  const std::string file = folder_.write("metrics", metrics());
  const auto judged = test::run({"/bin/sh", "-c", promtool + " check metrics <" + file});
  EXPECT_EQ(judged.exit_code, 0) << judged.out << judged.err;
  EXPECT_EQ(judged.err, "");
}

TEST_F(Metrics, CountersAreExactOverBothTransports) {
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  ask(v4_, 5, {.name = "www.a.test."});
  ask(v4_, 3, {.name = "www.a.test.", .tcp = true});
  ask(v4_, 2, {.name = "nothing.a.test.", .type = "AAAA"});
  ask(v4_, 4, {.name = "www.elsewhere.test.", .tcp = true});
  const std::string requests = "rhumb_dns_requests_total{transport=";
  EXPECT_EQ(value(requests + "\"udp\",family=\"v4\",type=\"A\"}"), "5");
  EXPECT_EQ(value(requests + "\"tcp\",family=\"v4\",type=\"A\"}"), "7");
  EXPECT_EQ(value(requests + "\"udp\",family=\"v4\",type=\"AAAA\"}"), "2");
  const std::string responses = "rhumb_dns_responses_total{zone=";
  EXPECT_EQ(value(responses + "\"a.test.\",rcode=\"noerror\"}"), "8");
  EXPECT_EQ(value(responses + "\"a.test.\",rcode=\"nxdomain\"}"), "2");
  EXPECT_EQ(value(responses + "\"none\",rcode=\"refused\"}"), "4");
  EXPECT_EQ(value("rhumb_answers_total{zone=\"a.test.\",policy=\"failover\",outcome=\"degraded\"}"),
            "8");
  EXPECT_EQ(value("rhumb_answers_total{zone=\"a.test.\",policy=\"failover\",outcome=\"ok\"}"), "0");
  // Counted when the reply is with the kernel, which is after the client may have it.
  EXPECT_TRUE(test::wait_until(
      [this] { return value("rhumb_dns_request_duration_seconds_count") == "14"; }));
}

TEST_F(Metrics, AnIpv6ClientIsOfItsFamily) {
  std::unique_ptr<BoundSocket> free;
  try {
    free = std::make_unique<BoundSocket>(ip("::1"), SOCK_STREAM);
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "the machine has no ::1";
  }
  const Endpoint v6 = free->endpoint();
  free.reset();
  ASSERT_TRUE(start(quoted(v4_) + ", " + quoted(v6))) << rhumb_->output();
  ask(v6, 3, {.name = "www.a.test."});
  ask(v6, 2, {.name = "www.a.test.", .tcp = true});
  ask(v4_, 1, {.name = "www.a.test."});
  const std::string requests = "rhumb_dns_requests_total{transport=";
  EXPECT_EQ(value(requests + "\"udp\",family=\"v6\",type=\"A\"}"), "3");
  EXPECT_EQ(value(requests + "\"tcp\",family=\"v6\",type=\"A\"}"), "2");
  EXPECT_EQ(value(requests + "\"udp\",family=\"v4\",type=\"A\"}"), "1");
}

TEST_F(Metrics, WhatGetsNoReplyIsADropAndNoRequest) {
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  test::Bytes response = test::encode({.name = "www.a.test."});
  response[2] |= 0x80U;
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(test::exchange_udp(v4_, response, 1));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(test::exchange_udp(v4_, test::Bytes(11), 1));
  EXPECT_FALSE(test::exchange_udp(v4_, test::Bytes(4097), 1));
  EXPECT_TRUE(test::wait_until([this] {
    return value("rhumb_dns_dropped_total{reason=\"response\"}") == "2" &&
           value("rhumb_dns_dropped_total{reason=\"short\"}") == "3" &&
           value("rhumb_dns_dropped_total{reason=\"oversize\"}") == "1";
  }));
  EXPECT_EQ(value("rhumb_dns_requests_total{transport=\"udp\",family=\"v4\",type=\"other\"}"), "0");
}

TEST_F(Metrics, TellOfReloadsAndOfWhatTheyRefused) {
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  const std::string first = value("rhumb_reload_last_success_timestamp_seconds");
  EXPECT_EQ(value("rhumb_reload_total{result=\"ok\"}"), "0");
  const std::string zone = test::read_file(folder_.path() + "/a.yaml");
  folder_.write("a.yaml", zone + "- {name: x, type: A, values: [192.0.2.256]}\n");
  const std::vector<std::string> reload = {test::rhumb_binary(), "reload", "--socket",
                                           folder_.path() + "/control.sock"};
  EXPECT_EQ(test::run(reload).exit_code, 1);
  EXPECT_EQ(value("rhumb_reload_total{result=\"failed\"}"), "1");
  EXPECT_EQ(value("rhumb_reload_pending_errors"), "1");
  EXPECT_EQ(value("rhumb_reload_last_success_timestamp_seconds"), first);
  folder_.write("a.yaml", zone + "- {name: x, type: A, values: [192.0.2.25]}\n");
  EXPECT_EQ(test::run(reload).exit_code, 0);
  EXPECT_EQ(value("rhumb_reload_total{result=\"ok\"}"), "1");
  EXPECT_EQ(value("rhumb_reload_pending_errors"), "0");
  EXPECT_NE(value("rhumb_reload_last_success_timestamp_seconds"), first);
  EXPECT_EQ(value("rhumb_zone_records{zone=\"a.test.\"}"), "6");
}

TEST_F(Metrics, CountsGoOnOverAReload) {
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  ask(v4_, 2, {.name = "www.a.test."});
  folder_.write("a.yaml", test::read_file(folder_.path() + "/a.yaml") +
                              "- {name: x, type: A, values: [192.0.2.25]}\n");
  EXPECT_EQ(
      test::run({test::rhumb_binary(), "reload", "--socket", folder_.path() + "/control.sock"})
          .exit_code,
      0);
  ask(v4_, 3, {.name = "x.a.test."});
  EXPECT_EQ(value("rhumb_dns_responses_total{zone=\"a.test.\",rcode=\"noerror\"}"), "5");
}

TEST_F(Metrics, TellWhatChecksFoundAndWhatOperatorsSaid) {
  ASSERT_TRUE(start(quoted(v4_))) << rhumb_->output();
  const auto command = [this](std::vector<std::string> words) {
    words.insert(words.begin(), test::rhumb_binary());
    words.insert(words.end(), {"--socket", folder_.path() + "/control.sock"});
    return test::run(words).exit_code;
  };
  EXPECT_EQ(value("rhumb_health_check_probes_total{id=\"dead\",result=\"failed\"}"), "1");
  EXPECT_EQ(value("rhumb_health_check_transitions_total{id=\"dead\",to=\"unhealthy\"}"), "1");
  EXPECT_EQ(value("rhumb_health_check_duration_seconds_count{type=\"TCP\"}"), "1");
  EXPECT_EQ(value("rhumb_override_active{id=\"dead\"}"), "0");
  EXPECT_EQ(command({"override", "dead", "healthy"}), 0);
  EXPECT_EQ(value("rhumb_override_active{id=\"dead\"}"), "1");
  EXPECT_EQ(value("rhumb_health_check_up{id=\"dead\",type=\"TCP\"}"), "1");
  EXPECT_EQ(value("rhumb_health_check_transitions_total{id=\"dead\",to=\"healthy\"}"), "1");
  folder_.write("a.yaml", test::yaml_zone("a.test", "", ""));
  EXPECT_EQ(command({"reload"}), 0);
  EXPECT_EQ(value("rhumb_override_active{id=\"dead\"}"), "1") << "it waits for its check";
}

// A Prometheus that scrapes one target, with its own folder and address.
class Prometheus {
 public:
  Prometheus(const test::TempDir& folder, const std::string& target)
      : address_(test::own_address(1) + ":" +
                 std::to_string(test::free_port(test::own_address(1)))) {
    const std::string config =
        folder.write("prometheus.yml",
                     "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
                     "- job_name: rhumb\n  static_configs: [{targets: [\"" +
                         target + "\"], labels: {region: eu}}]\n");
    process_ = std::make_unique<test::Process>(
        std::vector<std::string>{test::find_program("prometheus"), "--config.file=" + config,
                                 "--storage.tsdb.path=" + folder.path() + "/tsdb",
                                 "--web.listen-address=" + address_, "--log.level=warn"});
  }
  // The value of a query with one result; empty when it has none.
  [[nodiscard]] std::string ask(const std::string& query) const {
    ApiRequest post;
    post.url = "http://" + address_ + "/api/v1/query";
    post.method = "POST";
    post.headers = {"Content-Type: application/x-www-form-urlencoded"};
    post.body = "query=" + query;
    const auto reply = parse_json(request(post).body);
    if (!reply.ok()) return "";
    const auto results = reply.value()["data"]["result"].items();
    return results.size() == 1 ? std::string(results[0]["value"].items()[1].text()) : "";
  }
  [[nodiscard]] std::string output() const { return process_->output(); }

 private:
  std::string address_;
  std::unique_ptr<test::Process> process_;
};

TEST_F(Metrics, PrometheusScrapesThemAndAnswersFromThem) {
  ASSERT_NE(test::find_program("prometheus"), "") << "install prometheus, as scripts/test does";
  const Endpoint http{v4_.address, test::free_port(address_)};
  ASSERT_TRUE(start(quoted(v4_), "http: {listen: " + quoted(http) + "}\n")) << rhumb_->output();
  ask(v4_, 5, {.name = "www.a.test."});
  ask(v4_, 2, {.name = "www.a.test.", .tcp = true});
  const Prometheus prometheus(folder_, to_string(http));
  EXPECT_TRUE(test::wait_until([&] {
    return prometheus.ask("sum(rhumb_dns_requests_total{type=\"A\"})") == "7";
  })) << prometheus.output();
  EXPECT_EQ(prometheus.ask("up{job=\"rhumb\",region=\"eu\"}"), "1");
  EXPECT_EQ(prometheus.ask("rhumb_dns_requests_total{transport=\"tcp\",type=\"A\",family=\"v4\"}"),
            "2");
  EXPECT_EQ(prometheus.ask("rhumb_group_sets_alive"), "1");
  EXPECT_EQ(prometheus.ask("rhumb_health_check_up{id=\"dead\",type=\"TCP\"}"), "0");
}

TEST(Alerts, OfTheExampleFireWhenTheySay) {
  const std::string promtool = test::find_program("promtool");
  ASSERT_NE(promtool, "") << "install prometheus, as scripts/test does";
  const std::string examples = std::string(RHUMB_SOURCE_DIR) + "/examples";
  const auto rules = test::run({promtool, "check", "rules", examples + "/alerts.yaml"});
  EXPECT_EQ(rules.exit_code, 0) << rules.out << rules.err;
  const auto cases = test::run({promtool, "test", "rules", examples + "/alerts_test.yaml",
                                examples + "/alerts_of_days_test.yaml"});
  EXPECT_EQ(cases.exit_code, 0) << cases.out << cases.err;
}

}  // namespace
}  // namespace rhumb
