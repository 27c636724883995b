#include "server/dns_probe.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/server/fake_dns.h"
#include "tests/support/peers.h"
#include "tests/support/process.h"

namespace rhumb {
namespace {

using namespace std::string_literals;

class DnsProbeTest : public testing::Test {
 protected:
  DnsProbeTest() {
    uv_loop_init(&loop_);
    probes_.emplace(&loop_);
  }
  ~DnsProbeTest() override {
    probes_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "handles were left open";
  }

  // Asks for www.example.com A.
  static CheckSpec spec_for(std::uint16_t port) {
    CheckSpec spec;
    spec.id = "resolver";
    spec.type = CheckType::kDns;
    spec.port = port;
    spec.dns.name =
        "\x03www\x07"
        "example\x03"
        "com\x00"s;
    spec.timeout_ms = 10'000;
    return spec;
  }

  Attempt probe(const CheckSpec& spec, std::string_view address = "127.0.0.1",
                std::int64_t connect_timeout_ms = 0) {
    std::optional<Attempt> outcome;
    probes_->start(std::make_shared<CheckSpec>(spec), ip(address),
                   {spec.timeout_ms, connect_timeout_ms},
                   [&](Attempt attempt) { outcome = std::move(attempt); });
    EXPECT_FALSE(outcome) << "called back from within start()";
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }
  std::string reason(const CheckSpec& spec) { return probe(spec).result.reason; }

  uv_loop_t loop_{};
  FakeDns dns_;
  std::optional<DnsProbes> probes_;
};

TEST_F(DnsProbeTest, AcceptsARecord) {
  dns_.set("www.example.com", {0, {ip("192.0.2.1")}});
  const Attempt got = probe(spec_for(dns_.endpoint().port));
  EXPECT_TRUE(got.result.ok);
  EXPECT_FALSE(got.unreachable);
  EXPECT_EQ(got.result.reason, "A 192.0.2.1");
}

TEST_F(DnsProbeTest, RefusesAnotherRcode) {
  dns_.set("www.example.com", {FakeDns::kServfail, {}});
  EXPECT_EQ(reason(spec_for(dns_.endpoint().port)), "rcode SERVFAIL, expected NOERROR");
}

TEST_F(DnsProbeTest, AsksTwiceThenGivesUp) {
  dns_.set("www.example.com", {0, {}, true});
  CheckSpec spec = spec_for(dns_.endpoint().port);
  spec.timeout_ms = 200;
  const Attempt got = probe(spec);
  EXPECT_EQ(got.result.reason, "timed out after 200 ms (waiting for the reply)");
  EXPECT_TRUE(got.unreachable);
  EXPECT_TRUE(test::wait_until([&] { return dns_.queries() == 2; }));
}

TEST_F(DnsProbeTest, AsksAgainWhenAReplyIsLost) {
  dns_.set("www.example.com", {0, {}, true});
  std::optional<Attempt> outcome;
  const auto spec = std::make_shared<CheckSpec>(spec_for(dns_.endpoint().port));
  probes_->start(spec, ip("127.0.0.1"), {2'000, 0}, [&](Attempt attempt) { outcome = attempt; });
  while (dns_.queries() == 0) uv_run(&loop_, UV_RUN_NOWAIT);
  dns_.set("www.example.com", {0, {ip("192.0.2.1")}});
  while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(outcome->result.reason, "A 192.0.2.1");
}

TEST_F(DnsProbeTest, AnAddressThatIsSilentForItsShareIsUnreachable) {
  dns_.set("www.example.com", {0, {}, true});
  const Attempt got = probe(spec_for(dns_.endpoint().port), "127.0.0.1", 100);
  EXPECT_TRUE(got.unreachable);
}

TEST_F(DnsProbeTest, SaysThatTheConnectionWasRefused) {
  const std::uint16_t port = BoundSocket(ip("127.0.0.1"), SOCK_DGRAM).endpoint().port;
  const Attempt got = probe(spec_for(port));
  EXPECT_EQ(got.result.reason, "connection refused");
  EXPECT_TRUE(got.unreachable);
}

TEST_F(DnsProbeTest, DropsWhatIsUnderWayAtItsEnd) {
  dns_.set("www.example.com", {0, {}, true});
  probes_->start(std::make_shared<CheckSpec>(spec_for(dns_.endpoint().port)), ip("127.0.0.1"),
                 {10'000, 0}, [&](const Attempt&) { ADD_FAILURE() << "called back"; });
  probes_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
}

// A server of one port that answers over UDP and TCP by these.
class OddServer {
 public:
  using Answer = std::function<std::string(std::string question)>;

  OddServer(Answer over_udp, HostileServer::Behaviour over_tcp)
      : tcp_(std::move(over_tcp)),
        udp_(ip("127.0.0.1"), SOCK_DGRAM, tcp_.port()),
        thread_([this, answer = std::move(over_udp)] { run(answer); }) {}
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;
  ~OddServer() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return tcp_.port(); }

 private:
  void run(const Answer& answer) {
    while (!stop_) {
      pollfd wanted{udp_.fd(), POLLIN, 0};
      if (poll(&wanted, 1, 20) <= 0) continue;
      std::string question(512, '\0');
      SocketAddress from;
      from.size = sizeof from.storage;
      auto* const address = reinterpret_cast<sockaddr*>(&from.storage);
      const ssize_t size =
          recvfrom(udp_.fd(), question.data(), question.size(), 0, address, &from.size);
      if (size <= 0) continue;
      question.resize(static_cast<std::size_t>(size));
      const std::string reply = answer(question);
      sendto(udp_.fd(), reply.data(), reply.size(), 0, address, from.size);
    }
  }

  HostileServer tcp_;
  BoundSocket udp_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::string truncated(std::string question) {
  question[2] = '\x83';
  return question;
}

TEST_F(DnsProbeTest, AnEchoOrAnotherAnswerIsNoGoodReply) {
  const OddServer echo([](std::string question) { return question; }, [](Connection&) {});
  EXPECT_EQ(reason(spec_for(echo.port())), "the reply is a question itself");
  const OddServer liar(
      [](std::string question) {
        question[1] = static_cast<char>(question[1] ^ 1);
        return question;
      },
      [](Connection&) {});
  CheckSpec spec = spec_for(liar.port());
  spec.timeout_ms = 200;
  EXPECT_EQ(reason(spec),
            "timed out after 200 ms (waiting for the reply; what came answers another question)");
}

TEST_F(DnsProbeTest, ATruncatedReplyThatBreaksOffOverTcpFails) {
  const OddServer hangs_up(truncated, [](Connection&) {});
  EXPECT_EQ(reason(spec_for(hangs_up.port())).find("connection"), 0U);
  const OddServer silent(truncated, [](Connection& connection) { connection.wait_for_end(); });
  CheckSpec spec = spec_for(silent.port());
  spec.timeout_ms = 200;
  EXPECT_EQ(reason(spec), "timed out after 200 ms (waiting for the reply over TCP)");
}

TEST_F(DnsProbeTest, AskedOfARealServerItTellsWhatThatSays) {
  const test::TempDir folder;
  std::string zone =
      "$ORIGIN example.com.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n"
      "@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.1\nwww A 192.0.2.2\n"
      "@ MX 10 Mail\nmail A 192.0.2.3\n";
  for (int i = 0; i < 60; ++i) zone += "many A 192.0.2." + std::to_string(i) + "\n";
  const test::ZoneFile file{"example.com.", folder.write("example.com.zone", zone)};
  const std::string address = test::own_address(9);
  const Endpoint endpoint{ip(address), test::free_port(address)};
  auto server = test::start_nsd(folder, endpoint, {file});
  if (server == nullptr) server = test::start_knot(folder, endpoint, {file});
  ASSERT_NE(server, nullptr) << "install nsd, as scripts/test does";

  CheckSpec spec = spec_for(endpoint.port);
  spec.dns.rdata = "\xC0\x00\x02\x02"s;
  spec.dns.value = "192.0.2.2";
  EXPECT_EQ(probe(spec, address).result.reason, "A 192.0.2.2");
  spec.dns.name =
      "\x04many\x07"
      "example\x03"
      "com\x00"s;  // more than 512 octets
  spec.dns.rdata = "\xC0\x00\x02\x3B"s;
  EXPECT_EQ(probe(spec, address).result.reason, "A 192.0.2.59");
  spec.dns.name =
      "\x07"
      "example\x03"
      "com\x00"s;
  spec.dns.type = 15;
  spec.dns.rdata =
      "\x00\x0A\x04mail\x07"
      "example\x03"
      "com\x00"s;
  EXPECT_EQ(probe(spec, address).result.reason, "MX 10 mail.example.com.");
  spec.dns.name =
      "\x04none\x07"
      "example\x03"
      "com\x00"s;
  EXPECT_EQ(probe(spec, address).result.reason, "rcode NXDOMAIN, expected NOERROR");
  spec.dns.name =
      "\x07"
      "example\x03"
      "org\x00"s;
  spec.dns.rcode = 5;
  EXPECT_EQ(probe(spec, address).result.reason, "rcode REFUSED");
  spec.port = test::free_port(address);
  EXPECT_EQ(probe(spec, address).result.reason, "connection refused");
}

}  // namespace
}  // namespace rhumb
