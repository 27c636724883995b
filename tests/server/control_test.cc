#include "server/control.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "server/control_socket.h"
#include "server/state_writer.h"
#include "server/tables.h"
#include "tests/server/control_server.h"
#include "tests/server/hostile_server.h"

namespace rhumb {
namespace {

using test::connect_to;
using test::ControlTest;
using test::read_to_end;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ControlTest, TellsWhetherItLivesAndIsReady) {
  EXPECT_EQ(get("/healthz")["status"].text(), "ok");
  EXPECT_EQ(get("/readyz")["status"].text(), "ready");
  facts_.readiness = Readiness::kStopping;
  EXPECT_EQ(get("/readyz", 503)["error"].text(), "the server is stopping");
  EXPECT_EQ(get("/healthz")["status"].text(), "ok");
}

TEST_F(ControlTest, StatusTellsWhatRuns) {
  const JsonValue status = get("/api/v1/status");
  EXPECT_EQ(status["pid"].whole(), getpid());
  EXPECT_EQ(status["zones"].whole(), 1);
  EXPECT_EQ(status["records"].whole(), 3);
  EXPECT_EQ(status["generation"].whole(), 1);
  EXPECT_EQ(status["checks"]["healthy"].whole(), 2);
  EXPECT_EQ(status["checks"]["unknown"].whole(), 0);
  EXPECT_FALSE(status["restartWouldFail"].boolean());
  EXPECT_TRUE(status["lastReload"].is_null());
  EXPECT_TRUE(status["http"].is_null());
  EXPECT_TRUE(status["stateDirectory"].is_null());
  EXPECT_THAT(status_table(status, 0), HasSubstr("zones         1 with 3 records\n"));
  EXPECT_TRUE(status["rateLimit"].is_null());
  EXPECT_THAT(status_table(status, 0), HasSubstr("rate limit    off\n"));
}

TEST_F(ControlTest, StatusTellsThatStateCannotBeKept) {
  EXPECT_TRUE(get("/api/v1/status")["stateError"].is_null());
  facts_.state_problem = [] { return std::string("/s/health.jsonl: no space"); };
  const JsonValue status = get("/api/v1/status");
  EXPECT_EQ(status["stateError"].text(), "/s/health.jsonl: no space");
  EXPECT_THAT(status_table(status, 0),
              HasSubstr("WARNING       state cannot be kept, and a restart would not know of what "
                        "changes now: /s/health.jsonl: no space\n"));
}

TEST_F(ControlTest, StatusTellsOfTheApiOverTcpAndWhereStateIsKept) {
  facts_.http =
      HttpConfig{{IpAddress{}, 8053}, {.token = "secret", .certificate = "PEM", .key = ""}};
  facts_.state_directory = "/var/lib/rhumb";
  const JsonValue status = get("/api/v1/status");
  EXPECT_EQ(status["http"]["listen"].text(), "0.0.0.0:8053");
  EXPECT_TRUE(status["http"]["tls"].boolean());
  EXPECT_FALSE(status["http"]["readOnly"].boolean());
  EXPECT_EQ(status["stateDirectory"].text(), "/var/lib/rhumb");
  const std::string table = status_table(status, 0);
  EXPECT_THAT(table, HasSubstr("API on        0.0.0.0:8053 with TLS, changes with a token\n"));
  EXPECT_THAT(table, HasSubstr("state in      /var/lib/rhumb\n"));
}

TEST_F(ControlTest, ChecksAreAsTheReferenceDescribesThem) {
  const JsonValue checks = get("/api/v1/health-checks");
  ASSERT_EQ(checks.items().size(), 2U);
  const JsonValue& one = checks.items()[0];
  EXPECT_THAT(one.names(),
              ::testing::ElementsAre("id", "type", "state", "measured", "since", "labels",
                                     "override", "drains", "lastProbe", "consecutive", "holds",
                                     "reason", "disabled", "inverted"));
  EXPECT_EQ(one["id"].text(), "www.example/A/one");
  EXPECT_EQ(one["type"].text(), "TCP");
  EXPECT_EQ(one["state"].text(), "healthy");
  EXPECT_EQ(one["measured"].text(), "unknown");
  EXPECT_EQ(one["labels"]["site"].text(), "x");
  EXPECT_TRUE(one["override"].is_null());
  EXPECT_TRUE(one["lastProbe"].is_null());
  EXPECT_EQ(one["consecutive"].whole(), 0);
  EXPECT_TRUE(one["holds"].is_null());
}

TEST_F(ControlTest, ACheckIsFoundByItsIdAndAnUnknownOneGetsASuggestion) {
  EXPECT_EQ(get("/api/v1/health-checks/www.example/A/one")["id"].text(), "www.example/A/one");
  EXPECT_EQ(get("/api/v1/health-checks/www.example%2FA/one")["id"].text(), "www.example/A/one");
  EXPECT_EQ(get("/api/v1/health-checks/twp", 404)["error"].text(),
            "there is no health check \"twp\"; did you mean \"two\"?");
}

TEST_F(ControlTest, ZonesHaveSerialDigestAndRecords) {
  const JsonValue zones = get("/api/v1/zones");
  ASSERT_EQ(zones.items().size(), 1U);
  const JsonValue& zone = zones.items()[0];
  EXPECT_EQ(zone["zone"].text(), "a.example.");
  EXPECT_EQ(zone["serial"].whole(), 1);
  EXPECT_EQ(zone["digest"].text().size(), 16U);
  EXPECT_EQ(zone["records"].whole(), 3);
  EXPECT_EQ(zone["files"].items().size(), 1U);
}

TEST_F(ControlTest, WrongPathsAndMethodsAreErrorsInJson) {
  EXPECT_EQ(get("/api/v1/nothing", 404)["error"].text(), "there is no \"/api/v1/nothing\"");
  EXPECT_EQ(get("/api/v1/reload", 405)["error"].text(), "GET is not for this path; use POST");
  EXPECT_EQ(ask("POST", "/api/v1/status").status, 405);
  EXPECT_EQ(ask("DELETE", "/api/v1/health-checks/two").status, 405);
}

TEST_F(ControlTest, RecoverSaysWhyNot) {
  EXPECT_EQ(ask("POST", "/api/v1/health-checks/nil/recover").status, 404);
  EXPECT_THAT(ask("POST", "/api/v1/health-checks/two/recover").body, HasSubstr("is auto"));
  const ApiReply healthy = ask("POST", "/api/v1/health-checks/www.example/A/one/recover");
  EXPECT_EQ(healthy.status, 409);
  EXPECT_THAT(healthy.body, HasSubstr("is not unhealthy"));
}

TEST_F(ControlTest, ReloadWaitsForItsOutcome) {
  folder_.write("b.zone", test::small_zone("b.example"));
  const ApiReply good = ask("POST", "/api/v1/reload");
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(get("/api/v1/status")["zones"].whole(), 2);
  folder_.write("c.zone", "nonsense\n");
  const ApiReply bad = ask("POST", "/api/v1/reload");
  EXPECT_EQ(bad.status, 422);
  const JsonValue outcome = parse_json(bad.body).value();
  ASSERT_GE(outcome["reload"]["errors"].items().size(), 1U);
  EXPECT_THAT(std::string(outcome["reload"]["errors"].items()[0].text()),
              HasSubstr("c.zone:1: error: "));
  const JsonValue status = get("/api/v1/status");
  EXPECT_TRUE(status["restartWouldFail"].boolean());
  EXPECT_FALSE(status["lastReload"]["ok"].boolean());
}

TEST_F(ControlTest, AClientThatSendsNothingIsLetGo) {
  serve({.patience_ms = 50});
  const Fd idle = connect_to(path());
  char byte = 0;
  EXPECT_EQ(read(idle.get(), &byte, 1), 0);
}

TEST_F(ControlTest, MoreBodyThanAllowedIsRefusedUnread) {
  const Fd client = connect_to(path());
  const std::string head =
      "POST /api/v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n";
  send(client.get(), head.data(), head.size(), MSG_NOSIGNAL);
  const std::string reply = read_to_end(client);
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(reply, EndsWith("{\"error\":\"the body has more than 65536 bytes\"}"));
}

TEST_F(ControlTest, ABodyWithoutALengthIsRefusedToo) {
  const Fd client = connect_to(path());
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  const std::string sent =
      "POST /api/v1/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Transfer-Encoding: chunked\r\n\r\n" +
      chunk + chunk + chunk + "0\r\n\r\n";
  send(client.get(), sent.data(), sent.size(), MSG_NOSIGNAL);
  EXPECT_THAT(read_to_end(client), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ControlTest, ABodyWithoutAnEndIsCutOff) {
  const Fd client = connect_to(path());
  const std::string head =
      "POST /api/v1/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  send(client.get(), head.data(), head.size(), MSG_NOSIGNAL);
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (send(client.get(), chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0) sent += chunk.size();
  EXPECT_LT(sent, std::size_t{16} << 20U);  // the sockets' buffers hold some
}

TEST_F(ControlTest, HeadersBeyondTheLimitAreRefused) {
  const Fd client = connect_to(path());
  const std::string sent =
      "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(40'000, 'x') +
      "\r\nConnection: close\r\n\r\n";
  send(client.get(), sent.data(), sent.size(), MSG_NOSIGNAL);
  const std::string reply = read_to_end(client);
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(reply, EndsWith("{\"error\":\"the headers have more than 32768 bytes together\"}"));
}

TEST_F(ControlTest, ATargetThatWouldBeCutIsRefused) {
  const JsonValue refused = get("/api/v1/health-checks/two%00/x", 400);
  EXPECT_EQ(refused["error"].text(), "the path or query holds %00, which no name here can have");
  EXPECT_EQ(ask("PUT", "/api/v1/overrides/two%00").status, 400);
  (void)get("/api/v1/explain?name=a.example%00&type=A&client=192.0.2.1", 400);
}

TEST_F(ControlTest, TheAbsoluteFormOfATargetIsTaken) {
  const auto first_line = [&](const std::string& target) {
    const Fd client = connect_to(path());
    const std::string sent = "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    send(client.get(), sent.data(), sent.size(), MSG_NOSIGNAL);
    const std::string reply = read_to_end(client);
    return reply.substr(0, reply.find('\r'));
  };
  EXPECT_EQ(first_line("http://x/healthz"), "HTTP/1.1 200 OK");
  EXPECT_EQ(first_line("http://x:8053/api/v1/events?after=0"), "HTTP/1.1 200 OK");
  EXPECT_EQ(first_line("http://x"), "HTTP/1.1 404 Not Found");
}

TEST_F(ControlTest, StoppingAnswersWhatStillWaits) {
  const HostileServer mute([](Connection& connection) { connection.wait_for_end(); });
  folder_.write("rhumb.yaml",
                "log: {level: error}\nzones: [\"*.zone\"]\nstartupWait: 1h\nhealthChecks:\n" +
                    std::string("- {id: slow, type: HTTP, address: 127.0.0.1, "
                                "timeout: 1h, interval: 1h, port: ") +
                    std::to_string(mute.port()) + "}\n");
  auto reply = std::async(std::launch::async, [this] { return ask("POST", "/api/v1/reload"); });
  EXPECT_TRUE(test::wait_until([&] { return mute.accepted() > 0; }));
  server_.reset();
  EXPECT_EQ(reply.get().status, 503);
}

TEST_F(ControlTest, ADiskThatHangsHoldsUpNoOperator) {
  std::promise<void> disk_is_back;
  const auto text = [hangs = disk_is_back.get_future().share()] {
    hangs.wait();
    return std::optional<std::string>("x");
  };
  StateWriter writer(StateFolder(folder_.path()), {{"state", text}}, log_);
  server_.reset();
  constexpr std::int64_t kPatienceMs = 1;
  api_.emplace(
      facts_, monitor_, *reloader_, [&](auto done) { writer.flush(0, std::move(done)); },
      kPatienceMs);
  serve({});
  for (int i = 0; i < 2; ++i) {
    const ApiReply reply = ask("DELETE", "/api/v1/overrides/two");
    EXPECT_EQ(reply.status, 200) << reply.error;
    EXPECT_THAT(reply.body, HasSubstr("\"warning\":\"in force, but it cannot be kept"));
  }
  disk_is_back.set_value();
}

// libmicrohttpd aborts the process when it is stopped with a connection suspended, as a request
// that is read in the last turns was.
TEST_F(ControlTest, StopsUnderAFloodOfRequests) {
  constexpr int kClients = 12;
  constexpr int kStops = 40;
  std::atomic<bool> enough{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      while (!enough) answered += ask("GET", "/healthz").status == 200 ? 1 : 0;
    });
  }
  for (int i = 0; i < kStops; ++i) {
    const int before = answered;
    EXPECT_TRUE(test::wait_until([&] { return answered >= before + kClients; }));
    serve({});
  }
  enough = true;
  for (std::thread& client : clients) client.join();
}

TEST(ControlSocket, HasMode0660AndMakesItsFolder) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/run/control.sock";
  const auto socket = bind_control_socket(path);
  ASSERT_TRUE(socket.ok()) << socket.error();
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
}

TEST(ControlSocket, HasItsModeWhateverTheUmaskIs) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  for (const mode_t wanted : {mode_t{0}, mode_t{077}, mode_t{0777}}) {
    const mode_t before = umask(wanted);
    const auto socket = bind_control_socket(path);
    EXPECT_EQ(umask(before), wanted);
    ASSERT_TRUE(socket.ok()) << socket.error();
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
    unlink(path.c_str());
  }
}

TEST(ControlSocket, IsNotTakenFromAServerThatRuns) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const auto first = bind_control_socket(path);
  ASSERT_TRUE(first.ok());
  const auto second = bind_control_socket(path);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error(), "control socket " + path + ": another rhumb is running");
}

TEST(ControlSocket, ReplacesOneThatWasLeftBehind) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  { const auto dead = bind_control_socket(path); }
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(bind_control_socket(path).ok());
}

TEST(ControlSocket, LeavesOtherFilesAlone) {
  const test::TempDir folder;
  const std::string path = folder.write("control.sock", "precious");
  EXPECT_FALSE(bind_control_socket(path).ok());
  EXPECT_EQ(test::read_file(path), "precious");
}

}  // namespace
}  // namespace rhumb
