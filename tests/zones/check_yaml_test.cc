#include "zones/check_yaml.h"

#include <optional>
#include <string>
#include <utility>

#include "tests/zones/checks.h"

namespace rhumb {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

Checks read(std::string_view text, const CheckDefaults& defaults = {}) {
  return read_checks_in(text, defaults);
}

// What is wrong with one check beyond its id, type and address.
std::vector<std::string> problems_of_check(const std::string& fields,
                                           const std::string& type = "HTTP") {
  return read("- {id: a, type: " + type + ", address: 192.0.2.1, " + fields + "}\n").problems;
}

TEST(CheckYaml, RefusesACaFileThatCannotBeRead) {
  const Checks checks = read("- {id: a, type: HTTPS, address: 192.0.2.1, caFile: no-such.pem}\n");
  EXPECT_THAT(checks.problems, ElementsAre("/etc/c.yaml:1:52: error: \"/etc/no-such.pem\" cannot "
                                           "be read: No such file or directory"));
}

TEST(CheckYaml, ReadsEveryField) {
  const Checks checks = read(
      "- id: london\n"
      "  labels: {site: london, tier: web}\n"
      "  disabled: true\n"
      "  inverted: true\n"
      "  type: https\n"
      "  address: 2001:db8::1\n"
      "  port: 8443\n"
      "  family: V6\n"
      "  host: www.example.com\n"
      "  path: /healthz?full\n"
      "  method: POST\n"
      "  headers: {X-A: b c, Accept: \"\"}\n"
      "  expectedStatus: [200, 300-399]\n"
      "  bodyContains: \"ok ok\"\n"
      "  verifyTls: false\n"
      "  caFile: ./passwd\n"
      "  interval: 5s\n"
      "  timeout: 500ms\n"
      "  failureThreshold: 5\n"
      "  successThreshold: 1\n"
      "  recheckInterval: 200ms\n"
      "  holdDown: 0\n"
      "  recovery: manual\n"
      "  initialState: unhealthy\n");
  EXPECT_THAT(checks.problems, IsEmpty());
  ASSERT_EQ(checks.specs.size(), 1U);
  const CheckSpec& spec = checks.specs[0];
  EXPECT_EQ(spec.id, "london");
  EXPECT_THAT(spec.labels, ElementsAre(Pair("site", "london"), Pair("tier", "web")));
  EXPECT_TRUE(spec.disabled);
  EXPECT_TRUE(spec.inverted);
  EXPECT_EQ(spec.type, CheckType::kHttps);
  EXPECT_EQ(spec.address, "2001:db8::1");
  EXPECT_EQ(spec.port, 8443);
  EXPECT_EQ(spec.family, CheckFamily::kV6);
  EXPECT_EQ(spec.host, "www.example.com");
  EXPECT_EQ(spec.path, "/healthz?full");
  EXPECT_EQ(spec.method, "POST");
  EXPECT_THAT(spec.headers, ElementsAre(Pair("X-A", "b c"), Pair("Accept", "")));
  EXPECT_THAT(spec.expected_status, ElementsAre(StatusRange{200, 200}, StatusRange{300, 399}));
  EXPECT_EQ(spec.body_contains, "ok ok");
  EXPECT_FALSE(spec.verify_tls);
  EXPECT_EQ(spec.ca_file, "/etc/passwd");
  EXPECT_EQ(spec.interval_ms, 5000);
  EXPECT_EQ(spec.timeout_ms, 500);
  EXPECT_EQ(spec.failure_threshold, 5U);
  EXPECT_EQ(spec.success_threshold, 1U);
  EXPECT_EQ(spec.recheck_interval_ms, 200);
  EXPECT_EQ(spec.hold_down_ms, 0);
  EXPECT_EQ(spec.recovery, Recovery::kManual);
  EXPECT_EQ(spec.initial_state, InitialState::kUnhealthy);
  EXPECT_EQ(spec.origin.place, (Place{"/etc/c.yaml", 1, 3}));
}

TEST(CheckYaml, TakesTheContractsDefaults) {
  const Checks checks = read("- {id: a, type: HTTP, address: www.example.com}\n");
  EXPECT_THAT(checks.problems, IsEmpty());
  CheckSpec expected;
  expected.id = "a";
  expected.address = "www.example.com";
  EXPECT_THAT(checks.specs, ElementsAre(expected));
}

TEST(CheckYaml, StandsOverItsDefaults) {
  const Defaults defaults = read_defaults("{type: TCP, port: 53, interval: 1s, timeout: 1s}");
  EXPECT_THAT(defaults.problems, IsEmpty());
  const Checks checks = read(
      "- {id: a, address: 192.0.2.1}\n- {id: b, address: 192.0.2.1, port: 54}\n", defaults.given);
  EXPECT_THAT(checks.problems, IsEmpty());
  ASSERT_EQ(checks.specs.size(), 2U);
  EXPECT_EQ(checks.specs[0].type, CheckType::kTcp);
  EXPECT_EQ(checks.specs[0].port, 53);
  EXPECT_EQ(checks.specs[0].interval_ms, 1000);
  EXPECT_EQ(checks.specs[1].port, 54);
}

TEST(CheckYaml, InheritsATypeThroughTwoDefaults) {
  const Defaults outer = read_defaults("{type: HTTPS}");
  const Defaults inner = read_defaults("{path: /x}", outer.given);
  const Checks checks = read("- {id: a, address: 192.0.2.1}\n", inner.given);
  EXPECT_THAT(checks.problems, IsEmpty());
  ASSERT_EQ(checks.specs.size(), 1U);
  EXPECT_EQ(checks.specs[0].type, CheckType::kHttps);
  EXPECT_EQ(checks.specs[0].path, "/x");
}

TEST(CheckYaml, RefusesAnIdentityInDefaults) {
  EXPECT_THAT(
      read_defaults("{id: a, address: 192.0.2.1, labels: {a: b}}").problems,
      ElementsAre(
          "/etc/c.yaml:1:2: error: \"id\" cannot be a default; write it in each check",
          "/etc/c.yaml:1:29: error: \"labels\" cannot be a default; write them in each check",
          "/etc/c.yaml:1:9: error: \"address\" cannot be a default; write it in each check"));
}

TEST(CheckYaml, WantsIdTypeAndAddress) {
  EXPECT_THAT(
      read("- {port: 80}\n").problems,
      ElementsAre("/etc/c.yaml:1:3: error: \"id\" is missing; write id: london",
                  "/etc/c.yaml:1:3: error: \"type\" is missing; write type: HTTP",
                  "/etc/c.yaml:1:3: error: \"address\" is missing; write address: 192.0.2.10"));
}

TEST(CheckYaml, LeavesOutWrongChecksAlone) {
  const Checks checks = read(
      "- {id: a, type: HTTP, address: 192.0.2.1}\n"
      "- {id: b, type: HTTP, address: 192.0.2.1, port: 0}\n");
  EXPECT_EQ(checks.specs.size(), 1U);
  EXPECT_THAT(checks.problems,
              ElementsAre(HasSubstr("/etc/c.yaml:2:49: error: 0 is out of range")));
}

TEST(CheckYaml, AnswersTheNamesOfRoute53WithOurs) {
  EXPECT_THAT(problems_of_check("ResourcePath: /"),
              ElementsAre("/etc/c.yaml:1:43: error: unknown key \"ResourcePath\"; write \"path\""));
  EXPECT_THAT(problems_of_check("FullyQualifiedDomainName: a, SearchString: b"),
              ElementsAre(HasSubstr("write \"host\""), HasSubstr("write \"bodyContains\"")));
  EXPECT_THAT(problems_of_check("intervall: 1s"),
              ElementsAre(HasSubstr("did you mean \"interval\"?")));
}

TEST(CheckYaml, NamesTheTypesThatThereAre) {
  EXPECT_THAT(
      problems_of_check("port: 1", "HTP"),
      ElementsAre("/etc/c.yaml:1:17: error: \"HTP\" is not known here; write one of HTTP, "
                  "HTTPS, TCP, TLS, DNS, GRPC, EXEC, PROMETHEUS, PUSH, SWITCH, CALCULATED"));
}

TEST(CheckYaml, AnswersTheTypesOfRoute53WithOurs) {
  EXPECT_THAT(problems_of_check("port: 1", "HTTP_STR_MATCH"),
              ElementsAre("/etc/c.yaml:1:17: error: \"HTTP_STR_MATCH\" is not known here; write "
                          "HTTP with bodyContains"));
  EXPECT_THAT(problems_of_check("port: 1", "https_str_match"),
              ElementsAre(HasSubstr("write HTTPS with bodyContains")));
  EXPECT_THAT(problems_of_check("port: 1", "CLOUDWATCH_METRIC"),
              ElementsAre(HasSubstr("write PROMETHEUS")));
  EXPECT_THAT(problems_of_check("port: 1", "RECOVERY_CONTROL"),
              ElementsAre(HasSubstr("write SWITCH")));
}

TEST(CheckYaml, DoesNotMissTheAddressOfAnUnknownType) {
  EXPECT_THAT(read("- {id: a, type: CALCULATE}\n").problems,
              ElementsAre(HasSubstr("\"CALCULATE\" is not known here")));
}

TEST(CheckYaml, ReadsKeepAlive) {
  const Checks checks = read("- {id: a, type: HTTP, address: 192.0.2.1, keepAlive: true}\n");
  ASSERT_EQ(checks.specs.size(), 1U);
  EXPECT_TRUE(checks.specs[0].keep_alive);
  EXPECT_THAT(problems_of_check("port: 1, keepAlive: true", "TCP"),
              ElementsAre(HasSubstr("\"keepAlive\" is for HTTP and HTTPS checks alone")));
}

TEST(CheckYaml, RefusesAddressesThatAreNone) {
  const auto problem = [](const std::string& address) {
    const Checks checks = read("- {id: a, type: HTTP, address: \"" + address + "\"}\n");
    return checks.problems.size() == 1 ? checks.problems[0] : "none or several";
  };
  EXPECT_EQ(
      problem("192.0.2.256"),
      "/etc/c.yaml:1:32: error: \"192.0.2.256\" is no address; write an IP address or a host name");
  EXPECT_THAT(problem("http://192.0.2.1/"), HasSubstr("write the host alone, without a URL"));
  EXPECT_THAT(problem("192.0.2.1/health"), HasSubstr("write the host alone, without a path"));
  EXPECT_THAT(problem("192.0.2.1:80"), HasSubstr("write the port as port:"));
  EXPECT_THAT(problem("[2001:db8::1]:80"), HasSubstr("without brackets and port"));
  EXPECT_THAT(problem("b\xC3\xBC"
                      "cher.example"),
              HasSubstr("in punycode"));
  EXPECT_THAT(problem("a..b"), HasSubstr("is no address"));
  EXPECT_THAT(problem(""), HasSubstr("is no address"));
  EXPECT_THAT(problem(std::string(64, 'a') + ".b"), HasSubstr("is no address"));
}

TEST(CheckYaml, RefusesAnAddressOfTheOtherFamily) {
  EXPECT_THAT(
      problems_of_check("family: v6"),
      ElementsAre("/etc/c.yaml:1:32: error: \"192.0.2.1\" is not of the family that the check "
                  "asks for"));
}

TEST(CheckYaml, RefusesRequestsThatAreNone) {
  EXPECT_THAT(problems_of_check("path: healthz"),
              ElementsAre(HasSubstr("write one that begins with /")));
  EXPECT_THAT(problems_of_check("path: \"/a b\""),
              ElementsAre(HasSubstr("write blanks and non-ASCII as %XX")));
  EXPECT_THAT(problems_of_check("method: \"G ET\""), ElementsAre(HasSubstr("is no HTTP method")));
  EXPECT_THAT(problems_of_check("host: \"a/b\""), ElementsAre(HasSubstr("is no host")));
  EXPECT_THAT(problems_of_check("headers: {\"X A\": b}"),
              ElementsAre(HasSubstr("is no header name")));
  EXPECT_THAT(problems_of_check("headers: {X-A: \"b\\r\\nC: d\"}"),
              ElementsAre(HasSubstr("has a control character")));
  EXPECT_THAT(problems_of_check("headers: {host: b}"),
              ElementsAre(HasSubstr("write the Host header as host:")));
  EXPECT_THAT(problems_of_check("method: HEAD, bodyContains: a"),
              ElementsAre(HasSubstr("a reply to HEAD has no body")));
}

TEST(CheckYaml, RefusesToSearchForAnEmptyText) {
  EXPECT_THAT(problems_of_check("bodyContains: \"\""),
              ElementsAre(HasSubstr("the text is empty; write what the body must contain, or leave "
                                    "\"bodyContains\" out")));
}

TEST(CheckYaml, RefusesStatusesThatAreNone) {
  EXPECT_THAT(
      problems_of_check("expectedStatus: 99"),
      ElementsAre("/etc/c.yaml:1:59: error: 99 is out of range; write a whole number from 100 "
                  "to 599, or a range such as 200-399"));
  EXPECT_THAT(problems_of_check("expectedStatus: 2xx"),
              ElementsAre(HasSubstr("or a range such as 200-399")));
  EXPECT_THAT(problems_of_check("expectedStatus: 399-200"),
              ElementsAre(HasSubstr("is an empty range")));
  EXPECT_THAT(problems_of_check("expectedStatus: []"), ElementsAre(HasSubstr("the list is empty")));
}

TEST(CheckYaml, RefusesTimesOutOfRange) {
  EXPECT_THAT(
      problems_of_check("interval: 99ms"),
      ElementsAre("/etc/c.yaml:1:53: error: \"interval\" is out of range; write 100ms to 86400s"));
  EXPECT_THAT(problems_of_check("timeout: 0"), ElementsAre(HasSubstr("write 1ms to 86400s")));
  EXPECT_THAT(problems_of_check("recheckInterval: 1ms"), ElementsAre(HasSubstr("write 100ms to")));
  EXPECT_THAT(problems_of_check("failureThreshold: 0"), ElementsAre(HasSubstr("from 1 to 100")));
  EXPECT_THAT(problems_of_check("holdDown: 8d"),
              ElementsAre(HasSubstr("\"holdDown\" is out of range")));
}

TEST(CheckYaml, RefusesATimeoutBeyondTheInterval) {
  EXPECT_THAT(
      problems_of_check("interval: 1s, timeout: 2s"),
      ElementsAre("/etc/c.yaml:1:66: error: the timeout of 2000ms is longer than the interval "
                  "of 1000ms; write a timeout of at most the interval"));
  CheckDefaults defaults;
  defaults.spec.timeout_ms = 5000;
  EXPECT_THAT(read("- {id: a, type: HTTP, address: 192.0.2.1, interval: 3s}\n", defaults).problems,
              ElementsAre(HasSubstr("/etc/c.yaml:1:53: error: the timeout of 5000ms is longer")));
}

TEST(CheckYaml, ShortensATimeoutThatNobodyAskedFor) {
  const Checks checks = read("- {id: a, type: HTTP, address: 192.0.2.1, interval: 200ms}\n");
  EXPECT_THAT(checks.problems, IsEmpty());
  ASSERT_EQ(checks.specs.size(), 1U);
  EXPECT_EQ(checks.specs[0].timeout_ms, 200);
}

TEST(CheckYaml, RefusesFieldsThatTheTypeDoesNotUse) {
  EXPECT_THAT(
      problems_of_check("port: 1, path: /x, host: a", "TCP"),
      ElementsAre("/etc/c.yaml:1:61: error: \"host\" is for HTTP, HTTPS, TLS and GRPC checks "
                  "alone",
                  "/etc/c.yaml:1:51: error: \"path\" is for HTTP and HTTPS checks alone"));
  EXPECT_THAT(problems_of_check("verifyTls: true"),
              ElementsAre(HasSubstr("\"verifyTls\" is for HTTPS, TLS, GRPC and PROMETHEUS checks "
                                    "alone")));
  EXPECT_THAT(problems_of_check("family: any", "TCP"),
              ElementsAre(HasSubstr("a TCP check needs one")));
}

TEST(CheckYaml, RefusesLabelsThatAreNone) {
  EXPECT_THAT(problems_of_check("labels: {\"a=b\": c, d: \"e f\", g: [h]}"),
              ElementsAre(HasSubstr("stands between label and value"), HasSubstr("has blanks"),
                          HasSubstr("\"g\" is a list; write text")));
}

TEST(CheckYaml, LabelsHaveBounds) {
  const auto labels = [](std::size_t count) {
    std::string text = "labels: {";
    for (std::size_t i = 0; i < count; ++i) text += "n" + std::to_string(i) + ": v, ";
    return text + "}";
  };
  EXPECT_THAT(problems_of_check(labels(kMaxCheckLabels)), IsEmpty());
  EXPECT_THAT(problems_of_check(labels(kMaxCheckLabels + 1)),
              ElementsAre("/etc/c.yaml:1:51: error: there are more than 64 labels"));
  const std::string longest(kMaxCheckText, 'x');
  EXPECT_THAT(problems_of_check("labels: {? " + longest + " : " + longest + "}"), IsEmpty());
  EXPECT_THAT(problems_of_check("labels: {? " + longest + "x : v}"),
              ElementsAre(AllOf(StartsWith("/etc/c.yaml:1:54: error: "),
                                HasSubstr("is too long; write at most 2048"))));
  EXPECT_THAT(problems_of_check("labels: {n: " + longest + "x}"),
              ElementsAre(AllOf(StartsWith("/etc/c.yaml:1:55: error: "),
                                HasSubstr("is too long; write at most 2048"))));
}

TEST(CheckYaml, KeepsTheIdsOfWrongChecksApart) {
  Diagnostics diagnostics;
  const auto document = read_yaml(
      "[{id: a, type: TCP, address: 192.0.2.1}, {id: b, type: TCP, address: 192.0.2.2, port: 1}]",
      "z.yaml", diagnostics);
  const CheckList checks = read_checks(document->root(), {}, diagnostics);
  ASSERT_EQ(checks.good.size(), 1U);
  EXPECT_EQ(checks.good[0].id, "b");
  ASSERT_EQ(checks.wrong.size(), 1U);
  EXPECT_EQ(checks.wrong[0].id, "a");
  EXPECT_TRUE(checks.all_named);
}

TEST(CheckYaml, SaysWhenACheckHasNoIdThatCanBeRead) {
  for (const std::string text : {"[{type: SWITCH}]", "[{id: \"a b\", type: SWITCH}]", "[london]"}) {
    Diagnostics diagnostics;
    const auto document = read_yaml(text, "z.yaml", diagnostics);
    EXPECT_FALSE(read_checks(document->root(), {}, diagnostics).all_named) << text;
  }
}

TEST(CheckYaml, RefusesWhatIsNoList) {
  EXPECT_THAT(read("{id: a}").problems,
              ElementsAre("/etc/c.yaml:1:1: error: write the checks as a list: - {id: london, "
                          "address: 192.0.2.10}"));
}

TEST(CheckYaml, ReadsAnInlineCheckOverItsSet) {
  Diagnostics diagnostics;
  const auto document = read_yaml("{type: HTTP, path: /healthz}", "z.yaml", diagnostics);
  CheckDefaults defaults;
  defaults.spec.id = "www.example.com/A";
  defaults.spec.address = "192.0.2.1";
  defaults.spec.host = "www.example.com";
  const auto check = read_inline_check(document->root(), defaults, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  ASSERT_TRUE(check.good);
  CheckSpec expected = defaults.spec;
  expected.path = "/healthz";
  EXPECT_EQ(check.spec, expected);
}

TEST(CheckYaml, RefusesAnInlineCheckWithAnIdOrWithoutAddress) {
  Diagnostics diagnostics;
  const auto document = read_yaml("{id: a, type: HTTP}", "z.yaml", diagnostics);
  EXPECT_FALSE(read_inline_check(document->root(), {}, diagnostics).good);
  EXPECT_THAT(
      texts_of(diagnostics),
      ElementsAre("z.yaml:1:2: error: \"id\" does not belong here; the check of a record set is "
                  "named after it",
                  "z.yaml:1:1: error: \"address\" is missing, and the record set has no single "
                  "address to take; write address: 192.0.2.10"));
}

}  // namespace
}  // namespace rhumb
