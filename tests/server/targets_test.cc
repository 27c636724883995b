// Probes of each type against real targets: nginx, Google's gRPC, Prometheus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "server/prober.h"
#include "tests/server/hostile_server.h"
#include "tests/support/grpc_target.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr char kInstallGrpc[] = "install python3-grpcio, as scripts/test does";

class TargetsTest : public testing::Test {
 protected:
  TargetsTest() {
    uv_loop_init(&loop_);
    prober_.emplace(&loop_);
  }
  ~TargetsTest() override {
    prober_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  [[nodiscard]] CheckSpec spec_for(CheckType type, std::uint16_t port) const {
    CheckSpec spec;
    spec.id = "target";
    spec.type = type;
    spec.address = address_;
    spec.port = port;
    spec.timeout_ms = 10'000;  // far above what a good probe takes; bad ones set their own
    return spec;
  }

  ProbeResult probe(const CheckSpec& spec) {
    std::optional<ProbeResult> outcome;
    prober_->start(std::make_shared<CheckSpec>(spec),
                   [&](const auto& result) { outcome = result; });
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }
  std::string reason(const CheckSpec& spec) { return probe(spec).reason; }

  // server.pem and server.key for this test's address, in folder_.
  void make_certificate() const {
    const std::string home = folder_.path() + "/";
    const test::Finished made = test::run(
        {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", "/CN=target", "-addext", "subjectAltName=IP:" + address_,
         "-keyout", home + "server.key", "-out", home + "server.pem"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }

  std::string address_ = test::own_address();
  test::TempDir folder_;
  uv_loop_t loop_{};
  std::optional<Prober> prober_;
};

TEST_F(TargetsTest, JudgesAGrpcServerByItsOwnWord) {
  ASSERT_TRUE(test::GrpcServer::installed()) << kInstallGrpc;
  test::GrpcServer server(address_);
  CheckSpec spec = spec_for(CheckType::kGrpc, server.port());
  const ProbeResult good = probe(spec);
  EXPECT_TRUE(good.ok);
  EXPECT_EQ(good.reason, "SERVING");
  const auto reason_of = [&](const std::string& service) {
    spec.service = service;
    return reason(spec);
  };
  EXPECT_EQ(reason_of("down"), "NOT_SERVING for \"down\"");
  EXPECT_EQ(reason_of("undecided"),
            "UNKNOWN: the server does not know its health for \"undecided\"");
  EXPECT_EQ(reason_of("unlisted"), "SERVICE_UNKNOWN: the server knows no service \"unlisted\"");
  EXPECT_EQ(reason_of("gone"), "NOT_FOUND: the server knows no service \"gone\"");
  EXPECT_EQ(reason_of("later"), "serving status 9, which is none of grpc.health.v1");
  EXPECT_EQ(reason_of("broken"), "the reply is no HealthCheckResponse: it is no protobuf");
  EXPECT_EQ(reason_of("failing"), "UNAVAILABLE: \"draining\"");
  spec.timeout_ms = 500;
  EXPECT_THAT(reason_of("slow"), MatchesRegex("timed out after 500 ms.*|DEADLINE_EXCEEDED.*"));
  server.process().signal(SIGKILL);
  server.process().wait_exit();
  EXPECT_EQ(reason_of(""), "connection refused");
}

TEST_F(TargetsTest, AsksAGrpcServerOverTls) {
  ASSERT_TRUE(test::GrpcServer::installed()) << kInstallGrpc;
  make_certificate();
  const test::GrpcServer server(address_,
                                {folder_.path() + "/server.pem", folder_.path() + "/server.key"});
  CheckSpec spec = spec_for(CheckType::kGrpc, server.port());
  spec.tls = true;
  spec.ca_file = folder_.path() + "/server.pem";
  EXPECT_EQ(reason(spec), "SERVING");
  spec.ca_file.clear();
  EXPECT_THAT(reason(spec), StartsWith("certificate verify failed: "));
  spec.tls = false;
  EXPECT_FALSE(probe(spec).ok);
}

TEST_F(TargetsTest, SaysThatAGrpcServerHasNoHealthService) {
  ASSERT_TRUE(test::GrpcServer::installed()) << kInstallGrpc;
  const test::GrpcServer server(address_, {"other"});
  EXPECT_EQ(reason(spec_for(CheckType::kGrpc, server.port())),
            "UNIMPLEMENTED: the server has no grpc.health.v1.Health");
}

TEST_F(TargetsTest, JudgesNginxByItsReplyAndCertificate) {
  ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
  make_certificate();
  const std::uint16_t port = test::free_port(address_);
  test::Nginx nginx(address_, port, "all is well");
  nginx.use_tls(folder_.path() + "/server.pem", folder_.path() + "/server.key");
  nginx.start();
  CheckSpec https = spec_for(CheckType::kHttps, port);
  https.ca_file = folder_.path() + "/server.pem";
  https.body_contains = "well";
  https.keep_alive = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reason(https), "status 200");
  nginx.fail(true);
  EXPECT_EQ(reason(https), "status 503, expected 200-399");
  CheckSpec tls = spec_for(CheckType::kTls, port);
  tls.ca_file = https.ca_file;
  EXPECT_THAT(reason(tls), MatchesRegex("certificate is valid for (29|30) days, until .*"));
  tls.min_days_left = 60;
  EXPECT_THAT(reason(tls),
              MatchesRegex("certificate expires in (29|30) days, on .*; 60 are wanted"));
  CheckSpec grpc = spec_for(CheckType::kGrpc, port);
  grpc.tls = true;
  grpc.ca_file = https.ca_file;
  EXPECT_EQ(reason(grpc), "the reply is not HTTP/2");
  nginx.freeze(true);
  tls.timeout_ms = 300;
  EXPECT_EQ(reason(tls), "timed out after 300 ms (in the TLS handshake)");
  nginx.freeze(false);
  nginx.kill();
  EXPECT_EQ(reason(tls), "connection refused");
  EXPECT_EQ(reason(https), "connection refused");
}

TEST_F(TargetsTest, JudgesByWhatPrometheusSays) {
  const std::string program = test::find_program("prometheus");
  ASSERT_NE(program, "") << "install prometheus, as scripts/test does";
  const std::uint16_t port = test::free_port(address_);
  const std::string config = folder_.write("prometheus.yml", "scrape_configs: []\n");
  test::Process server({program, "--config.file=" + config,
                        "--storage.tsdb.path=" + folder_.path() + "/data",
                        "--web.listen-address=" + address_ + ":" + std::to_string(port)});
  ASSERT_TRUE(server.wait_output("Server is ready to receive web requests")) << server.output();
  CheckSpec spec = spec_for(CheckType::kPrometheus, port);
  const auto reason_of = [&](const std::string& query) {
    spec.metric.query = query;
    return reason(spec);
  };
  spec.path = "";
  spec.metric = {"", Comparison::kLess, 0.5, OnNoData::kLastKnown};
  EXPECT_EQ(reason_of("vector(0.25)"), "value 0.25 is < 0.5");
  EXPECT_EQ(reason_of("scalar(vector(0.75))"), "value 0.75, wanted < 0.5");
  EXPECT_EQ(reason_of("label_replace(vector(0.75), \"site\", \"eu\", \"\", \"\") or vector(0.25)"),
            "value 0.75 of {site=\"eu\"}, wanted < 0.5; so 1 of 2 values");
  EXPECT_EQ(reason_of("absent_metric"),
            "no data: the query gives an empty vector; the check stays as it is");
  EXPECT_EQ(reason_of("vector(0) / 0"), "no data: the query gives NaN; the check stays as it is");
  EXPECT_THAT(reason_of("rate("), HasSubstr("no data: status 400: the query failed: "));
  EXPECT_THAT(reason_of("vector(1)[5m:1m]"), HasSubstr("not a vector or scalar"));
  EXPECT_EQ(reason_of("vector(0.25) " + std::string(3'000, ' ')), "value 0.25 is < 0.5");
  server.signal(SIGSTOP);
  spec.timeout_ms = 300;
  ProbeResult slow;
  EXPECT_TRUE(test::wait_until([&] {  // the signal takes a moment to reach all threads
    slow = probe(spec);
    return !slow.counts;
  }));
  EXPECT_THAT(slow.reason, StartsWith("no data: timed out after 300 ms (waiting for the reply)"));
  server.signal(SIGCONT);
  server.signal(SIGKILL);
  server.wait_exit();
  EXPECT_EQ(reason_of("vector(1)"), "no data: connection refused; the check stays as it is");
  spec.metric.on_no_data = OnNoData::kHealthy;
  EXPECT_TRUE(probe(spec).ok);
}

}  // namespace
}  // namespace rhumb
