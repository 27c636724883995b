#include "server/commands.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <thread>
#include <vector>

#include "server/api_client.h"
#include "server/api_request.h"
#include "server/control_json.h"
#include "server/control_socket.h"
#include "server/operator_tables.h"
#include "server/tables.h"
#include "tests/server/hostile_server.h"
#include "tests/server/loaded.h"
#include "tests/support/process.h"
#include "text/json.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ParsedCommand parse(std::vector<const char*> words) {
  words.insert(words.begin(), "rhumb");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran run(const std::vector<const char*>& words) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_command(*parse(words).command, out, err);
  return {code, out.str(), err.str()};
}

TEST(CommandLine, ReadsEachCommand) {
  const auto check = parse({"check", "-c", "x.yaml", "--strict", "--json"}).command;
  ASSERT_TRUE(check.has_value());
  EXPECT_EQ(check->verb, Verb::kCheck);
  EXPECT_EQ(check->config, "x.yaml");
  EXPECT_TRUE(check->strict && check->json);
  const auto recover = parse({"recover", "www.example/A/one", "--socket", "/s"}).command;
  ASSERT_TRUE(recover.has_value());
  EXPECT_EQ(recover->verb, Verb::kRecover);
  EXPECT_EQ(recover->id, "www.example/A/one");
  EXPECT_EQ(recover->targets.sockets, std::vector<std::string>{"/s"});
  EXPECT_EQ(parse({"serve"}).command->config, "/etc/rhumb/rhumb.yaml");
  EXPECT_EQ(parse({"health"}).command->id, "");
}

TEST(CommandLine, OverridesAndDrainsCarryWhatIsSaid) {
  const auto override_of =
      parse({"override", "london", "unhealthy", "--for", "30m", "--reason", "disk", "--force",
             "--server", "http://127.0.0.1:8053", "--server", "https://[::1]:8053", "--token-file",
             "t", "--ca-file", "ca.pem"})
          .command;
  ASSERT_TRUE(override_of.has_value());
  EXPECT_EQ(override_of->verb, Verb::kOverride);
  EXPECT_EQ(override_of->id, "london");
  EXPECT_EQ(override_of->said.state, "unhealthy");
  EXPECT_EQ(override_of->said.duration, "30m");
  EXPECT_EQ(override_of->said.reason, "disk");
  EXPECT_TRUE(override_of->said.force);
  EXPECT_EQ(override_of->targets.servers,
            (std::vector<std::string>{"http://127.0.0.1:8053", "https://[::1]:8053"}));
  EXPECT_EQ(override_of->targets.token_file, "t");
  EXPECT_EQ(override_of->targets.ca_file, "ca.pem");
  EXPECT_EQ(parse({"override", "london", "clear"}).command->verb, Verb::kClear);
  EXPECT_EQ(parse({"drain", "site=london"}).command->id, "site=london");
  EXPECT_EQ(parse({"restore", "site=london"}).command->verb, Verb::kRestore);
  EXPECT_TRUE(parse({"events", "--follow"}).command->follow);
  EXPECT_EQ(parse({"probe", "a"}).command->config, "");
  EXPECT_EQ(parse({"probe", "a", "-c", "x"}).command->config, "x");
}

TEST(CommandLine, WhatCannotBeMeantIsBadUsage) {
  EXPECT_EQ(parse({"override", "london", "sick"}).exit_code, 2);
  EXPECT_EQ(parse({"override", "london"}).exit_code, 2);
  EXPECT_EQ(parse({"override", "london", "clear", "--for", "1m"}).exit_code, 2);
  EXPECT_EQ(parse({"override", "london", "healthy", "--for", "soon"}).exit_code, 2);
  EXPECT_EQ(parse({"drain", "london"}).exit_code, 2);
  EXPECT_EQ(parse({"status", "--server", "127.0.0.1:8053"}).exit_code, 2);
}

TEST(CommandLine, AWordThatIsNoCommandIsNamed) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"sreve"}).exit_code, 2);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "rhumb: unknown command \"sreve\"; rhumb --help lists the commands\n");
}

TEST(CommandLine, BadUsageIsExitCode2AndHelpIs0) {
  EXPECT_EQ(parse({}).exit_code, 2);
  EXPECT_EQ(parse({"sreve"}).exit_code, 2);
  EXPECT_EQ(parse({"recover"}).exit_code, 2);
  EXPECT_EQ(parse({"status", "--strict"}).exit_code, 2);
  EXPECT_EQ(parse({"--help"}).exit_code, 0);
  EXPECT_FALSE(parse({"--help"}).command.has_value());
}

constexpr char kReply[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

// What a command sends to a server that it must take for one beyond loopback, and says.
struct SentRequest {
  Ran ran;
  std::string request;
};

SentRequest send_by(std::vector<const char*> words) {
  HostileServer server(reply_with(kReply));
  const test::TempDir folder;
  const std::string token = folder.write("token", "secret\n");
  const std::string url = "http://0.0.0.0:" + std::to_string(server.port());
  words.insert(words.end(), {"--server", url.c_str(), "--token-file", token.c_str()});
  Ran ran = run(words);
  server.stop();
  return {std::move(ran), server.last_request()};
}

TEST(Commands, WhatOnlyReadsLeavesOutATokenThatAllCouldRead) {
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"zones"}, {"health"}, {"events", "--follow"}}) {
    const SentRequest sent = send_by(words);
    EXPECT_THAT(sent.request, StartsWith("GET /api/v1/"));
    EXPECT_THAT(sent.request, Not(HasSubstr("Authorization")));
    EXPECT_THAT(sent.ran.err, Not(HasSubstr("in clear")));
  }
}

TEST(Commands, WhatChangesAnythingSendsItsTokenInClearAndWarns) {
  const SentRequest sent = send_by({"restore", "site=x"});
  EXPECT_EQ(sent.ran.code, 0);
  EXPECT_THAT(sent.request, HasSubstr("Authorization: Bearer secret\r\n"));
  EXPECT_THAT(sent.ran.err,
              AllOf(StartsWith("rhumb: warning: the token goes in clear to http://0.0.0.0:"),
                    EndsWith(", and all on the way can read it; write https://\n")));
}

TEST(Commands, ATokenGoesEverywhereThatNobodyElseReadsIt) {
  const ApiQuestion reads;
  const ApiQuestion changes{.method = "PUT"};
  const auto server = [](const std::string& url) {
    return ApiServer{.name = url, .by_url = true, .token = "secret"};
  };
  for (const char* url : {"http://127.0.0.1:8053", "http://127.9.9.9/", "http://[::1]:8053",
                          "http://localhost:8053", "https://dns.example.com"}) {
    EXPECT_EQ(token_for(server(url), reads), "secret") << url;
    EXPECT_EQ(clear_tokens({server(url)}, changes), "") << url;
  }
  for (const char* url :
       {"http://dns.example.com", "http://[2001:db8::1]:8053", "http://",
        "http://127.0.0.1.example.com", "http://localhost.example.com", "http://["}) {
    EXPECT_EQ(token_for(server(url), reads), "") << url;
    EXPECT_EQ(token_for(server(url), changes), "secret") << url;
    EXPECT_THAT(clear_tokens({server(url)}, changes), HasSubstr(url));
  }
  EXPECT_EQ(clear_tokens({{.name = "http://192.0.2.1:8053", .by_url = true}}, changes), "");
}

TEST(Commands, ATokenFileThatIsNoneIsNamed) {
  const Ran ran = run({"status", "--server", "http://127.0.0.1:1", "--token-file", "/no/token"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err,
            "rhumb: the token file \"/no/token\" cannot be read: No such file or directory\n");
}

TEST(Commands, AServerThatIsNotReachedIsExitCode3) {
  const Ran ran = run({"status", "--socket", "/nowhere/control.sock"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "rhumb: no rhumb was reached at /nowhere/control.sock: No such file or directory; "
            "name the controlSocket of a running one with --socket\n");
}

// Answers the one request that comes with what is given.
class OneReply {
 public:
  OneReply(const std::string& path, std::string reply)
      : socket_(bind_control_socket(path).value()), reply_(std::move(reply)) {
    thread_ = std::thread([this] {
      pollfd ready{socket_.get(), POLLIN, 0};
      poll(&ready, 1, test::kPatienceMs);
      const Fd client(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 4096> request{};
      EXPECT_GT(read(client.get(), request.data(), request.size()), 0);
      for (std::size_t sent = 0; sent < reply_.size();) {
        const ssize_t size =
            send(client.get(), reply_.data() + sent, reply_.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) break;
        sent += static_cast<std::size_t>(size);
      }
    });
  }
  OneReply(const OneReply&) = delete;
  OneReply& operator=(const OneReply&) = delete;
  ~OneReply() { thread_.join(); }

 private:
  Fd socket_;
  std::string reply_;
  std::thread thread_;
};

TEST(Commands, AReplyThatIsCutIsAFailureOfAServerThatWasReached) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const OneReply server(path, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
  const Ran ran = run({"status", "--socket", path.c_str()});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("control.sock did not reply in full: "));
}

TEST(Commands, AReplyBeyondTheLimitSaysSo) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/control.sock";
  const OneReply server(path, "HTTP/1.1 200 OK\r\n\r\n" + std::string(kMaxApiReplyBytes + 1, ' '));
  const Ran ran = run({"status", "--socket", path.c_str()});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err,
            "rhumb: " + path + " did not reply in full: the reply is larger than 256 MiB\n");
}

TEST(Commands, CheckTellsWhatWouldBeServed) {
  const test::TempDir folder;
  folder.write("a.zone", test::small_zone("a.example"));
  const std::string config =
      folder.write("rhumb.yaml", "zones: [a.zone, \"none/*.zone\"]\nlisten: 127.0.0.1:53\n");
  const Ran ran = run({"check", "-c", config.c_str()});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, config + ":1:17: warning: \"none/*.zone\" matches no file\n" +
                         "would serve 1 zone with 3 records and 0 health checks; 1 warning\n");
  EXPECT_EQ(run({"check", "--strict", "-c", config.c_str()}).code, 1);
}

// Without an error; what is wrong with it stands in line 5 of a.yaml.
std::string write_secondary_alone(const test::TempDir& folder) {
  folder.write(
      "a.yaml",
      "zone: a.example\nsoa: {mname: ns1, rname: h}\nrecords:\n"
      "- {name: \"@\", type: NS, values: ns.example.net.}\n"
      "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: 192.0.2.1}\n");
  return folder.write("rhumb.yaml", "zones: [a.yaml]\nlisten: 127.0.0.1:53\n");
}

TEST(Commands, CheckAdvisesOnWhatLoads) {
  const test::TempDir folder;
  const std::string config = write_secondary_alone(folder);
  const Ran ran = run({"check", "-c", config.c_str()});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            folder.path() +
                "/a.yaml:5:3: warning: www.a.example. A has a SECONDARY and no PRIMARY: the "
                "SECONDARY is answered always, as if it were one; write failover: PRIMARY in the "
                "record set that is to be answered as long as it is alive\n"
                "would serve 1 zone with 3 records and 0 health checks; 1 warning\n");
  const JsonValue json = parse_json(run({"check", "--json", "-c", config.c_str()}).out).value();
  EXPECT_TRUE(json["ok"].boolean());
  EXPECT_EQ(json["warnings"].whole(), 1);
  EXPECT_EQ(json["diagnostics"].items()[0]["line"].whole(), 5);
}

TEST(Commands, StrictCheckFailsOnAdvice) {
  const test::TempDir folder;
  const std::string config = write_secondary_alone(folder);
  EXPECT_EQ(run({"check", "--strict", "-c", config.c_str()}).code, 1);
}

TEST(Commands, AServersLoadGivesNoAdvice) {
  const test::TempDir folder;
  Diagnostics diagnostics;
  ASSERT_NE(load(write_secondary_alone(folder), nullptr, diagnostics), nullptr);
  EXPECT_TRUE(diagnostics.all().empty());
}

// What `check` says of a config that serves one zone.
std::string checked(const test::TempDir& folder, const std::string& more) {
  folder.write("a.zone", test::small_zone("a.example"));
  const std::string config = folder.write("rhumb.yaml", "zones: [a.zone]\n" + more);
  const Ran ran = run({"check", "-c", config.c_str()});
  EXPECT_EQ(ran.code, 0);
  return ran.out;
}

TEST(Commands, CheckWarnsWhereStrangersAskAndNoReplyIsLimited) {
  const test::TempDir folder;
  const std::string off = "warning: response rate limiting is off, and ";
  const std::string what =
      " is public: whoever forges a source address can flood it with replies; write rateLimit: "
      "{responsesPerSecond: 100}\n";
  EXPECT_THAT(checked(folder, ""), HasSubstr("rhumb.yaml: " + off + "0.0.0.0:53" + what));
  EXPECT_THAT(checked(folder, "rateLimit: {responsesPerSecond: 0}\n"),
              HasSubstr("rhumb.yaml:2:1: " + off));
  EXPECT_THAT(checked(folder, "listen: [\"127.0.0.1:53\", \"[2001:db8::53]:53\"]\n"),
              HasSubstr("rhumb.yaml:2:1: " + off + "[2001:db8::53]:53" + what));
  EXPECT_THAT(checked(folder, "listen: 172.32.0.1:53\n"), HasSubstr(off));
  EXPECT_THAT(checked(folder, "rateLimit: {responsesPerSecond: 1}\n"), HasSubstr("; 0 warnings"));
}

TEST(Commands, CheckHasNothingToSayOfTheLimitWhereNoStrangerAsks) {
  const test::TempDir folder;
  for (const char* inner : {"127.0.0.1:53", "127.1.2.3:5300", "10.1.2.3:53", "172.16.0.1:53",
                            "172.31.255.1:53", "192.168.1.1:53", "100.64.0.1:53", "169.254.1.1:53",
                            "\"[::1]:53\"", "\"[fe80::1]:53\"", "\"[fd00::1]:53\""}) {
    EXPECT_THAT(checked(folder, "listen: " + std::string(inner) + "\n"), HasSubstr("; 0 warnings"))
        << inner;
  }
}

TEST(Commands, CheckPrintsEveryErrorAndFails) {
  const test::TempDir folder;
  const std::string config = folder.write("rhumb.yaml", "zones: [a.zone]\nuser: \"\"\n");
  const Ran ran = run({"check", "-c", config.c_str()});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr(":2:7: error: the name is empty"));
  EXPECT_THAT(ran.out, HasSubstr(":1:9: error: the zone file"));
  EXPECT_THAT(ran.out, HasSubstr("2 errors, 0 warnings: nothing would be served\n"));
  const JsonValue json = parse_json(run({"check", "--json", "-c", config.c_str()}).out).value();
  EXPECT_FALSE(json["ok"].boolean());
  EXPECT_EQ(json["errors"].whole(), 2);
  EXPECT_EQ(json["diagnostics"].items().size(), 2U);
  EXPECT_EQ(json["diagnostics"].items()[0]["line"].whole(), 1);
}

TEST(Tables, ColumnsAreAlignedAndControlCharactersHarmless) {
  EXPECT_EQ(in_columns({{"ID", "STATE"}, {"h\xc3\xa9llo", "\x1b[31m"}}),
            "ID     STATE\nh\xc3\xa9llo  ?[31m\n");
}

TEST(Tables, ColoursStandAroundWhatTheyMarkAndChangeNoColumn) {
  EXPECT_EQ(
      in_columns({{"ID", "STATE", "X"}, {"a", {"unhealthy", Paint::kRed}, "y"}}, Colour::kYes),
      "ID  STATE      X\na   \x1b[31munhealthy\x1b[0m  y\n");
  EXPECT_EQ(in_columns({{{"a", Paint::kRed}}}), "a\n");
}

TEST(Tables, AnOperatorsWordIsMarked) {
  const JsonValue checks =
      parse_json(
          "[{\"id\":\"a\",\"type\":\"TCP\",\"state\":\"unhealthy\",\"since\":\"\",\"override\":"
          "{\"state\":\"unhealthy\",\"reason\":\"disk\",\"until\":null},\"drains\":[],"
          "\"lastProbe\":null,\"reason\":\"override: disk; otherwise unknown\"},"
          "{\"id\":\"b\",\"type\":\"TCP\",\"state\":\"unhealthy\",\"since\":\"\",\"override\":null,"
          "\"drains\":[{\"label\":\"site=x\",\"reason\":\"\",\"until\":"
          "\"1970-01-01T00:01:00.000Z\"}],\"lastProbe\":null}]")
          .value();
  EXPECT_EQ(checks_table(checks, 0),
            "ID  TYPE  STATE                 SINCE  PROBED  RESULT\n"
            "a   TCP   unhealthy (override)  -      never   override: disk; otherwise unknown\n"
            "b   TCP   unhealthy (drain)     -      never   -\n");
  EXPECT_THAT(check_table(checks.items()[0], 0),
              HasSubstr("override     unhealthy, without end: disk\n"));
  EXPECT_THAT(check_table(checks.items()[1], 0), HasSubstr("drain        site=x, for 1m more\n"));
}

TEST(Tables, AChecksTimesAreAges) {
  const JsonValue checks =
      parse_json(
          "[{\"id\":\"a\",\"type\":\"HTTP\",\"state\":\"healthy\","
          "\"since\":\"1970-01-01T00:00:00.000Z\",\"lastProbe\":{\"ok\":true,"
          "\"at\":\"1970-01-01T00:03:00.000Z\",\"durationMs\":3,\"reason\":\"status 200\"},"
          "\"reason\":\"status 200\"}]")
          .value();
  EXPECT_EQ(checks_table(checks, 192'000),
            "ID  TYPE  STATE    SINCE  PROBED   RESULT\n"
            "a   HTTP  healthy  3m12s  12s ago  status 200\n");
}

TEST(Tables, WhatHoldsACheckStandsBehindItsLastResult) {
  const JsonValue checks =
      parse_json(
          "[{\"id\":\"a\",\"type\":\"HTTP\",\"state\":\"unhealthy\","
          "\"since\":\"1970-01-01T00:00:00.000Z\",\"lastProbe\":{\"ok\":true,"
          "\"at\":\"1970-01-01T00:03:00.000Z\",\"durationMs\":3,\"reason\":\"status 200\"},"
          "\"reason\":\"status 200\",\"holds\":\"waits for `rhumb recover a`\"}]")
          .value();
  EXPECT_EQ(checks_table(checks, 192'000),
            "ID  TYPE  STATE      SINCE  PROBED   RESULT\n"
            "a   HTTP  unhealthy  3m12s  12s ago  status 200; waits for `rhumb recover a`\n");
}

// A check that turned unhealthy at 1000 and whose last probe, at 2000, succeeded.
JsonValue check_that_waits(const CheckSpec& spec, std::int64_t now_ms) {
  CheckStatus status;
  status.state = {Health::kUnhealthy, 1'000, 2, Sample::kOk};
  status.verdict = Health::kUnhealthy;
  status.last = LastProbe{true, 2'000, 3, "status 200"};
  status.reason = status.last->reason;
  std::string text;
  JsonWriter json(text);
  write_check(json, spec, status, now_ms);
  return parse_json(text).value();
}

TEST(Tables, ACheckThatIsHeldDownSaysForHowLong) {
  CheckSpec spec;
  spec.id = "a";
  const JsonValue check = check_that_waits(spec, 19'000);
  EXPECT_EQ(check["holds"].text(), "held down for 12s more after it turned unhealthy");
  EXPECT_THAT(
      check_table(check, 19'000),
      HasSubstr("result       status 200; held down for 12s more after it turned unhealthy\n"));
  EXPECT_TRUE(check_that_waits(spec, 31'000)["holds"].is_null());
}

TEST(Tables, WhatIsNeverProbedHasNoRowOfProbes) {
  CheckSpec spec;
  spec.id = "a";
  spec.type = CheckType::kSwitch;
  spec.inverted = true;
  CheckStatus status;
  status.reason = "inverted: default healthy";
  std::string text;
  JsonWriter json(text);
  write_check(json, spec, status, 0);
  const JsonValue check = parse_json(text).value();
  EXPECT_TRUE(check["inverted"].boolean());
  EXPECT_FALSE(check["disabled"].boolean());
  EXPECT_EQ(check_table(check, 0),
            "id        a\n"
            "type      SWITCH\n"
            "state     unknown\n"
            "result    inverted: default healthy\n"
            "measured  unknown by probes alone for 0ms\n");
}

TEST(Tables, ACheckThatWaitsForItsOperatorNamesTheCommand) {
  CheckSpec spec;
  spec.id = "a";
  spec.recovery = Recovery::kManual;
  EXPECT_EQ(check_that_waits(spec, 19'000)["holds"].text(), "waits for `rhumb recover a`");
}

TEST(Tables, SayWhichEventsAreGone) {
  const auto events = parse_json(
      R"([{"sequence":13,"at":"2026-11-20T10:00:00.000Z","kind":"reload","id":"rhumb.yaml",)"
      R"("from":"","to":"done","reason":""},)"
      R"({"sequence":15,"at":"2026-11-20T10:00:01.000Z","kind":"health","id":"a",)"
      R"("from":"healthy","to":"unhealthy","reason":"refused"}])");
  EXPECT_EQ(events_table(events.value(), 0, Colour::kNo),
            "AT                        KIND    ID          CHANGE                REASON\n"
            "12 events are gone\n"
            "2026-11-20T10:00:00.000Z  reload  rhumb.yaml  done                  \n"
            "1 event is gone\n"
            "2026-11-20T10:00:01.000Z  health  a           healthy -> unhealthy  refused\n");
}

}  // namespace
}  // namespace rhumb
