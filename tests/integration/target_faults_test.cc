// Checks of each type whose targets are up, down, slow, lying or broken, all in one run of the real
// binary: the verdict and the reason of each, and how many probes the verdict took.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api_request.h"
#include "tests/support/certificate.h"
#include "tests/support/faulty_target.h"
#include "tests/support/grpc_target.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Matcher;
using ::testing::StartsWith;

constexpr std::int64_t kThreshold = 3;
// Rechecks lead to the verdict; then nothing is probed any more, and what it took can be counted.
constexpr char kSick[] =
    ", initialState: healthy, failureThreshold: 3, recheckInterval: 100ms, interval: 1d";
constexpr char kWell[] =
    ", initialState: unhealthy, successThreshold: 3, holdDown: 0s, interval: 1s";
// For what takes no time, and for what takes for ever.
constexpr char kPatient[] = ", timeout: 1h";
constexpr char kImpatient[] = ", timeout: 2s";
// Every check is slow on a machine that is busy with other tests.
constexpr int kFaultPatienceMs = 3 * test::kPatienceMs;

enum class Outcome : std::uint8_t {
  kUp,    // by kThreshold successes
  kDown,  // by kThreshold failures
  kStays  // healthy as it was, for want of data
};

struct Case {
  std::string name;
  std::string fields;  // of the check, behind its id
  Outcome outcome;
  Matcher<std::string> reason;
  bool is_probed_on = false;  // after its verdict
};

Case up(const std::string& name, const std::string& fields, const Matcher<std::string>& reason) {
  return {name, fields + kWell, Outcome::kUp, reason, true};
}

Case down(const std::string& name, const std::string& fields, const Matcher<std::string>& reason) {
  return {name, fields + kSick + kPatient, Outcome::kDown, reason};
}

Case slow(const std::string& name, const std::string& fields, const std::string& doing) {
  return {name, fields + kSick + kImpatient, Outcome::kDown,
          StartsWith("timed out after 2000 ms (" + doing + ")")};
}

// Where the helper is late, on a busy machine, that is no result; it is probed again.
Case slow_command(const std::string& name, const std::string& fields) {
  return {name,
          fields +
              ", initialState: healthy, failureThreshold: 3, recheckInterval: 100ms, "
              "interval: 3s" +
              kImpatient,
          Outcome::kDown, StartsWith("timed out after 2000 ms (running the command)"), true};
}

std::string_view reason_of(const JsonValue& check) { return check["lastProbe"]["reason"].text(); }

// What the targets are, and the checks of them.
class TargetFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
    ASSERT_NE(test::find_program("openssl"), "") << "install openssl, as scripts/test does";
    good_ = test::make_certificate(folder_, "good", address_);
    test::make_certificate(folder_, "other", address_);
    faulty_ = std::make_unique<test::FaultyTarget>(address_, good_);
    nginx_.start();
    secure_.use_tls(good_.certificate, good_.key);
    secure_.start();
  }

  [[nodiscard]] std::string at(std::uint16_t port) const {
    return "address: " + address_ + ", port: " + std::to_string(port);
  }
  // Nobody listens there.
  [[nodiscard]] std::string nobody() const { return at(nobody_); }
  [[nodiscard]] std::string fault(const std::string& name) const { return faulty_->target(name); }

  void add(const std::vector<Case>& cases) {
    cases_.insert(cases_.end(), cases.begin(), cases.end());
  }
  void add_http();
  void add_tls();
  void add_dns();
  void add_grpc();
  void add_prometheus();
  void add_exec();

  void serve();
  // What is said of each check by now.
  [[nodiscard]] std::map<std::string, JsonValue> look() const;
  [[nodiscard]] static bool is_turned(const Case& wanted, const JsonValue& found);
  static void expect_count(const Case& wanted, const JsonValue& found);
  void expect_all();
  [[nodiscard]] std::string metrics() const;

  test::TempDir folder_;
  std::string address_ = test::own_address(1);
  test::Certificate good_;
  std::unique_ptr<test::FaultyTarget> faulty_;
  std::uint16_t nobody_ = test::free_port(test::own_address(1));
  std::uint16_t nginx_port_ = test::free_port(address_);
  std::uint16_t secure_port_ = test::free_port(address_);
  test::Nginx nginx_{address_, nginx_port_, "all is well"};
  test::Nginx secure_{address_, secure_port_, "all is well"};
  std::vector<Case> cases_;
  test::Rhumb rhumb_{folder_, "zones: [blog.yaml]\n"};
};

void TargetFaults::serve() {
  std::string checks;
  for (const Case& each : cases_) checks += "- {id: " + each.name + ", " + each.fields + "}\n";
  folder_.write("blog.yaml", test::yaml_zone("blog.test", checks, ""));
  rhumb_.start();
  ASSERT_TRUE(rhumb_.wait_serving()) << rhumb_.process().output();
}

std::map<std::string, JsonValue> TargetFaults::look() const {
  std::map<std::string, JsonValue> found;
  const JsonValue all = rhumb_.json({"health"});
  for (const JsonValue& check : all.items()) found[std::string(check["id"].text())] = check;
  return found;
}

bool TargetFaults::is_turned(const Case& wanted, const JsonValue& found) {
  const char* const state = wanted.outcome == Outcome::kDown ? "unhealthy" : "healthy";
  return found["state"].text() == state && !found["lastProbe"].is_null();
}

std::string TargetFaults::metrics() const {
  ApiRequest asked;
  asked.url = "http://rhumb/metrics";
  asked.unix_socket = folder_.path() + "/control.sock";
  return request(asked).body;
}

// No verdict is turned by fewer than kThreshold like results, or only by more; except that one who
// is up and was late once, on a busy machine, begins to be counted anew.
void TargetFaults::expect_count(const Case& wanted, const JsonValue& found) {
  const bool is_like = found["lastProbe"]["ok"].boolean() == (wanted.outcome == Outcome::kUp);
  const std::int64_t in_a_row = found["consecutive"].whole().value_or(0);
  const bool turned = is_turned(wanted, found);
  if (turned && wanted.outcome == Outcome::kDown) {
    EXPECT_GE(in_a_row, kThreshold) << wanted.name;
  }
  if (!turned && is_like && wanted.outcome != Outcome::kStays) {
    EXPECT_LT(in_a_row, kThreshold) << wanted.name;
  }
}

void TargetFaults::expect_all() {
  std::map<std::string, JsonValue> found;
  const auto is_over = [&](const Case& wanted) {
    const JsonValue& check = found[wanted.name];
    expect_count(wanted, check);
    const bool is_known =
        !wanted.is_probed_on || wanted.reason.Matches(std::string(reason_of(check)));
    return is_turned(wanted, check) && is_known;
  };
  const auto look_at_all = [&] {
    found = look();
    return static_cast<std::size_t>(std::ranges::count_if(cases_, is_over)) == cases_.size();
  };
  const bool all_over = test::wait_until(look_at_all, kFaultPatienceMs);
  EXPECT_TRUE(all_over) << rhumb_.command({"health"}).out;
  const std::string counted = metrics();
  for (const Case& each : cases_) {
    SCOPED_TRACE(each.name);
    EXPECT_THAT(std::string(reason_of(found[each.name])), each.reason);
    if (each.outcome != Outcome::kDown || each.is_probed_on) continue;
    EXPECT_THAT(counted, HasSubstr("\nrhumb_health_check_probes_total{id=\"" + each.name +
                                   "\",result=\"failed\"} " + std::to_string(kThreshold) + "\n"));
  }
}

void TargetFaults::add_http() {
  const std::string body = ", bodyContains: all is well";
  const std::string trusted = ", caFile: good.pem";
  add({
      up("http", "type: HTTP, " + at(nginx_port_) + body, "status 200"),
      down("http-down", "type: HTTP, " + nobody(), "connection refused"),
      slow("http-silent", "type: HTTP, " + fault("silent"), "waiting for the reply"),
      slow("http-slow-body", "type: HTTP, " + fault("http-head-alone") + body, "reading the reply"),
      down("http-503", "type: HTTP, " + fault("http-503"), "status 503, expected 200-399"),
      down("http-ill", "type: HTTP, " + fault("http-ill") + body,
           "body does not contain \"all is well\""),
      down("http-closing", "type: HTTP, " + fault("closing"), "connection closed without a reply"),
      down("http-resetting", "type: HTTP, " + fault("resetting"), "connection reset by peer"),
      down("http-garbage", "type: HTTP, " + fault("garbage"), "the reply is not HTTP"),
      down("http-head-cut", "type: HTTP, " + fault("http-head-cut"),
           "connection closed in the middle of the headers"),
      down("http-body-cut", "type: HTTP, " + fault("http-body-cut") + body,
           "connection closed in the middle of the reply"),
      down("http-bad-chunk", "type: HTTP, " + fault("http-bad-chunk") + body,
           "illegal or missing hexadecimal sequence in chunked-encoding"),
      up("tcp", "type: TCP, " + at(nginx_port_), "connected"),
      down("tcp-down", "type: TCP, " + nobody(), "connection refused"),
      up("https", "type: HTTPS, " + at(secure_port_) + trusted + body, "status 200"),
      down("https-down", "type: HTTPS, " + nobody(), "connection refused"),
      slow("https-slow", "type: HTTPS, " + fault("tls-silent") + trusted, "waiting for the reply"),
      down("https-ending", "type: HTTPS, " + fault("tls-ending") + trusted,
           "connection closed without a reply"),
      down("https-body-cut", "type: HTTPS, " + fault("tls-body-cut") + trusted + body,
           "connection closed in the middle of the reply"),
  });
}

void TargetFaults::add_tls() {
  const std::string trusted = ", caFile: good.pem";
  add({
      up("tls", "type: TLS, " + at(secure_port_) + trusted, StartsWith("certificate is valid for")),
      down("tls-down", "type: TLS, " + nobody(), "connection refused"),
      slow("tls-silent", "type: TLS, " + fault("silent"), "in the TLS handshake"),
      down("tls-other-issuer", "type: TLS, " + at(secure_port_) + ", caFile: other.pem",
           "certificate verify failed: self-signed certificate"),
      down("tls-other-name", "type: TLS, host: other.test, " + at(secure_port_) + trusted,
           "certificate verify failed: it is not for other.test"),
      down("tls-too-short", "type: TLS, minDaysLeft: 90, " + at(secure_port_) + trusted,
           AllOf(StartsWith("certificate expires in "), EndsWith("; 90 are wanted"))),
      down("tls-plain", "type: TLS, " + at(nginx_port_),
           "TLS handshake failed: wrong version number"),
      down("tls-garbage", "type: TLS, " + fault("garbage"),
           "TLS handshake failed: wrong version number"),
      down("tls-alert", "type: TLS, " + fault("tls-alert"),
           "TLS handshake failed: sslv3 alert handshake failure"),
      down("tls-closing", "type: TLS, " + fault("closing"),
           "connection closed in the TLS handshake"),
      down("tls-resetting", "type: TLS, " + fault("resetting"),
           "TLS handshake failed: connection reset by peer"),
  });
}

void TargetFaults::add_dns() {
  const auto asks = [](const std::string& target) {
    return "type: DNS, query: www.example.com, expectedValue: 192.0.2.1, " + target;
  };
  const auto with = [&](const std::string& name) { return asks(fault(name)); };
  add({
      down("dns-down", asks(nobody()), "connection refused"),
      slow("dns-silent", with("dns-silent"), "waiting for the reply"),
      slow("dns-tcp-silent", with("dns-tcp-silent"), "waiting for the reply over TCP"),
      slow("dns-other-id", with("dns-other-id"),
           "waiting for the reply; what came answers another question"),
      slow("dns-other-name", with("dns-other-name"),
           "waiting for the reply; what came answers another question"),
      down("dns-other-value", with("dns-other-value"), "A 192.0.2.9, expected 192.0.2.1"),
      down("dns-no-record", with("dns-no-record"), "no A record in the reply"),
      down("dns-servfail", with("dns-servfail"), "rcode SERVFAIL, expected NOERROR"),
      down("dns-nxdomain", with("dns-nxdomain"), "rcode NXDOMAIN, expected NOERROR"),
      down("dns-echo", with("dns-echo"), "the reply is a question itself"),
      down("dns-cut", with("dns-cut"), "the reply is malformed"),
      down("dns-count", with("dns-count"), "the reply is malformed"),
      down("dns-garbage", with("dns-garbage"), "the reply is malformed"),
      down("dns-tcp-refused", with("dns-tcp-refused"), "connection refused over TCP"),
      down("dns-tcp-closing", with("dns-tcp-closing"),
           "connection closed without a reply over TCP"),
      down("dns-tcp-cut", with("dns-tcp-cut"), "connection closed without a reply over TCP"),
  });
}

void TargetFaults::add_grpc() {
  const auto with = [&](const std::string& name) { return "type: GRPC, " + fault(name); };
  add({
      down("grpc-down", "type: GRPC, " + nobody(), "connection refused"),
      slow("grpc-silent", with("silent"), "waiting for the reply"),
      slow("grpc-slow", with("h2-settings-alone"), "waiting for the reply"),
      down("grpc-web", "type: GRPC, " + at(nginx_port_), HasSubstr("HTTP/2")),
      down("grpc-tls", "type: GRPC, " + at(secure_port_), HasSubstr("HTTP/2")),
      down("grpc-page", with("http-page"), HasSubstr("HTTP/2")),
      down("grpc-garbage", with("garbage"), HasSubstr("HTTP/2")),
      down("grpc-closing", with("closing"), "connection closed without an HTTP/2 reply"),
      down("grpc-resetting", with("resetting"), AnyOf("connection reset by peer", "broken pipe")),
      down("grpc-leaving", with("h2-leaving"), "the reply is not HTTP/2"),
  });
}

void TargetFaults::add_prometheus() {
  const auto asks = [](const std::string& url, const std::string& otherwise) {
    return "type: PROMETHEUS, url: " + url +
           ", query: up, condition: \"> 0\", onNoData: " + otherwise;
  };
  const auto with = [&](const std::string& name) { return asks(faulty_->url(name), "unhealthy"); };
  const auto no_data = [](const std::string& why) {
    return Eq("no data: " + why + "; onNoData: unhealthy");
  };
  const auto slow_metric = [&](const std::string& name, const std::string& fault,
                               const std::string& doing) {
    return Case{name, with(fault) + kSick + kImpatient, Outcome::kDown,
                no_data("timed out after 2000 ms (" + doing + ")")};
  };
  const std::string nobody_url = "\"http://" + address_ + ":" + std::to_string(nobody_) + "\"";
  const std::string web_url = "\"http://" + address_ + ":" + std::to_string(nginx_port_) + "\"";
  add({
      down("metric-down", asks(nobody_url, "unhealthy"), no_data("connection refused")),
      slow_metric("metric-silent", "silent", "waiting for the reply"),
      slow_metric("metric-slow-body", "http-head-alone", "reading the reply"),
      {"metric-last-known", asks(faulty_->url("silent"), "lastKnown") + kSick + kImpatient,
       Outcome::kStays,
       "no data: timed out after 2000 ms (waiting for the reply); the check stays as it is"},
      down("metric-web", asks(web_url, "unhealthy"), no_data("the reply is no JSON")),
      down("metric-error", with("metric-error"),
           no_data("status 422: the query failed: \"too many\"")),
      down("metric-odd", with("metric-odd"),
           no_data("the query gives a \"matrix\", not a vector or scalar")),
      down("metric-text", with("metric-text"),
           no_data("the reply holds no number where one belongs")),
      down("metric-lie", with("metric-lie"), no_data("status 503, though its body says success")),
      down("metric-closing", with("closing"), no_data("connection closed without a reply")),
      down("metric-resetting", with("resetting"), no_data("connection reset by peer")),
      down("metric-garbage", with("garbage"), no_data("the reply is not HTTP")),
      down("metric-cut", with("http-body-cut"),
           no_data("connection closed in the middle of the reply")),
      down("metric-flood", with("http-flood"), no_data("a reply of more than 1048576 bytes")),
  });
}

void TargetFaults::add_exec() {
  const auto runs = [this](const std::string& name, const std::string& script) {
    std::filesystem::permissions(folder_.write(name, script), std::filesystem::perms::owner_all);
    return "type: EXEC, command: [" + name + "]";
  };
  const auto cannot_run = [this](const std::string& name, const std::string& why) {
    return Eq("cannot run \"" + folder_.path() + "/" + name + "\": " + why);
  };
  add({
      up("exec", runs("exec", "#!/bin/sh\necho it is up\n"), "exit status 0: \"it is up\""),
      down("exec-down", runs("exec-down", "#!/bin/sh\necho it is down\nexit 1\n"),
           "exit status 1: \"it is down\""),
      slow_command("exec-slow", runs("exec-slow", "#!/bin/sh\nexec sleep 1000\n")),
      slow_command("exec-endless", runs("exec-endless", "#!/bin/sh\nexec yes\n")),
      down("exec-garbage",
           runs("exec-garbage", "#!/bin/sh\nprintf '\\377\\033[2J\\001 ?\\n'\nexit 3\n"),
           "exit status 3: \"\\xFF\\x1B[2J\\x01 ?\""),
      down("exec-long",
           runs("exec-long", "#!/bin/sh\nyes | head -c 1000000 | tr -d '\\n'\nexit 4\n"),
           AllOf(StartsWith("exit status 4: \"yyyy"), EndsWith("...\""))),
      down("exec-signal", runs("exec-signal", "#!/bin/sh\nkill -SEGV $$\n"),
           "killed by signal 11 (Segmentation fault)"),
      down("exec-no-interpreter", runs("exec-no-interpreter", "#!/no/such/shell\n"),
           cannot_run("exec-no-interpreter", "No such file or directory")),
      down("exec-bad-interpreter", runs("exec-bad-interpreter", "#!/etc/passwd\n"),
           cannot_run("exec-bad-interpreter", "Permission denied")),
      down("exec-no-program", runs("exec-no-program", "\001\002\003"),
           cannot_run("exec-no-program", "Exec format error")),
  });
}

TEST_F(TargetFaults, EachGivesItsVerdictAtTheThresholdthProbeAndItsReason) {
  ASSERT_TRUE(test::GrpcServer::installed()) << "install python3-grpcio, as scripts/test does";
  ASSERT_NE(test::find_program("knotd"), "") << "install knot, as scripts/test does";
  const std::string program = test::find_program("prometheus");
  ASSERT_NE(program, "") << "install prometheus, as scripts/test does";

  add_http();
  add_tls();
  add_dns();
  add_grpc();
  add_prometheus();
  add_exec();

  test::GrpcServer health(address_);
  const auto asks_health = [&](const std::string& service) {
    return "type: GRPC, service: " + service + ", " + at(health.port());
  };
  add({
      up("grpc", "type: GRPC, " + at(health.port()), "SERVING"),
      down("grpc-not-serving", asks_health("down"), "NOT_SERVING for \"down\""),
      down("grpc-later", asks_health("later"), "serving status 9, which is none of grpc.health.v1"),
      down("grpc-gone", asks_health("gone"), "NOT_FOUND: the server knows no service \"gone\""),
      down("grpc-failing", asks_health("failing"), "UNAVAILABLE: \"draining\""),
      down("grpc-broken", asks_health("broken"),
           StartsWith("the reply is no HealthCheckResponse: ")),
  });

  const std::uint16_t dns_port = test::free_port(address_);
  const std::string zone = folder_.write(
      "example.com.zone",
      "$ORIGIN example.com.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\n"
      "ns A 192.0.2.53\nwww A 192.0.2.1\n");
  const test::TempDir knot_home;
  const auto knot = test::start_knot(knot_home, {*IpAddress::parse(address_), dns_port},
                                     {{"example.com.", zone}});
  ASSERT_NE(knot, nullptr);
  const std::string asks_knot = "type: DNS, query: www.example.com, " + at(dns_port);
  add({
      up("dns", asks_knot + ", expectedValue: 192.0.2.1", "A 192.0.2.1"),
      down("dns-wrong", asks_knot + ", expectedValue: 192.0.2.2",
           "A 192.0.2.1, expected 192.0.2.2"),
  });

  const std::string metrics_at = address_ + ":" + std::to_string(test::free_port(address_));
  test::Process prometheus(
      {program, "--config.file=" + folder_.write("prometheus.yml", "global: {}\n"),
       "--storage.tsdb.path=" + folder_.path() + "/tsdb", "--web.listen-address=" + metrics_at});
  ASSERT_TRUE(prometheus.wait_output("Server is ready to receive web requests"))
      << prometheus.output();
  const auto asks_prometheus = [&](const std::string& query) {
    return "type: PROMETHEUS, url: \"http://" + metrics_at + "\", query: \"" + query +
           "\", condition: \"> 0\", onNoData: unhealthy";
  };
  add({
      up("metric", asks_prometheus("vector(2)"), "value 2 is > 0"),
      down("metric-low", asks_prometheus("vector(0)"), "value 0, wanted > 0"),
      down("metric-empty", asks_prometheus("no_such_metric"),
           "no data: the query gives an empty vector; onNoData: unhealthy"),
      down("metric-no-query", asks_prometheus("sum("),
           AllOf(StartsWith("no data: status 400: the query failed: "),
                 EndsWith("; onNoData: unhealthy"))),
  });

  ASSERT_NO_FATAL_FAILURE(serve());
  expect_all();
}

}  // namespace
}  // namespace rhumb
