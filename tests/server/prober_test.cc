#include "server/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/server/fake_dns.h"
#include "tests/server/hostile_server.h"

namespace rhumb {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kOkReply = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

std::string reply_with_body(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ProberTest : public testing::Test {
 protected:
  ProberTest() {
    uv_loop_init(&loop_);
    prober_.emplace(&loop_, LookupOptions{{{dns_.endpoint()}, "/nonexistent/resolv.conf"}, 0});
  }
  ~ProberTest() override {
    prober_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "handles were left open";
  }

  static CheckSpec spec_for(std::uint16_t port, CheckType type = CheckType::kHttp) {
    CheckSpec spec;
    spec.id = "london";
    spec.type = type;
    spec.address = "127.0.0.1";
    spec.port = port;
    spec.timeout_ms = 10'000;  // far above what a good probe takes; bad ones set their own
    return spec;
  }

  // One of many checks.
  static std::shared_ptr<const CheckSpec> numbered(int number, std::uint16_t port) {
    CheckSpec spec = spec_for(port);
    spec.id = "check" + std::to_string(number);
    spec.path = "/" + spec.id;
    return std::make_shared<CheckSpec>(spec);
  }

  ProbeResult probe(const CheckSpec& spec) {
    std::optional<ProbeResult> outcome;
    prober_->start(std::make_shared<CheckSpec>(spec),
                   [&](const auto& result) { outcome = result; });
    EXPECT_FALSE(outcome) << "called back from within start()";
    while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
    return *outcome;
  }

  uv_loop_t loop_{};
  FakeDns dns_;
  std::optional<Prober> prober_;
};

TEST_F(ProberTest, AcceptsAnExpectedStatus) {
  HostileServer server(reply_with(kOkReply));
  const ProbeResult result = probe(spec_for(server.port()));
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.reason, "status 200");
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.address, ip("127.0.0.1"));
  EXPECT_GE(result.duration_ms, 0);
  EXPECT_LT(result.duration_ms, 10'000);
}

TEST_F(ProberTest, SendsAPlainRequestOfOurOwn) {
  HostileServer server(reply_with(kOkReply));
  CheckSpec spec = spec_for(server.port());
  spec.path = "/a/../healthz?full=1";
  probe(spec);
  server.stop();
  EXPECT_THAT(server.last_request(), MatchesRegex("GET /a/\\.\\./healthz\\?full=1 HTTP/1\\.1\r\n"
                                                  "Host: 127\\.0\\.0\\.1:[0-9]+\r\n"
                                                  "User-Agent: rhumb/[0-9.]+\r\n"
                                                  "Accept: \\*/\\*\r\n\r\n"));
}

TEST_F(ProberTest, SendsHostMethodAndHeadersAsConfigured) {
  HostileServer server(reply_with(kOkReply));
  CheckSpec spec = spec_for(server.port());
  spec.host = "www.example.com";
  spec.method = "POST";
  spec.headers = {{"X-Probe", "yes"}, {"X-Empty", ""}, {"user-agent", "mine"}};
  probe(spec);
  server.stop();
  EXPECT_EQ(server.last_request(),
            "POST / HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\nContent-Length: 0\r\n"
            "X-Probe: yes\r\nX-Empty:\r\nuser-agent: mine\r\n\r\n");
}

TEST_F(ProberTest, SendsHeadRequests) {
  HostileServer server(reply_with("HTTP/1.1 204 No Content\r\n\r\n"));
  CheckSpec spec = spec_for(server.port());
  spec.method = "HEAD";
  EXPECT_EQ(probe(spec).reason, "status 204");
  server.stop();
  EXPECT_THAT(server.last_request(), StartsWith("HEAD / HTTP/1.1\r\n"));
}

TEST_F(ProberTest, RefusesAnUnexpectedStatus) {
  HostileServer server(reply_with("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
  const ProbeResult result = probe(spec_for(server.port()));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "status 503, expected 200-399");
  EXPECT_EQ(result.status, 503);
}

TEST_F(ProberTest, NamesAllExpectedStatusRanges) {
  HostileServer server(reply_with(kOkReply));
  CheckSpec spec = spec_for(server.port());
  spec.expected_status = {{204, 204}, {300, 399}};
  EXPECT_EQ(probe(spec).reason, "status 200, expected 204, 300-399");
}

TEST_F(ProberTest, DoesNotFollowRedirects) {
  HostileServer target(reply_with(kOkReply));
  HostileServer server(reply_with(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(target.port()) +
      "/\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(probe(spec_for(server.port())).reason, "status 302");
  EXPECT_EQ(target.accepted(), 0);
}

TEST_F(ProberTest, UsesNoProxyFromTheEnvironment) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  HostileServer server(reply_with(kOkReply));
  EXPECT_TRUE(probe(spec_for(server.port())).ok);
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST_F(ProberTest, SkipsInterimReplies) {
  HostileServer server(
      reply_with("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kOkReply)));
  EXPECT_EQ(probe(spec_for(server.port())).reason, "status 200");
}

TEST_F(ProberTest, OpensANewConnectionForEveryProbe) {
  HostileServer server(reply_with(kOkReply));
  probe(spec_for(server.port()));
  probe(spec_for(server.port()));
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ProberTest, SaysThatTheConnectionWasRefused) {
  const std::uint16_t port = BoundSocket(ip("127.0.0.1"), SOCK_STREAM).endpoint().port;
  const ProbeResult result = probe(spec_for(port));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "connection refused");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.address, ip("127.0.0.1"));
}

TEST_F(ProberTest, TimesOutWaitingForAReply) {
  HostileServer black_hole([](Connection& connection) { connection.wait_for_end(); });
  CheckSpec spec = spec_for(black_hole.port());
  spec.timeout_ms = 150;
  const ProbeResult result = probe(spec);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "timed out after 150 ms (waiting for the reply)");
  EXPECT_GE(result.duration_ms, 140);
  EXPECT_LT(result.duration_ms, 1'500);
}

// A full accept queue: the kernel lets further SYNs go unanswered.
class BlackHole {
 public:
  explicit BlackHole(const IpAddress& address, std::uint16_t port = 0)
      : socket_(address, SOCK_STREAM, port) {
    listen(socket_.fd(), 0);
    const SocketAddress full = to_socket_address(socket_.endpoint());
    for (int& filler : fillers_) {
      filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)connect(filler, full.get(), full.size);
    }
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  ~BlackHole() {
    for (const int filler : fillers_) close(filler);
  }
  [[nodiscard]] std::uint16_t port() const { return socket_.endpoint().port; }

 private:
  BoundSocket socket_;
  std::array<int, 4> fillers_{};
};

TEST_F(ProberTest, TimesOutConnecting) {
  const BlackHole full(ip("127.0.0.1"));
  CheckSpec spec = spec_for(full.port());
  spec.timeout_ms = 150;
  EXPECT_EQ(probe(spec).reason, "timed out after 150 ms (connecting)");
  spec.type = CheckType::kTcp;
  EXPECT_EQ(probe(spec).reason, "timed out after 150 ms (connecting)");
}

TEST_F(ProberTest, TimesOutInTheMiddleOfTheHeaders) {
  HostileServer server(reply_with("HTTP/1.1 200 OK\r\nContent-"));
  CheckSpec spec = spec_for(server.port());
  spec.timeout_ms = 150;
  EXPECT_EQ(probe(spec).reason, "timed out after 150 ms (reading the reply)");
}

TEST_F(ProberTest, DecidesByTheHeadersAloneWhenNoBodyIsAsked) {
  HostileServer server(reply_with("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nnever ends"));
  EXPECT_EQ(probe(spec_for(server.port())).reason, "status 200");
}

TEST_F(ProberTest, ReadsNoMoreOfAnEndlessBodyThanItSearches) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(65'536, 'x'))) {
    }
  });
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "needle";
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "body does not contain \"needle\"");
  server.stop();
  EXPECT_LT(server.sent_bytes(), 16'000'000U);  // what the kernel buffered
}

TEST_F(ProberTest, GivesUpOnEndlessHeaders) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Filler: " + std::string(1'000, 'x') + "\r\n")) {
    }
  });
  EXPECT_EQ(probe(spec_for(server.port())).reason, "more than 65536 bytes of headers");
}

TEST_F(ProberTest, GivesUpOnAnEndlessHeaderLine) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\nX-Filler: ");
    while (connection.send(std::string(10'000, 'x'))) {
    }
  });
  const ProbeResult result = probe(spec_for(server.port()));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "a header line of more than 100 KB");
}

TEST_F(ProberTest, GivesUpOnEndlessInterimReplies) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    while (connection.send("HTTP/1.1 103 Early Hints\r\n\r\n")) {
    }
  });
  EXPECT_EQ(probe(spec_for(server.port())).reason, "more than 65536 bytes of headers");
}

TEST_F(ProberTest, SaysThatTheConnectionWasReset) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-");
    connection.reset_on_close();
  });
  const ProbeResult result = probe(spec_for(server.port()));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "connection reset by peer");
}

TEST_F(ProberTest, SaysThatTheConnectionWasClosedWithoutAReply) {
  HostileServer server([](Connection& connection) { connection.read_request(); });
  EXPECT_EQ(probe(spec_for(server.port())).reason, "connection closed without a reply");
}

TEST_F(ProberTest, SaysThatTheConnectionWasClosedWithinTheHeaders) {
  HostileServer server([](Connection& connection) {
    if (connection.read_request()) connection.send("HTTP/1.1 200 OK\r\nContent-");
  });
  const ProbeResult result = probe(spec_for(server.port()));
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "connection closed in the middle of the headers");
}

TEST_F(ProberTest, RefusesWhatIsNotHttp) {
  HostileServer server(reply_with("SSH-2.0-OpenSSH_9.2p1\r\n"));
  EXPECT_EQ(probe(spec_for(server.port())).reason, "the reply is not HTTP");
}

TEST_F(ProberTest, FindsTextInTheBody) {
  HostileServer server(reply_with(reply_with_body("status: all is well")));
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "all is well";
  EXPECT_EQ(probe(spec).reason, "status 200");
  spec.body_contains = "on fire";
  EXPECT_EQ(probe(spec).reason, "body does not contain \"on fire\"");
}

TEST_F(ProberTest, FindsTextThatArrivesInPieces) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char* piece : {"4\r\nxall\r\n", "4\r\n is \r\n", "4\r\nwell\r\n"})
      connection.send(piece);
    connection.wait_for_end();
  });
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "all is well";
  EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(ProberTest, SearchesTheFirst5120BytesOfTheBodyAndNoMore) {
  HostileServer within(reply_with(reply_with_body(std::string(5'114, '.') + "needle" + "tail")));
  CheckSpec spec = spec_for(within.port());
  spec.body_contains = "needle";
  EXPECT_TRUE(probe(spec).ok);
  HostileServer beyond(reply_with(reply_with_body(std::string(5'115, '.') + "needle" + "tail")));
  spec.port = beyond.port();
  EXPECT_FALSE(probe(spec).ok);
}

TEST_F(ProberTest, SaysThatTheConnectionWasClosedWithinTheBody) {
  HostileServer server([](Connection& connection) {
    if (connection.read_request())
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf");
  });
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "whole";
  EXPECT_EQ(probe(spec).reason, "connection closed in the middle of the reply");
}

TEST_F(ProberTest, PassesOverTrailers) {
  HostileServer server(
      reply_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n"
                 "HTTP/1.1 500 in a trailer: yes\r\n\r\n"));
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "needle";
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "body does not contain \"needle\"");
  EXPECT_EQ(result.status, 200);
}

TEST_F(ProberTest, JudgesTheStatusBeforeTheBody) {
  HostileServer server(reply_with("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nfine"));
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "fine";
  EXPECT_EQ(probe(spec).reason, "status 500, expected 200-399");
}

TEST_F(ProberTest, ConnectsForATcpCheckAndSaysNothing) {
  HostileServer server([](Connection& connection) { connection.wait_for_end(); });
  const ProbeResult result = probe(spec_for(server.port(), CheckType::kTcp));
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.reason, "connected");
  server.stop();
  EXPECT_EQ(server.last_request(), "");
}

TEST_F(ProberTest, SaysThatATcpCheckWasRefused) {
  const std::uint16_t port = BoundSocket(ip("127.0.0.1"), SOCK_STREAM).endpoint().port;
  EXPECT_EQ(probe(spec_for(port, CheckType::kTcp)).reason, "connection refused");
}

bool has_ipv6() {
  try {
    const BoundSocket socket(ip("::1"), SOCK_STREAM);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

TEST_F(ProberTest, ProbesIpv6Addresses) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  HostileServer server(reply_with(kOkReply), ip("::1"));
  CheckSpec spec = spec_for(server.port());
  spec.address = "::1";
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "status 200");
  EXPECT_EQ(result.address, ip("::1"));
  server.stop();
  EXPECT_THAT(server.last_request(), HasSubstr("Host: [::1]:" + std::to_string(server.port())));
}

TEST_F(ProberTest, LooksUpANameAtEachProbe) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "status 200");
  EXPECT_EQ(result.address, ip("127.0.0.1"));
  const int queries = dns_.queries();
  probe(spec);
  EXPECT_GT(dns_.queries(), queries);
  server.stop();
  EXPECT_THAT(server.last_request(),
              HasSubstr("Host: www.example.com:" + std::to_string(server.port())));
}

TEST_F(ProberTest, SaysWhyThereIsNoAddress) {
  CheckSpec spec = spec_for(80);
  spec.address = "gone.example.com";
  const ProbeResult result = probe(spec);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "no address for gone.example.com: no such name");
  EXPECT_EQ(result.address, std::nullopt);
}

TEST_F(ProberTest, UsesTheLastAddressesWhenALookupFails) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  probe(spec);
  dns_.set("www.example.com", {FakeDns::kServfail, {}});
  EXPECT_EQ(probe(spec).reason, "status 200");
  prober_->forget("london");
  EXPECT_EQ(probe(spec).reason, "no address for www.example.com: no DNS server gave an answer");
}

TEST_F(ProberTest, KeepsTimeForTheLastAddressesWhenDnsIsSilent) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  probe(spec);
  dns_.set("www.example.com", {0, {}, true});
  spec.timeout_ms = 800;
  EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(ProberTest, UsesNoLastAddressesOfAnotherName) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  probe(spec);
  spec.address = "gone.example.com";
  EXPECT_EQ(probe(spec).reason, "no address for gone.example.com: no such name");
}

TEST_F(ProberTest, TriesFurtherAddressesWhenOneRefuses) {
  HostileServer server(reply_with(kOkReply), ip("127.0.0.2"));
  dns_.set("www.example.com", {0, {ip("127.0.0.3"), ip("127.0.0.2"), ip("127.0.0.4")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "status 200");
  EXPECT_EQ(result.address, ip("127.0.0.2"));
}

TEST_F(ProberTest, TriesFurtherAddressesWhenOneIsABlackHole) {
  HostileServer server(reply_with(kOkReply), ip("127.0.0.2"));
  const BlackHole full(ip("127.0.0.3"), server.port());
  dns_.set("www.example.com", {0, {ip("127.0.0.3"), ip("127.0.0.2")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  spec.timeout_ms = 1'000;
  ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "status 200");
  EXPECT_EQ(result.address, ip("127.0.0.2"));
  EXPECT_GE(result.duration_ms, 400);
  spec.type = CheckType::kTcp;
  EXPECT_EQ(probe(spec).reason, "connected");
}

TEST_F(ProberTest, TimesOutWhenAllAddressesAreBlackHoles) {
  const BlackHole first(ip("127.0.0.3"));
  const BlackHole second(ip("127.0.0.2"), first.port());
  dns_.set("www.example.com", {0, {ip("127.0.0.3"), ip("127.0.0.2")}});
  CheckSpec spec = spec_for(first.port());
  spec.address = "www.example.com";
  spec.timeout_ms = 200;
  const ProbeResult result = probe(spec);
  EXPECT_EQ(result.reason, "timed out after 200 ms (connecting)");
  EXPECT_EQ(result.address, ip("127.0.0.2"));
}

// What is connected has all the time: another address says nothing of this one's TLS.
TEST_F(ProberTest, StaysWithAnAddressThatIsSlowOnceConnected) {
  HostileServer silent([](Connection& connection) { connection.wait_for_end(); }, ip("127.0.0.3"));
  dns_.set("www.example.com", {0, {ip("127.0.0.3"), ip("127.0.0.2")}});
  for (const CheckType type : {CheckType::kHttp, CheckType::kHttps}) {
    CheckSpec spec = spec_for(silent.port(), type);
    spec.address = "www.example.com";
    spec.timeout_ms = 300;
    const ProbeResult result = probe(spec);
    EXPECT_THAT(result.reason, StartsWith("timed out after 300 ms ("));
    EXPECT_EQ(result.address, ip("127.0.0.3"));
    EXPECT_GE(result.duration_ms, 290);
  }
}

TEST_F(ProberTest, KeepsTheRestInLineWhenAllSlotsAreTaken) {
  HostileServer black_hole([](Connection& connection) { connection.wait_for_end(); });
  int called = 0;
  for (int i = 0; i < 600; ++i) {
    prober_->start(numbered(i, black_hole.port()), [&](const auto&) { ++called; });
  }
  EXPECT_EQ(prober_->in_flight(), 512U);
  EXPECT_EQ(prober_->in_line(), 88U);
  for (int i = 0; i < 10; ++i) uv_run(&loop_, UV_RUN_NOWAIT);
  EXPECT_EQ(called, 0);
  prober_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  EXPECT_EQ(called, 0);
}

TEST_F(ProberTest, WorksThroughALongLine) {
  HostileServer server(reply_with(kOkReply));
  int good = 0;
  int done = 0;
  for (int i = 0; i < 700; ++i) {
    prober_->start(numbered(i, server.port()), [&](const auto& result) {
      good += result.ok ? 1 : 0;
      ++done;
      EXPECT_LE(prober_->in_flight(), kMaxProbeSlots);
    });
  }
  while (done < 700) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(good, 700);
  EXPECT_EQ(prober_->in_flight(), 0U);
  EXPECT_EQ(prober_->in_line(), 0U);
}

// As when many reloads change the checks while all slots wait for black holes.
TEST_F(ProberTest, HasOneProbeOfACheckInLineTheLatest) {
  constexpr int kSlots = static_cast<int>(kMaxProbeSlots);
  std::atomic<bool> open{false};
  HostileServer server([&](Connection& connection) {
    if (!connection.read_request()) return;
    while (!open) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    connection.send(kOkReply);
  });
  int done = 0;
  for (int i = 0; i < kSlots; ++i) {
    prober_->start(numbered(i, server.port()), [&](const auto&) { ++done; });
  }
  std::vector<std::string> called;
  const auto start = [&](int check, const std::string& edition) {
    prober_->start(numbered(kSlots + check, server.port()),
                   [&called, edition](const auto&) { called.push_back(edition); });
  };
  for (const std::string edition : {"first", "second", "third"}) {
    for (int check = 0; check < 20; ++check) start(check, edition);
    EXPECT_EQ(prober_->in_line(), 20U);
  }
  prober_->forget("check" + std::to_string(kSlots + 7));
  EXPECT_EQ(prober_->in_line(), 19U);
  open = true;
  while (prober_->in_flight() > 0) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(done, kSlots);
  EXPECT_THAT(called, AllOf(SizeIs(19), Each("third")));
}

TEST_F(ProberTest, RemembersNoAddressesOfAForgottenCheck) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {}, true});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  std::optional<ProbeResult> outcome;
  prober_->start(std::make_shared<CheckSpec>(spec), [&](const auto& found) { outcome = found; });
  while (dns_.queries() == 0) uv_run(&loop_, UV_RUN_ONCE);
  prober_->forget("london");
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  while (!outcome) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(outcome->reason, "status 200");
  dns_.set("www.example.com", {FakeDns::kServfail, {}});
  EXPECT_EQ(probe(spec).reason, "no address for www.example.com: no DNS server gave an answer");
}

// Checks that ask the same.
TEST_F(ProberTest, ProbesOnceForChecksThatAskTheSame) {
  HostileServer server(reply_with(kOkReply));
  std::vector<std::string> called;
  for (const std::string id : {"london", "paris", "berlin"}) {
    CheckSpec spec = spec_for(server.port());
    spec.id = id;
    spec.failure_threshold = static_cast<std::uint32_t>(called.size()) + 1;
    prober_->start(std::make_shared<CheckSpec>(spec), [&called, id](const auto& result) {
      called.push_back(id + " " + result.reason);
    });
  }
  EXPECT_EQ(prober_->in_flight(), 1U);
  while (called.size() < 3) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_THAT(called,
              testing::ElementsAre("london status 200", "paris status 200", "berlin status 200"));
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(prober_->in_flight(), 0U);
}

TEST_F(ProberTest, ProbesTwiceWhatDiffersInWhatItExpects) {
  HostileServer server(reply_with(kOkReply));
  int done = 0;
  for (const std::uint16_t status : {std::uint16_t{200}, std::uint16_t{204}}) {
    CheckSpec spec = spec_for(server.port());
    spec.id = std::to_string(status);
    spec.expected_status = {{status, status}};
    prober_->start(std::make_shared<CheckSpec>(spec), [&](const auto&) { ++done; });
  }
  while (done < 2) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ProberTest, LooksUpANameOnceForAllWhoAskAtTheSameMoment) {
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  int good = 0;
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    CheckSpec spec = spec_for(server.port());
    spec.id = "check" + std::to_string(i);
    spec.path = "/" + spec.id;
    spec.address = "www.example.com";
    spec.family = CheckFamily::kV4;
    prober_->start(std::make_shared<CheckSpec>(spec), [&](const auto& result) {
      good += result.ok ? 1 : 0;
      ++done;
    });
  }
  while (done < 20) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(good, 20);
  EXPECT_EQ(dns_.queries(), 1);
}

TEST_F(ProberTest, TakesALookUpOfTheLastSecondForFresh) {
  prober_.emplace(&loop_,
                  LookupOptions{{{dns_.endpoint()}, "/nonexistent/resolv.conf"}, 3'600'000});
  HostileServer server(reply_with(kOkReply));
  dns_.set("www.example.com", {0, {ip("127.0.0.1")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  probe(spec);
  const int queries = dns_.queries();
  spec.id = "paris";
  EXPECT_EQ(probe(spec).reason, "status 200");
  EXPECT_EQ(dns_.queries(), queries);
}

// Answers every request of a connection, and may hang up after some.
HostileServer::Behaviour keep_answering(int requests) {
  return [requests](Connection& connection) {
    for (int i = 0; i < requests && connection.read_request(); ++i) {
      connection.request.clear();
      connection.send(kOkReply);
    }
  };
}

TEST_F(ProberTest, UsesAConnectionAgainWithKeepAlive) {
  HostileServer server(keep_answering(100));
  CheckSpec spec = spec_for(server.port());
  spec.keep_alive = true;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(probe(spec).reason, "status 200");
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ProberTest, TriesANewConnectionWhenTheOldOneIsDead) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.request.clear();
    connection.send(kOkReply);
    connection.read_request();  // and hangs up on it
    connection.reset_on_close();
  });
  CheckSpec spec = spec_for(server.port());
  spec.keep_alive = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(probe(spec).reason, "status 200");
  EXPECT_EQ(server.accepted(), 3);
}

TEST_F(ProberTest, SaysThatAKeptConnectionIsNotAnswered) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.request.clear();
    connection.send(kOkReply);
    connection.wait_for_end();
  });
  CheckSpec spec = spec_for(server.port());
  spec.keep_alive = true;
  EXPECT_EQ(probe(spec).reason, "status 200");
  spec.timeout_ms = 200;
  EXPECT_EQ(probe(spec).reason, "timed out after 200 ms (waiting for the reply)");
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ProberTest, ReadsNoMoreOfABodyForAConnectionThanItIsWorth) {
  HostileServer server([](Connection& connection) {
    if (!connection.read_request()) return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    while (connection.send(std::string(65'536, 'x'))) {
    }
  });
  CheckSpec spec = spec_for(server.port());
  spec.keep_alive = true;
  EXPECT_EQ(probe(spec).reason, "status 200");
  EXPECT_EQ(probe(spec).reason, "status 200");
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ProberTest, DoesNotAskWhatHasNoAnswer) {
  CheckSpec spec = spec_for(80, CheckType::kSwitch);
  EXPECT_EQ(probe(spec).reason, "checks of this type are not probed");
}

TEST_F(ProberTest, TakesAPrometheusWithoutAddressForNoData) {
  CheckSpec spec = spec_for(80, CheckType::kPrometheus);
  spec.address = "gone.example.com";
  const ProbeResult result = probe(spec);
  EXPECT_FALSE(result.counts);
  EXPECT_EQ(result.reason,
            "no data: no address for gone.example.com: no such name; the check stays as it is");
}

TEST_F(ProberTest, SendsTheTokenOfItsFile) {
  HostileServer server(reply_with(
      reply_with_body(R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})")));
  const std::string file = testing::TempDir() + "rhumb-token-" + std::to_string(getpid());
  std::ofstream(file) << "secret \n";  // the blank is none of it
  CheckSpec spec = spec_for(server.port(), CheckType::kPrometheus);
  spec.metric = {"up", Comparison::kEqual, 1, OnNoData::kLastKnown};
  spec.token_file = file;
  EXPECT_EQ(probe(spec).reason, "value 1 is == 1");
  std::filesystem::remove(file);
  EXPECT_THAT(probe(spec).reason, StartsWith("no data: tokenFile " + file + " cannot be read"));
  server.stop();
  EXPECT_THAT(server.last_request(), HasSubstr("Authorization: Bearer secret\r\n"));
}

TEST_F(ProberTest, SaysThatAServerDoesNotSpeakHttp2) {
  HostileServer server(reply_with("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(probe(spec_for(server.port(), CheckType::kGrpc)).reason,
            "connection closed without an HTTP/2 reply");
}

TEST_F(ProberTest, ReportsWhatAProbeFound) {
  HostileServer server(reply_with(reply_with_body("ok" + std::string(1'000, '.'))));
  dns_.set("www.example.com", {0, {ip("127.0.0.1"), ip("127.0.0.2")}});
  CheckSpec spec = spec_for(server.port());
  spec.address = "www.example.com";
  spec.family = CheckFamily::kV4;
  std::optional<ProbeReport> report;
  ASSERT_TRUE(prober_->inspect(std::make_shared<CheckSpec>(spec),
                               [&](const auto& found) { report = found; }));
  while (!report) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(report->result.reason, "status 200");
  EXPECT_THAT(report->addresses, testing::ElementsAre(ip("127.0.0.1"), ip("127.0.0.2")));
  EXPECT_EQ(report->result.address, ip("127.0.0.1"));
  ASSERT_TRUE(report->details.times.connect_us);
  EXPECT_FALSE(report->details.times.tls_us);
  ASSERT_TRUE(report->details.times.first_byte_us);
  EXPECT_GE(report->duration_us,
            *report->details.times.connect_us + *report->details.times.first_byte_us);
  EXPECT_EQ(report->details.body, "ok" + std::string(198, '.'));
  EXPECT_EQ(prober_->in_flight(), 0U);
}

TEST_F(ProberTest, RefusesMoreInspectionsThanItCanHaveAtOnce) {
  HostileServer black_hole([](Connection& connection) { connection.wait_for_end(); });
  const auto spec = std::make_shared<CheckSpec>(spec_for(black_hole.port()));
  for (std::size_t i = 0; i < kMaxInspections; ++i) {
    EXPECT_TRUE(prober_->inspect(spec, [](const auto&) {}));
  }
  EXPECT_FALSE(prober_->inspect(spec, [](const auto&) {}));
}

// Certificates by the openssl command, in a directory of their own.
class TlsProberTest : public ProberTest {
 protected:
  static void SetUpTestSuite() {
    std::string path = testing::TempDir() + "rhumb-tls-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory() = path + "/";
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca "
        "-keyout ca.key -out ca.pem");
    certify("good", "DNS:www.example.com,IP:127.0.0.1", "-days 2");
    certify("other", "DNS:other.example.com", "-days 2");
    certify("expired", "DNS:www.example.com", "-days -1");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(directory()); }

  static std::string& directory() {
    static std::string path;
    return path;
  }

  static void openssl(const std::string& arguments) {
    const std::string line = "cd " + directory() + " && openssl " + arguments + " 2>openssl.log";
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }

  // NAME.pem and NAME.key, signed by ca.pem.
  static void certify(const std::string& name, const std::string& alternative_names,
                      const std::string& validity) {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server -keyout " +
        name + ".key -out " + name + ".csr");
    std::ofstream(directory() + name + ".ext") << "subjectAltName=" << alternative_names << "\n";
    openssl("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial " + validity +
            " -extfile " + name + ".ext -out " + name + ".pem");
  }

  static CheckSpec spec_for(std::uint16_t port) {
    CheckSpec spec = ProberTest::spec_for(port, CheckType::kHttps);
    spec.host = "www.example.com";
    spec.ca_file = directory() + "ca.pem";
    return spec;
  }
};

// `openssl s_server` with one of the certificates; -www answers with 200 and a page.
class TlsServer {
 public:
  explicit TlsServer(const std::string& certificate) {
    const std::string line = "exec openssl s_server -accept 127.0.0.1:0 -www -cert " + certificate +
                             ".pem -key " + certificate + ".key 2>&1";
    int output[2];
    if (pipe(output) != 0) throw std::runtime_error("pipe");
    process_ = fork();
    if (process_ == 0) {
      dup2(output[1], 1);
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    close(output[1]);
    output_ = fdopen(output[0], "r");
    char text[256];
    while (port_ == 0 && fgets(text, sizeof text, output_) != nullptr) {
      unsigned port = 0;
      if (sscanf(text, "ACCEPT 127.0.0.1:%u", &port) == 1) port_ = static_cast<std::uint16_t>(port);
    }
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    fclose(output_);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  pid_t process_ = 0;
  FILE* output_ = nullptr;
  std::uint16_t port_ = 0;
};

TEST_F(TlsProberTest, AcceptsACertificateOfTheCaFileForItsHost) {
  const TlsServer server(directory() + "good");
  EXPECT_EQ(probe(spec_for(server.port())).reason, "status 200");
}

TEST_F(TlsProberTest, AcceptsACertificateForAnAddressWithoutHost) {
  const TlsServer server(directory() + "good");
  CheckSpec spec = spec_for(server.port());
  spec.host.clear();
  EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(TlsProberTest, SearchesTheBody) {
  const TlsServer server(directory() + "good");
  CheckSpec spec = spec_for(server.port());
  spec.body_contains = "s_server";
  EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(TlsProberTest, RefusesACertificateOfAnUnknownIssuer) {
  const TlsServer server(directory() + "good");
  CheckSpec spec = spec_for(server.port());
  spec.ca_file.clear();
  const ProbeResult result = probe(spec);
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.reason, "certificate verify failed: unable to get local issuer certificate");
}

TEST_F(TlsProberTest, RefusesACertificateForAnotherName) {
  const TlsServer server(directory() + "other");
  EXPECT_EQ(probe(spec_for(server.port())).reason,
            "certificate verify failed: it is not for www.example.com");
}

TEST_F(TlsProberTest, RefusesACertificateForAnotherAddress) {
  const TlsServer server(directory() + "other");
  CheckSpec spec = spec_for(server.port());
  spec.host.clear();
  EXPECT_EQ(probe(spec).reason, "certificate verify failed: it is not for 127.0.0.1");
}

TEST_F(TlsProberTest, RefusesAnExpiredCertificate) {
  const TlsServer server(directory() + "expired");
  EXPECT_EQ(probe(spec_for(server.port())).reason,
            "certificate verify failed: certificate has expired");
}

TEST_F(TlsProberTest, TakesAnyCertificateWithoutVerifyTls) {
  const TlsServer server(directory() + "expired");
  CheckSpec spec = spec_for(server.port());
  spec.verify_tls = false;
  spec.ca_file.clear();
  EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(TlsProberTest, VerifiesAnewAfterAProbeThatDidNot) {
  const TlsServer server(directory() + "other");
  CheckSpec lax = spec_for(server.port());
  lax.verify_tls = false;
  EXPECT_TRUE(probe(lax).ok);
  EXPECT_FALSE(probe(spec_for(server.port())).ok);
}

TEST_F(TlsProberTest, TrustsForEachCheckItsOwnCaFileAlone) {
  const TlsServer server(directory() + "good");
  CheckSpec ours = spec_for(server.port());
  CheckSpec system = spec_for(server.port());
  system.ca_file.clear();
  EXPECT_TRUE(probe(ours).ok);
  EXPECT_FALSE(probe(system).ok);
  EXPECT_TRUE(probe(ours).ok);
}

TEST_F(TlsProberTest, SaysThatTheCaFileCannotBeRead) {
  const TlsServer server(directory() + "good");
  CheckSpec spec = spec_for(server.port());
  spec.ca_file = "/nonexistent/ca.pem";
  EXPECT_EQ(probe(spec).reason, "caFile /nonexistent/ca.pem cannot be read");
}

TEST_F(TlsProberTest, ShakesHandsForATlsCheck) {
  const TlsServer server(directory() + "good");
  CheckSpec spec = spec_for(server.port());
  spec.type = CheckType::kTls;
  // It was made for two days a moment ago: two whole ones are left for a second.
  EXPECT_THAT(probe(spec).reason,
              MatchesRegex("certificate is valid for (1 day|2 days), until 20[0-9-]+"));
  spec.min_days_left = 14;
  EXPECT_THAT(probe(spec).reason, MatchesRegex("certificate expires in (1 day|2 days), on "
                                               "20[0-9-]+; 14 are wanted"));
}

TEST_F(TlsProberTest, VerifiesTheCertificateOfATlsCheck) {
  const TlsServer server(directory() + "expired");
  CheckSpec spec = spec_for(server.port());
  spec.type = CheckType::kTls;
  EXPECT_EQ(probe(spec).reason, "certificate verify failed: certificate has expired");
  spec.verify_tls = false;
  EXPECT_THAT(probe(spec).reason, StartsWith("certificate expired on "));
}

TEST_F(TlsProberTest, ReportsTheCertificate) {
  const TlsServer server(directory() + "good");
  std::optional<ProbeReport> report;
  ASSERT_TRUE(prober_->inspect(std::make_shared<CheckSpec>(spec_for(server.port())),
                               [&](const auto& found) { report = found; }));
  while (!report) uv_run(&loop_, UV_RUN_ONCE);
  EXPECT_EQ(report->result.reason, "status 200");
  ASSERT_TRUE(report->details.certificate);
  EXPECT_EQ(report->details.certificate->subject, "CN = server");
  EXPECT_EQ(report->details.certificate->issuer, "CN = ca");
  EXPECT_TRUE(report->details.certificate->expires_s);
  EXPECT_TRUE(report->details.times.connect_us);
  EXPECT_TRUE(report->details.times.tls_us);
}

TEST_F(TlsProberTest, UsesATlsConnectionAgainWithKeepAlive) {
  const TlsServer server(directory() + "good");  // hangs up after each reply
  CheckSpec spec = spec_for(server.port());
  spec.keep_alive = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(probe(spec).reason, "status 200");
}

TEST_F(TlsProberTest, SaysThatTheServerDoesNotSpeakTls) {
  HostileServer server([](Connection& connection) {
    connection.send(kOkReply);
    connection.wait_for_end();
  });
  EXPECT_EQ(probe(spec_for(server.port())).reason, "TLS handshake failed: wrong version number");
}

TEST_F(TlsProberTest, TimesOutInTheHandshake) {
  HostileServer black_hole([](Connection& connection) { connection.wait_for_end(); });
  CheckSpec spec = spec_for(black_hole.port());
  spec.timeout_ms = 150;
  EXPECT_EQ(probe(spec).reason, "timed out after 150 ms (in the TLS handshake)");
}

}  // namespace
}  // namespace rhumb
