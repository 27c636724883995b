// The program as an operator meets it: starting, failing to start, serving on every address,
// stopping, and the commands that ask it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "server/listeners.h"
#include "server/socket_address.h"
#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "text/json.h"

namespace rhumb {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

// A listen address, in quotes, that nobody else uses, even where a start fails only after it.
std::string own_listen() {
  const std::string address = test::own_address();
  return "\"" + address + ":" + std::to_string(test::free_port(address)) + "\"";
}

std::string small_zone(const std::string& apex) {
  return "$ORIGIN " + apex +
         ".\n$TTL 30\n@ SOA ns hostmaster 7 3600 900 604800 30\n@ NS ns\nns A 192.0.2.53\n"
         "www A 192.0.2.1\nwww AAAA 2001:db8::1\n";
}

test::Finished check(const test::TempDir& folder, const Strings& more = {}) {
  Strings words = {test::rhumb_binary(), "check", "-c", folder.path() + "/rhumb.yaml"};
  words.insert(words.end(), more.begin(), more.end());
  return test::run(words);
}

test::Finished serve(const std::string& config) {
  return test::run({test::rhumb_binary(), "serve", "-c", config});
}

// A rhumb.yaml that listens on `addresses`.
std::string write_config(const test::TempDir& folder, const std::string& addresses,
                         const std::string& more = test::kZonesOfFolder) {
  return folder.write("rhumb.yaml", "listen: [" + addresses + "]\ncontrolSocket: " + folder.path() +
                                        "/control.sock\n" + more);
}

std::optional<Fd> try_bind(const Endpoint& endpoint, int type) {
  const SocketAddress address = to_socket_address(endpoint);
  Fd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!fd.valid() || bind(fd.get(), address.get(), address.size) != 0) return std::nullopt;
  if (type == SOCK_STREAM && listen(fd.get(), 1) != 0) return std::nullopt;
  return fd;
}

bool has_v6() { return try_bind(*Endpoint::parse("[::1]:0"), SOCK_DGRAM).has_value(); }

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Serve : public ::testing::Test {
 protected:
  Serve() { folder_.write("zones/a.zone", small_zone("a.test")); }
  test::TempDir folder_;
};

TEST_F(Serve, APortInUseIsOneClearLineAndNothingIsLeft) {
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const auto taken = try_bind(rhumb.endpoint(), type);
    ASSERT_TRUE(taken);
    const auto refused = serve(rhumb.config());
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("error"));
    EXPECT_THAT(refused.err, HasSubstr(to_string(rhumb.endpoint())));
    EXPECT_THAT(refused.err, HasSubstr(type == SOCK_DGRAM ? "UDP" : "TCP"));
    EXPECT_THAT(refused.err, HasSubstr("in use"));
    EXPECT_THAT(refused.err, Not(HasSubstr("serving")));
    EXPECT_EQ(refused.out, "");
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/control.sock"));
  }
  rhumb.start();
  EXPECT_TRUE(rhumb.wait_serving()) << "the ports are free again";
}

TEST_F(Serve, ASecondServerOnTheSamePortOrSocketIsRefusedAndTheFirstGoesOn) {
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  EXPECT_EQ(serve(rhumb.config()).exit_code, 1);
  const std::string other_port =
      folder_.write("other.yaml", "listen: [\"" + test::own_address(1) + ":" +
                                      std::to_string(test::free_port(test::own_address(1))) +
                                      "\"]\ncontrolSocket: " + folder_.path() + "/control.sock\n" +
                                      test::kZonesOfFolder);
  const auto refused = serve(other_port);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("control.sock"));
  EXPECT_THAT(refused.err, HasSubstr("another rhumb is running"));
  EXPECT_EQ(rhumb.command({"status"}).exit_code, 0);
  EXPECT_EQ(rhumb.addresses("www.a.test"), Strings{"192.0.2.1"});
}

TEST_F(Serve, ASocketLeftBehindByAKilledServerDoesNotHinderTheNext) {
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  rhumb.process().signal(SIGKILL);
  EXPECT_EQ(rhumb.process().wait_exit(), 128 + SIGKILL);
  EXPECT_EQ(rhumb.command({"status"}).exit_code, 3);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  EXPECT_EQ(rhumb.command({"status"}).exit_code, 0);
}

TEST_F(Serve, AnUnreadableFileIsOneClearLine) {
  const auto no_config = serve(folder_.path() + "/nowhere.yaml");
  EXPECT_EQ(no_config.exit_code, 1);
  EXPECT_THAT(no_config.err, HasSubstr("nowhere.yaml"));
  EXPECT_THAT(no_config.err, HasSubstr("No such file or directory"));
  EXPECT_EQ(lines_of(no_config.err), 1U) << no_config.err;

  const std::string address = own_listen();
  const auto no_zone = serve(write_config(folder_, address, "zones: [zones/b.zone]\n"));
  EXPECT_EQ(no_zone.exit_code, 1);
  EXPECT_THAT(no_zone.err, HasSubstr("rhumb.yaml:3:9"));
  EXPECT_THAT(no_zone.err, HasSubstr("zones/b.zone"));
  EXPECT_THAT(no_zone.err, HasSubstr("No such file or directory"));
  EXPECT_EQ(lines_of(no_zone.err), 1U) << no_zone.err;

  const auto a_folder = serve(write_config(folder_, address, "zones: [zones]\n"));
  EXPECT_EQ(a_folder.exit_code, 1);
  EXPECT_THAT(a_folder.err, HasSubstr("/zones"));
  EXPECT_EQ(lines_of(a_folder.err), 1U) << a_folder.err;
}

TEST_F(Serve, AllErrorsOfABadStartAreToldWithTheirPlaces) {
  folder_.write("zones/b.zone", small_zone("b.test") + "bad A 192.0.2.256\n");
  folder_.write("zones/c.yaml", test::yaml_zone("c.test", "",
                                                "- {name: x, type: A, valeus: [192.0.2.1]}\n"
                                                "- {name: y, type: A, values: [192.0.2]}\n"));
  const std::string config = write_config(
      folder_, own_listen(), std::string(test::kZonesOfFolder) + "workers: many\nlogs: {}\n");
  for (const auto& refused : {serve(config), check(folder_)}) {
    EXPECT_EQ(refused.exit_code, 1);
    const std::string said = refused.out + refused.err;
    for (const char* place : {"rhumb.yaml:4:10", "rhumb.yaml:5:1", "zones/b.zone:8",
                              "zones/c.yaml:7:22", "zones/c.yaml:8:31"}) {
      EXPECT_THAT(said, HasSubstr(place));
    }
    EXPECT_THAT(said, HasSubstr("did you mean \"values\"?"));
    EXPECT_THAT(said, HasSubstr("did you mean \"log\"?"));
    EXPECT_THAT(said, Not(HasSubstr("serving")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/control.sock"));
}

TEST_F(Serve, AnswersOverUdpAndTcpOnEveryAddressOfBothFamilies) {
  const std::string address = test::own_address();
  const std::string port = std::to_string(test::free_port(address));
  Strings listen = {address + ":" + port, test::own_address(1) + ":" + port};
  if (has_v6()) {
    listen.push_back("[::1]:" + port);
  } else {
    std::printf("this machine has no IPv6: only IPv4 is tested\n");
  }
  std::string all;
  for (const std::string& one : listen) all += (all.empty() ? "\"" : ", \"") + one + "\"";
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  write_config(folder_, all);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  for (const std::string& one : listen) {
    for (const bool tcp : {false, true}) {
      const auto reply = test::ask(*Endpoint::parse(one), {.name = "WWW.a.test", .tcp = tcp});
      ASSERT_TRUE(reply) << one << (tcp ? " TCP" : " UDP");
      EXPECT_EQ(reply->rcode, "NOERROR");
      EXPECT_TRUE(reply->aa);
      EXPECT_EQ(reply->question, "WWW.a.test. A");
      EXPECT_EQ(reply->answer, Strings{"www.a.test. 30 A 192.0.2.1"});
    }
  }
}

// The address that a reply to a question to `asked` comes from.
std::string replies_from(const Endpoint& asked) {
  const SocketAddress to = to_socket_address(asked);
  const Fd fd(socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval patience{5, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const test::Bytes message = test::encode({.name = "www.a.test"});
  EXPECT_GT(sendto(fd.get(), message.data(), message.size(), 0, to.get(), to.size), 0);
  std::array<std::uint8_t, 512> reply{};
  SocketAddress from;
  from.size = sizeof from.storage;
  auto* generic = reinterpret_cast<sockaddr*>(&from.storage);
  if (recvfrom(fd.get(), reply.data(), reply.size(), 0, generic, &from.size) <= 0) return "nobody";
  return to_string(to_endpoint(generic));
}

TEST_F(Serve, AWildcardSocketRepliesFromTheAskedAddress) {
  const std::string port = std::to_string(test::free_port("0.0.0.0"));
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  const bool v6 = has_v6();
  write_config(folder_, "\"0.0.0.0:" + port + "\"" + (v6 ? ", \"[::]:" + port + "\"" : ""));
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  for (int i = 0; i < 4; ++i) {
    const std::string asked = test::own_address(i) + ":" + port;
    EXPECT_EQ(replies_from(*Endpoint::parse(asked)), asked);
    const auto reply = test::ask(*Endpoint::parse(asked), {.name = "www.a.test", .tcp = true});
    EXPECT_TRUE(reply) << asked;
  }
  if (!v6) return;
  EXPECT_EQ(replies_from(*Endpoint::parse("[::1]:" + port)), "[::1]:" + port);
}

TEST_F(Serve, StopsGracefullyOnTermAndInt) {
  for (const int number : {SIGTERM, SIGINT}) {
    test::Rhumb rhumb(folder_, test::kZonesOfFolder);
    rhumb.start();
    ASSERT_TRUE(rhumb.wait_serving());
    rhumb.process().signal(number);
    EXPECT_EQ(rhumb.process().wait_exit(), 0);
    EXPECT_THAT(rhumb.process().output(), HasSubstr("stopped"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/control.sock"));
  }
}

TEST_F(Serve, GoesOnAnsweringForTheShutdownDelay) {
  test::Rhumb rhumb(folder_, std::string(test::kZonesOfFolder) + "shutdownDelay: 3s\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  EXPECT_TRUE(rhumb.json({"status"})["ready"].boolean());
  const double begun_ms = test::now_ms();
  rhumb.process().signal(SIGTERM);
  ASSERT_TRUE(rhumb.process().wait_output("stopping"));
  EXPECT_EQ(rhumb.addresses("www.a.test"), Strings{"192.0.2.1"});
  const auto status = rhumb.json({"status"});
  ASSERT_TRUE(status.has("ready"));
  EXPECT_FALSE(status["ready"].boolean());
  EXPECT_EQ(rhumb.process().wait_exit(), 0);
  EXPECT_GE(test::now_ms() - begun_ms, 3000);
}

TEST_F(Serve, ASecondTermEndsTheShutdownDelay) {
  test::Rhumb rhumb(folder_, std::string(test::kZonesOfFolder) + "shutdownDelay: 1h\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  rhumb.process().signal(SIGTERM);
  ASSERT_TRUE(rhumb.process().wait_output("stopping"));
  rhumb.process().signal(SIGTERM);
  EXPECT_EQ(rhumb.process().wait_exit(), 0);
}

TEST_F(Serve, CheckSaysWhatWouldBeServed) {
  write_config(folder_, own_listen());
  const auto good = check(folder_);
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.out, HasSubstr("1 zone"));
  EXPECT_EQ(check(folder_, {"--strict"}).exit_code, 0);

  folder_.write(
      "zones/b.yaml",
      test::yaml_zone("b.test", "", "- {name: x, type: CNAME, values: [www.elsewhere.example]}\n"));
  const auto warned = check(folder_);
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.out, ContainsRegex("zones/b.yaml:7:35: warning: .*final dot"));
  EXPECT_EQ(check(folder_, {"--strict"}).exit_code, 1);

  folder_.write("zones/c.zone", small_zone("c.test") + "x TXT \"open\nx NOTYPE 1\n");
  const auto wrong = check(folder_);
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.out, ContainsRegex("zones/c.zone:8(:[0-9]+)?: error: "));
  EXPECT_EQ(check(folder_, {"--strict"}).exit_code, 1);
}

TEST_F(Serve, CheckSpeaksJson) {
  write_config(folder_, own_listen());
  const auto good = parse_json(check(folder_, {"--json"}).out);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(good.value()["ok"].boolean());
  EXPECT_EQ(good.value()["zones"].items().size(), 1U);
  folder_.write("zones/b.zone", small_zone("b.test") + "bad A 192.0.2.256\n");
  const auto wrong = parse_json(check(folder_, {"--json"}).out);
  ASSERT_TRUE(wrong.ok());
  EXPECT_FALSE(wrong.value()["ok"].boolean());
  EXPECT_EQ(wrong.value()["errors"].whole(), 1);
  ASSERT_EQ(wrong.value()["diagnostics"].items().size(), 1U);
  const auto& found = wrong.value()["diagnostics"].items()[0];
  EXPECT_EQ(found["severity"].text(), "error");
  EXPECT_THAT(std::string(found["file"].text()), HasSubstr("zones/b.zone"));
  EXPECT_EQ(found["line"].whole(), 8);
}

TEST_F(Serve, TheCommandsTellWhatRuns) {
  folder_.write(
      "zones/b.yaml",
      test::yaml_zone("b.test",
                      "- {id: refused, type: TCP, port: 1, address: " + test::own_address(1) +
                          ", interval: 1h}\n",
                      "- {name: www, type: A, setIdentifier: a, failover: PRIMARY, healthCheckId: "
                      "refused, values: [192.0.2.1]}\n"
                      "- {name: www, type: A, setIdentifier: b, failover: SECONDARY, values: "
                      "[192.0.2.2]}\n"));
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving()) << rhumb.process().output();
  for (const Strings& words : {Strings{"status"}, {"health"}, {"health", "refused"}, {"zones"}}) {
    const auto text = rhumb.command(words);
    EXPECT_EQ(text.exit_code, 0);
    EXPECT_EQ(text.err, "");
    EXPECT_FALSE(parse_json(text.out).ok()) << words[0] << " is for people";
    EXPECT_FALSE(rhumb.json(words).is_null()) << words[0];
  }
  EXPECT_THAT(rhumb.command({"health"}).out, ContainsRegex("refused +TCP +unhealthy"));
  EXPECT_THAT(rhumb.command({"status"}).out, HasSubstr(to_string(rhumb.endpoint())));
  EXPECT_THAT(rhumb.command({"zones"}).out, ContainsRegex("a.test[.]? +7 "));
  const auto status = rhumb.json({"status"});
  EXPECT_EQ(status["zones"].whole(), 2);
  EXPECT_EQ(status["checks"]["unhealthy"].whole(), 1);
  EXPECT_EQ(status["pid"].whole(), rhumb.process().pid());
  const auto check = rhumb.json({"health", "refused"});
  EXPECT_EQ(check["id"].text(), "refused");
  EXPECT_EQ(check["type"].text(), "TCP");
  EXPECT_EQ(check["state"].text(), "unhealthy");
  EXPECT_EQ(check["measured"].text(), "unhealthy");
  EXPECT_TRUE(check.has("since"));
  EXPECT_TRUE(check["override"].is_null());
  EXPECT_FALSE(check["lastProbe"]["ok"].boolean());
  EXPECT_THAT(std::string(check["lastProbe"]["reason"].text()), HasSubstr("refused"));
  EXPECT_EQ(rhumb.command({"health", "refuse"}).exit_code, 1);
  EXPECT_THAT(rhumb.command({"health", "refuse"}).err, HasSubstr("did you mean \"refused\"?"));
}

TEST_F(Serve, ExitCodesSayWhatWentWrong) {
  const std::string binary = test::rhumb_binary();
  EXPECT_EQ(test::run({binary, "version"}).exit_code, 0);
  EXPECT_THAT(test::run({binary, "version"}).out, HasSubstr("rhumb 0."));
  const auto version = parse_json(test::run({binary, "version", "--json"}).out);
  ASSERT_TRUE(version.ok());
  EXPECT_FALSE(version.value()["version"].text().empty());
  EXPECT_EQ(test::run({binary, "--help"}).exit_code, 0);
  for (const Strings& words : {Strings{binary},
                               {binary, "nonsense"},
                               {binary, "status", "--jsn"},
                               {binary, "recover"},
                               {binary, "check", "-c"}}) {
    const auto refused = test::run(words);
    EXPECT_EQ(refused.exit_code, 2) << words.back();
    EXPECT_NE(refused.err, "") << words.back();
  }
  for (const char* verb : {"status", "health", "zones", "reload"}) {
    const auto lost = test::run({binary, verb, "--socket", folder_.path() + "/nobody.sock"});
    EXPECT_EQ(lost.exit_code, 3) << verb;
    EXPECT_THAT(lost.err, HasSubstr("nobody.sock"));
  }
}

TEST_F(Serve, TwelveThousandZonesLoadAndAreServed) {
  constexpr int kCount = 12'000;
  for (int i = 0; i < kCount; ++i) {
    const std::string apex = "z" + std::to_string(i) + ".test";
    folder_.write("zones/" + apex + ".zone", small_zone(apex));
  }
  test::Rhumb rhumb(folder_, test::kZonesOfFolder);
  rhumb.start();
  ASSERT_TRUE(rhumb.process().wait_output("serving", 3 * test::kPatienceMs));
  EXPECT_EQ(rhumb.json({"status"})["zones"].whole(), kCount + 1);
  for (int i = 0; i < kCount; i += 97) {
    EXPECT_EQ(rhumb.addresses("www.z" + std::to_string(i) + ".test"), Strings{"192.0.2.1"}) << i;
  }
  EXPECT_EQ(rhumb.ask({.name = "z12000.test"})->rcode, "REFUSED");
  folder_.write("zones/z7.test.zone", small_zone("z7.test") + "new A 192.0.2.7\n");
  const auto reload = rhumb.json({"reload"});
  EXPECT_EQ(reload["reload"]["zonesRead"].whole(), 1);
  EXPECT_EQ(reload["reload"]["zonesKept"].whole(), kCount);
  EXPECT_EQ(rhumb.addresses("new.z7.test"), Strings{"192.0.2.7"});
}

TEST_F(Serve, EveryLineOfAJsonLogIsJson) {
  folder_.write("zones/b.yaml", test::yaml_zone("b.test",
                                                "- {id: refused, type: TCP, port: 1, address: " +
                                                    test::own_address(1) + ", interval: 100ms}\n",
                                                "- {name: w, type: CNAME, values: [\"a.b\"]}\n"));
  test::Rhumb rhumb(folder_,
                    std::string(test::kZonesOfFolder) + "log: {format: json, level: debug}\n");
  rhumb.start();
  ASSERT_TRUE(rhumb.wait_serving());
  folder_.write("zones/c.zone", "nonsense \"\\\x01\n");
  EXPECT_EQ(rhumb.command({"reload"}).exit_code, 1);
  rhumb.process().signal(SIGTERM);
  ASSERT_EQ(rhumb.process().wait_exit(), 0);
  std::istringstream lines(rhumb.process().output());
  std::size_t errors = 0;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto value = parse_json(line);
    ASSERT_TRUE(value.ok()) << line;
    EXPECT_TRUE(value.value().has("at")) << line;
    EXPECT_NE(value.value()["event"].text(), "") << line;
    errors += value.value()["level"].text() == "error" ? 1 : 0;
  }
  EXPECT_GE(count, 6U);
  EXPECT_GE(errors, 2U);
}

}  // namespace
}  // namespace rhumb
