// What OPT carries, what class CH tells and what those who sign are told, as dig sees it of the
// real binary: over UDP and TCP, IPv4 and IPv6.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/rhumb.h"

namespace rhumb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Strings = std::vector<std::string>;

constexpr char kOldSecret[] = "e5e973e5a6b2a43f48e7dc849e37bfcf\n";
constexpr char kNewSecret[] = "445536bcd2513298075a5d379663c962\n";
constexpr char kClientCookie[] = "2464c4abcf10c957";

// One server with one zone, on an IPv4 and an IPv6 address.
class Wire {
 public:
  explicit Wire(int index = 0) : rhumb_(folder_, test::kZonesOfFolder, index) {
    folder_.write("zones/w.yaml",
                  test::yaml_zone("w.test", "", "- {name: www, type: A, values: [192.0.2.1]}\n"));
  }
  void start(const std::string& more) {
    rhumb_.rewrite(test::kZonesOfFolder + more);
    ASSERT_TRUE(rhumb_.start_on_both_families()) << rhumb_.process().output();
  }
  void reload(const std::string& more) {
    rhumb_.rewrite(test::kZonesOfFolder + more);
    const auto done = rhumb_.command({"reload"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  // What dig prints, asked over each transport and family.
  [[nodiscard]] Strings dig(const Strings& words) const {
    Strings outputs;
    for (const Endpoint& server : {rhumb_.endpoint(), rhumb_.v6()}) {
      for (const char* transport : {"+notcp", "+tcp"}) {
        Strings command = {"dig",      "@" + to_string(server.address),
                           "-p",       std::to_string(server.port),
                           "+tries=1", "+nocookie",
                           transport};
        command.insert(command.end(), words.begin(), words.end());
        outputs.push_back(test::run(command).out);
      }
    }
    return outputs;
  }
  [[nodiscard]] const test::TempDir& folder() const { return folder_; }

 private:
  test::TempDir folder_;
  test::Rhumb rhumb_;
};

void expect_each(const Strings& outputs, const ::testing::Matcher<const std::string&>& matcher) {
  for (const std::string& output : outputs) EXPECT_THAT(output, matcher);
}

::testing::Matcher<const std::string&> answered_without(std::string_view text) {
  return AllOf(HasSubstr("status: NOERROR"), Not(HasSubstr(std::string(text))));
}

// The 48 digits of the cookie that a reply brings; empty: none.
std::string cookie_in(const std::string& output) {
  static constexpr std::string_view kHead = "; COOKIE: ";
  const std::size_t at = output.find(kHead);
  return at == std::string::npos ? "" : output.substr(at + kHead.size(), 48);
}

std::string cookie_of(const Wire& server) {
  return cookie_in(server.dig({"www.w.test", "+cookie=" + std::string(kClientCookie)})[0]);
}

// Of a message with a cookie and no question (RFC 7873 §5.4), from the address that it was given
// to.
std::string judged(const Wire& server, const std::string& cookie) {
  return server.dig({"+header-only", "+nobadcookie", "+cookie=" + cookie})[0];
}

TEST(EdnsWire, NsidIsToldToThoseWhoAsk) {
  Wire server;
  server.start("edns: {nsid: ns1.lon}\n");
  expect_each(server.dig({"www.w.test", "+nsid"}), HasSubstr("(\"ns1.lon\")"));
  expect_each(server.dig({"www.w.test", "+nonsid"}), answered_without("NSID"));
}

TEST(EdnsWire, ClassChTellsWhatItIsToldToTell) {
  Wire server;
  server.start("");
  for (const char* name : {"version.bind", "id.server"}) {
    const Strings question = {name, "TXT", "CH"};
    expect_each(server.dig(question), HasSubstr("status: REFUSED"));
  }
  server.reload("identity: {server: ns1.lon, version: \"9\"}\n");
  expect_each(server.dig({"id.server", "TXT", "CH", "+short"}), HasSubstr("\"ns1.lon\""));
  expect_each(server.dig({"version.bind", "TXT", "CH", "+short"}), HasSubstr("\"9\""));
}

TEST(EdnsWire, RefusalsSayWhy) {
  Wire server;
  server.start("");
  expect_each(server.dig({"www.other.test"}), HasSubstr("EDE: 20 (Not Authoritative)"));
  expect_each(server.dig({"version.bind", "TXT", "CH"}), HasSubstr("EDE: 21 (Not Supported)"));
  expect_each(server.dig({"www.w.test"}), answered_without("EDE:"));
}

TEST(EdnsWire, KeepaliveIsToldOverTcpAlone) {
  Wire server;
  server.start("");
  const Strings outputs = server.dig({"www.w.test", "+keepalive"});
  for (std::size_t i = 0; i < outputs.size(); i += 2) {
    EXPECT_THAT(outputs[i], answered_without("KEEPALIVE"));
    EXPECT_THAT(outputs[i + 1], HasSubstr("KEEPALIVE: 10.0 secs"));
  }
}

TEST(EdnsWire, OfAnotherVersionIsBadVersAndUnknownOptionsAreNotEchoed) {
  Wire server;
  server.start("");
  expect_each(server.dig({"www.w.test", "+edns=1", "+noednsnegotiation"}),
              HasSubstr("status: BADVERS"));
  expect_each(server.dig({"www.w.test", "+ednsopt=65001:abcd"}), answered_without("OPT=65001"));
}

TEST(EdnsWire, CookiesAreGivenAndJudged) {
  Wire server;
  server.start("");
  const std::string client = "+cookie=" + std::string(kClientCookie);
  expect_each(server.dig({"www.w.test", client}), HasSubstr("(good)"));
  std::string cookie = cookie_of(server);
  ASSERT_EQ(cookie.size(), 48U);
  EXPECT_THAT(judged(server, cookie), HasSubstr("status: NOERROR"));
  cookie.back() = cookie.back() == '0' ? '1' : '0';
  EXPECT_THAT(judged(server, cookie), HasSubstr("status: BADCOOKIE"));
  expect_each(server.dig({"www.w.test", "+cookie=" + cookie}), HasSubstr("status: NOERROR"));
  server.reload("edns: {cookies: false}\n");
  expect_each(server.dig({"www.w.test", client}), answered_without("COOKIE"));
}

TEST(EdnsWire, ServersShareSecretsAndChangeThemWithoutAClientNoticing) {
  Wire first;
  Wire second(1);
  const auto write_secrets = [&](const std::string& secrets) {
    for (const Wire* each : {&first, &second}) each->folder().write("secrets", secrets);
  };
  const std::string more = "edns: {cookieSecretFile: secrets}\n";
  write_secrets(kOldSecret);
  first.start(more);
  second.start(more);
  const std::string old_cookie = cookie_of(first);
  EXPECT_THAT(judged(second, old_cookie), HasSubstr("status: NOERROR"));
  write_secrets(std::string(kNewSecret) + kOldSecret);
  second.reload(more);
  EXPECT_THAT(judged(second, old_cookie), HasSubstr("status: NOERROR"));
  EXPECT_NE(cookie_in(judged(second, old_cookie)), old_cookie) << "made anew";
  write_secrets(kNewSecret);
  second.reload(more);
  EXPECT_THAT(judged(second, old_cookie), HasSubstr("status: BADCOOKIE"));
}

TEST(EdnsWire, ThoseWhoSignAreToldThatTheirKeyIsUnknown) {
  Wire server;
  server.start("");
  const Strings outputs =
      server.dig({"www.w.test", "-y", "hmac-sha256:some-key:c2VjcmV0IG9mIG5vYm9keQ=="});
  expect_each(outputs, ::testing::AllOf(HasSubstr("status: NOTAUTH"), HasSubstr("BADKEY")));
}

}  // namespace
}  // namespace rhumb
