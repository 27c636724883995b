// The fields of each type of check, what is built in, and what is refused.
#include "zones/check_type_yaml.h"

#include <filesystem>
#include <optional>

#include "tests/zones/checks.h"
#include "tests/zones/reading.h"

namespace rhumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// The one check that `fields` make; it is good.
CheckSpec check_with(const std::string& fields, const CheckDefaults& defaults = {},
                     const std::string& file = "/etc/c.yaml") {
  const Checks checks = read_checks_in("- {id: a, " + fields + "}\n", defaults, file);
  EXPECT_THAT(checks.problems, IsEmpty());
  return checks.specs.empty() ? CheckSpec{} : checks.specs.front();
}

std::vector<std::string> problems_of(const std::string& fields, const CheckDefaults& defaults = {},
                                     const std::string& file = "/etc/c.yaml") {
  return read_checks_in("- {id: a, " + fields + "}\n", defaults, file).problems;
}

CheckDefaults defaults_of(std::string_view text) {
  const Defaults defaults = read_defaults(text);
  EXPECT_THAT(defaults.problems, IsEmpty());
  return defaults.given;
}

std::string wire(std::initializer_list<int> octets) {
  std::string text;
  for (const int octet : octets) text += static_cast<char>(octet);
  return text;
}

TEST(CheckTypeYaml, ReadsTls) {
  const CheckSpec spec = check_with(
      "type: TLS, address: 192.0.2.1, host: www.example.com, minDaysLeft: 14, caFile: passwd, "
      "verifyTls: false");
  EXPECT_EQ(spec.type, CheckType::kTls);
  EXPECT_EQ(port_of(spec), 443);
  EXPECT_EQ(spec.host, "www.example.com");
  EXPECT_EQ(spec.min_days_left, 14);
  EXPECT_EQ(spec.ca_file, "/etc/passwd");
  EXPECT_FALSE(spec.verify_tls);
}

TEST(CheckTypeYaml, RefusesDaysThatNoCertificateHas) {
  EXPECT_THAT(problems_of("type: TLS, address: 192.0.2.1, minDaysLeft: 3651"),
              ElementsAre(HasSubstr("from 0 to 3650")));
  EXPECT_THAT(problems_of("type: HTTPS, address: 192.0.2.1, minDaysLeft: 1"),
              ElementsAre("/etc/c.yaml:1:44: error: \"minDaysLeft\" is for TLS checks alone"));
}

TEST(CheckTypeYaml, ReadsDns) {
  const CheckSpec spec = check_with(
      "type: DNS, address: 192.0.2.53, query: WWW.example.com, queryType: txt, expectedValue: ok");
  EXPECT_EQ(spec.type, CheckType::kDns);
  EXPECT_EQ(port_of(spec), 53);
  EXPECT_EQ(spec.dns.name, std::string("\3www\7example\3com\0", 17));
  EXPECT_EQ(spec.dns.type, 16);
  EXPECT_EQ(spec.dns.rcode, 0);
  EXPECT_EQ(spec.dns.rdata, "\2ok");
  EXPECT_EQ(spec.dns.value, "ok");
}

TEST(CheckTypeYaml, AsksForAnyAddressUnlessToldOtherwise) {
  const CheckSpec spec = check_with("type: DNS, address: 192.0.2.53, query: a.");
  EXPECT_EQ(spec.dns.type, 1);
  EXPECT_EQ(spec.dns.rcode, 0);
  EXPECT_EQ(spec.dns.rdata, "");
}

TEST(CheckTypeYaml, ReadsExpectedRcodes) {
  const auto rcode = [](const std::string& text) {
    return check_with("type: DNS, address: 192.0.2.53, query: a, expectedRcode: " + text).dns.rcode;
  };
  EXPECT_EQ(rcode("NOERROR"), 0);
  EXPECT_EQ(rcode("servfail"), 2);
  EXPECT_EQ(rcode("NXDOMAIN"), 3);
  EXPECT_EQ(rcode("REFUSED"), 5);
}

TEST(CheckTypeYaml, ReadsTheExpectedValueByItsTypeWhereverThatStands) {
  const CheckSpec spec = check_with(
      "address: 192.0.2.53, queryType: AAAA",
      defaults_of("{type: DNS, query: a, queryType: TXT, expectedValue: \"2001:db8::1\"}"));
  EXPECT_EQ(spec.dns.rdata, wire({0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(check_with("type: DNS, address: 192.0.2.53, query: a, queryType: MX, "
                       "expectedValue: 10 mx")
                .dns.rdata,
            std::string("\0\12\2mx\0", 6));
}

TEST(CheckTypeYaml, RefusesQuestionsThatAreNone) {
  const auto problems = [](const std::string& fields) {
    return problems_of("type: DNS, address: 192.0.2.53, " + fields);
  };
  EXPECT_THAT(problems("port: 53"),
              ElementsAre("/etc/c.yaml:1:3: error: \"query\" is missing; write query: "
                          "www.example.com"));
  EXPECT_THAT(problems("query: \"@\""), ElementsAre(HasSubstr("write the name in full")));
  EXPECT_THAT(problems("query: a..b"), ElementsAre(HasSubstr("/etc/c.yaml:1:50: error: ")));
  EXPECT_THAT(problems("query: a, queryType: ANY"),
              ElementsAre(HasSubstr("\"ANY\" is no type that records have")));
  EXPECT_THAT(problems("query: a, queryType: B"),
              ElementsAre(HasSubstr("\"B\" is no record type; write one such as A or SOA")));
  EXPECT_THAT(problems("query: a, expectedRcode: 3"),
              ElementsAre(HasSubstr("write one of NOERROR, FORMERR, SERVFAIL, NXDOMAIN")));
  EXPECT_THAT(problems("query: a, expectedValue: x"),
              ElementsAre(HasSubstr("/etc/c.yaml:1:68: error: ")));
  EXPECT_THAT(problems("query: a, expectedValue: \"\""),
              ElementsAre(HasSubstr("the value is empty")));
  EXPECT_THAT(problems("query: a, queryType: TXT, expectedValue: " + std::string(2049, 'a')),
              ElementsAre(HasSubstr("longer than 2048 octets")));
  EXPECT_THAT(problems("query: a, expectedRcode: NXDOMAIN, expectedValue: 192.0.2.1"),
              ElementsAre(HasSubstr("a reply that is an error has no records")));
}

TEST(CheckTypeYaml, ReadsGrpc) {
  const CheckSpec spec = check_with(
      "type: GRPC, address: 192.0.2.1, port: 50051, service: shop.Cart, tls: true, host: "
      "shop.example.com, verifyTls: false, caFile: passwd");
  EXPECT_EQ(spec.type, CheckType::kGrpc);
  EXPECT_EQ(port_of(spec), 50051);
  EXPECT_EQ(spec.service, "shop.Cart");
  EXPECT_TRUE(spec.tls);
  EXPECT_EQ(spec.host, "shop.example.com");
  EXPECT_FALSE(spec.verify_tls);
}

TEST(CheckTypeYaml, RefusesGrpcWithoutAPort) {
  EXPECT_THAT(problems_of("type: GRPC, address: 192.0.2.1"),
              ElementsAre("/etc/c.yaml:1:3: error: \"port\" is missing; a GRPC check needs one, "
                          "such as port: 50051"));
}

TEST(CheckTypeYaml, RefusesToJudgeCertificatesWithoutTls) {
  EXPECT_THAT(problems_of("type: GRPC, address: 192.0.2.1, port: 1, verifyTls: false"),
              ElementsAre("/etc/c.yaml:1:52: error: \"verifyTls\" is for connections over TLS; "
                          "write tls: true"));
}

TEST(CheckTypeYaml, RefusesAServiceOfSeveralLines) {
  EXPECT_THAT(problems_of("type: GRPC, address: 192.0.2.1, port: 1, service: \"a\\nb\""),
              ElementsAre(HasSubstr("has a control character; write the text on one line")));
}

// The command is run in another folder than the one that rhumb was started in.
TEST(CheckTypeYaml, ACommandBesideAFileOfARelativePathIsFoundFromTheRoot) {
  const std::string beside = std::filesystem::relative("/bin/c.yaml").string();
  ASSERT_FALSE(beside.starts_with('/'));
  const CheckSpec spec = check_with("type: EXEC, command: [sh]", {}, beside);
  ASSERT_EQ(spec.command.size(), 1U);
  EXPECT_TRUE(spec.command.front().starts_with('/')) << spec.command.front();
  EXPECT_TRUE(std::filesystem::equivalent(spec.command.front(), "/bin/sh"));
}

TEST(CheckTypeYaml, ReadsExec) {
  const TestFolder folder;
  const std::string program = folder.write("bin/check", "#!/bin/sh\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const CheckSpec spec =
      check_with("type: EXEC, command: [bin/check, --site, \"\"]", {}, folder.write("c.yaml", ""));
  EXPECT_EQ(spec.type, CheckType::kExec);
  EXPECT_THAT(spec.command, ElementsAre(program, "--site", ""));
  EXPECT_EQ(spec.address, "");
  EXPECT_THAT(check_with("type: EXEC, command: [/bin/sh]").command, ElementsAre("/bin/sh"));
}

TEST(CheckTypeYaml, RefusesCommandsThatCannotBeRun) {
  const TestFolder folder;
  const std::string plain = folder.write("plain", "");
  const std::string file = folder.write("c.yaml", "");
  EXPECT_THAT(problems_of("type: EXEC, command: [/no/such]"),
              ElementsAre("/etc/c.yaml:1:33: error: \"/no/such\" cannot be read: No such file or "
                          "directory"));
  EXPECT_THAT(problems_of("type: EXEC, command: [plain]", {}, file),
              ElementsAre(HasSubstr("plain\" cannot be run: Permission denied")));
  EXPECT_THAT(problems_of("type: EXEC, command: [/etc]"),
              ElementsAre(HasSubstr("\"/etc\" is a directory, not a file")));
}

TEST(CheckTypeYaml, RefusesCommandsThatAreNone) {
  EXPECT_THAT(problems_of("type: EXEC"),
              ElementsAre("/etc/c.yaml:1:3: error: \"command\" is missing; write command: "
                          "[/usr/bin/program, argument]"));
  EXPECT_THAT(problems_of("type: EXEC, command: /bin/sh -c true"),
              ElementsAre(HasSubstr("write the command as a list, command: [/usr/bin/program, "
                                    "argument]; no shell takes it apart")));
  EXPECT_THAT(problems_of("type: EXEC, command: []"), ElementsAre(HasSubstr("as a list")));
  EXPECT_THAT(problems_of("type: EXEC, command: [\"\"]"),
              ElementsAre(HasSubstr("the path is empty")));
  EXPECT_THAT(problems_of("type: EXEC, command: [/bin/sh, " + std::string(2049, 'a') + "]"),
              ElementsAre(HasSubstr("is too long; write at most 2048 octets")));
  EXPECT_THAT(problems_of("type: EXEC, command: [/bin/sh, [a]]"),
              ElementsAre(HasSubstr("\"command\" is a list; write text")));
}

TEST(CheckTypeYaml, TakesSixtyFourArguments) {
  std::string command = "type: EXEC, command: [/bin/sh";
  for (int i = 0; i < 64; ++i) command += ", x";
  EXPECT_EQ(check_with(command + "]").command.size(), 65U);
  EXPECT_THAT(problems_of(command + ", x]"),
              ElementsAre(HasSubstr("the command has more than 64 arguments")));
}

TEST(CheckTypeYaml, RefusesToAskAnAddressOfWhatHasNone) {
  EXPECT_THAT(problems_of("type: EXEC, command: [/bin/sh], address: 192.0.2.1, port: 1"),
              ElementsAre(HasSubstr("\"address\" is for HTTP, HTTPS, TCP, TLS, DNS and GRPC checks "
                                    "alone"),
                          HasSubstr("\"port\" is for HTTP")));
}

constexpr const char* kMetric = "type: PROMETHEUS, query: up, condition: \"> 0\", ";

TEST(CheckTypeYaml, ReadsPrometheus) {
  const TestFolder folder;
  (void)folder.write("token", " secret \nmore\n");
  const CheckSpec spec = check_with(
      "type: PROMETHEUS, url: \"https://prom.example.com:9091/eu/\", query: \"sum(rate(x[5m]))\", "
      "condition: \"< 0.001\", onNoData: unhealthy, headers: {X-Scope-OrgID: shop}, tokenFile: "
      "token, family: v4",
      {}, folder.write("c.yaml", ""));
  EXPECT_EQ(spec.type, CheckType::kPrometheus);
  EXPECT_TRUE(spec.tls);
  EXPECT_EQ(spec.address, "prom.example.com");
  EXPECT_EQ(spec.port, 9091);
  EXPECT_EQ(spec.path, "/eu");
  EXPECT_EQ(spec.host, "prom.example.com");
  EXPECT_EQ(spec.metric.query, "sum(rate(x[5m]))");
  EXPECT_EQ(spec.metric.comparison, Comparison::kLess);
  EXPECT_EQ(spec.metric.limit, 0.001);
  EXPECT_EQ(spec.metric.on_no_data, OnNoData::kUnhealthy);
  EXPECT_THAT(spec.headers, ElementsAre(Pair("X-Scope-OrgID", "shop")));
  EXPECT_EQ(folder.without_folder(spec.token_file), "token");
}

TEST(CheckTypeYaml, KeepsTheLastVerdictWithoutDataUnlessToldOtherwise) {
  EXPECT_EQ(check_with(kMetric + std::string("url: http://a")).metric.on_no_data,
            OnNoData::kLastKnown);
}

TEST(CheckTypeYaml, TakesUrlsApart) {
  const auto parts = [](const std::string& url) {
    const CheckSpec spec = check_with(kMetric + std::string("url: \"") + url + "\"");
    return std::string(spec.tls ? "tls " : "") + spec.address + " " + std::to_string(spec.port) +
           " " + spec.path;
  };
  EXPECT_EQ(parts("http://192.0.2.9:9090"), "192.0.2.9 9090 ");
  EXPECT_EQ(parts("http://192.0.2.9"), "192.0.2.9 80 ");
  EXPECT_EQ(parts("HTTPS://prom"), "tls prom 443 ");
  EXPECT_EQ(parts("http://[2001:db8::9]:9090/"), "2001:db8::9 9090 ");
  EXPECT_EQ(parts("http://[2001:db8::9]/a/b//"), "2001:db8::9 80 /a/b");
}

TEST(CheckTypeYaml, RefusesUrlsThatAreNone) {
  const auto problem = [](const std::string& url) {
    const auto problems = problems_of(kMetric + std::string("url: \"") + url + "\"");
    return problems.size() == 1 ? problems[0] : "none or several";
  };
  EXPECT_EQ(problem("prom:9090"),
            "/etc/c.yaml:1:63: error: \"prom:9090\" is no URL of a query API; write one such as "
            "http://192.0.2.9:9090");
  EXPECT_THAT(problem("ftp://prom"), HasSubstr("write one such as http://"));
  EXPECT_THAT(problem("http://a/" + std::string(2048, 'b')), HasSubstr("it is too long"));
  EXPECT_THAT(problem("http://"), HasSubstr("is no address"));
  EXPECT_THAT(problem("http://a b"), HasSubstr("is no address"));
  EXPECT_THAT(problem("http://[::1"), HasSubstr("has no closing bracket"));
  EXPECT_THAT(problem("http://[::1]x"), HasSubstr("write [ADDRESS]:PORT"));
  EXPECT_THAT(problem("http://a:0"), HasSubstr("as a port, 0 is out of range"));
  EXPECT_THAT(problem("http://a:"), HasSubstr("as a port, "));
  EXPECT_THAT(problem("http://a?x=1"), HasSubstr("write it without ? and #"));
  EXPECT_THAT(problem("http://a/b#c"), HasSubstr("write it without ? and #"));
  EXPECT_THAT(problem("http://a/b c"), HasSubstr("write blanks and non-ASCII as %XX"));
  EXPECT_THAT(problem("http://a/x/api/v1/query/"), HasSubstr("write it without /api/v1/query"));
}

TEST(CheckTypeYaml, ShowsNoSecretOfAUrl) {
  EXPECT_THAT(problems_of(kMetric + std::string("url: \"http://u:secret@a\"")),
              ElementsAre("/etc/c.yaml:1:63: error: the URL has a user in it; write tokenFile, or "
                          "an Authorization header under headers"));
}

TEST(CheckTypeYaml, ReadsConditions) {
  const auto condition = [](const std::string& text) {
    const MetricExpectation metric =
        check_with("type: PROMETHEUS, url: http://a, query: up, condition: \"" + text + "\"")
            .metric;
    return std::pair(metric.comparison, metric.limit);
  };
  EXPECT_THAT(condition("<1"), Pair(Comparison::kLess, 1));
  EXPECT_THAT(condition("<= 0.5"), Pair(Comparison::kLessOrEqual, 0.5));
  EXPECT_THAT(condition("== 1"), Pair(Comparison::kEqual, 1));
  EXPECT_THAT(condition("!= -1"), Pair(Comparison::kNotEqual, -1));
  EXPECT_THAT(condition(">= 1e3"), Pair(Comparison::kGreaterOrEqual, 1000));
  EXPECT_THAT(condition(" >  0 "), Pair(Comparison::kGreater, 0));
}

TEST(CheckTypeYaml, RefusesConditionsThatAreNone) {
  for (const std::string text : {"1", "= 1", "<", "< x", "< 1 2", "< nan", "< inf", "=> 1"}) {
    EXPECT_THAT(
        problems_of("type: PROMETHEUS, url: http://a, query: up, condition: \"" + text + "\""),
        ElementsAre("/etc/c.yaml:1:66: error: \"" + text +
                    "\" is no condition; write one of < <= == != >= > and a number, such as "
                    "\"< 0.001\""));
  }
}

TEST(CheckTypeYaml, WantsUrlQueryAndCondition) {
  EXPECT_THAT(
      problems_of("type: PROMETHEUS"),
      ElementsAre(
          "/etc/c.yaml:1:3: error: \"url\" is missing; write url: http://192.0.2.9:9090",
          "/etc/c.yaml:1:3: error: \"query\" is missing; write query: up",
          "/etc/c.yaml:1:3: error: \"condition\" is missing; write condition: \"< 0.001\""));
}

TEST(CheckTypeYaml, RefusesQueriesThatAreNone) {
  const auto problems = [](const std::string& query) {
    return problems_of("type: PROMETHEUS, url: http://a, condition: \"> 0\", query: " + query);
  };
  EXPECT_THAT(problems("\" \""), ElementsAre(HasSubstr("the query is empty")));
  EXPECT_THAT(problems("\"a\\a\""), ElementsAre(HasSubstr("has a control character")));
  EXPECT_THAT(problems(std::string(8193, 'a')),
              ElementsAre(HasSubstr("the query is longer than 8192 octets")));
  EXPECT_THAT(problems("\"a\\n + b\""), IsEmpty());
}

TEST(CheckTypeYaml, RefusesTwoLogins) {
  const TestFolder folder;
  (void)folder.write("token", "secret");
  EXPECT_THAT(problems_of(kMetric + std::string("url: http://a, tokenFile: token, headers: "
                                                "{authorization: x}"),
                          {}, folder.write("c.yaml", "")),
              ElementsAre(HasSubstr("the token and an Authorization header are two logins")));
}

TEST(CheckTypeYaml, RefusesWhatTheUrlSays) {
  EXPECT_THAT(problems_of(kMetric + std::string("url: http://a, port: 9090")),
              ElementsAre(HasSubstr("\"port\" is not for PROMETHEUS checks; their url says it")));
  EXPECT_THAT(problems_of(kMetric + std::string("url: http://a, caFile: passwd")),
              ElementsAre(HasSubstr("\"caFile\" is for connections over TLS; write a url that "
                                    "begins with https://")));
  EXPECT_THAT(problems_of(kMetric + std::string("url: http://192.0.2.9, family: v6")),
              ElementsAre(HasSubstr("\"192.0.2.9\" is not of the family")));
}

TEST(CheckTypeYaml, LeavesTheAddressOfOthersAloneWhenTheUrlIsADefault) {
  const CheckDefaults defaults =
      defaults_of("{type: PROMETHEUS, url: \"https://prom/x\", condition: \"> 0\"}");
  const CheckSpec metric = check_with("query: up", defaults);
  EXPECT_EQ(metric.address, "prom");
  EXPECT_EQ(metric.metric.comparison, Comparison::kGreater);
  const CheckSpec http = check_with("type: HTTP, address: 192.0.2.1", defaults);
  EXPECT_EQ(http.address, "192.0.2.1");
  EXPECT_EQ(port_of(http), 80);
  EXPECT_EQ(http.path, "/");
  EXPECT_EQ(http.host, "");
}

TEST(CheckTypeYaml, WantsTheTypeBesideAQuery) {
  EXPECT_THAT(read_defaults("{query: up}").problems,
              ElementsAre("/etc/c.yaml:1:2: error: \"query\" needs its type beside it; write type: "
                          "DNS or type: PROMETHEUS"));
  EXPECT_THAT(problems_of("type: TCP, address: 192.0.2.1, port: 1, query: up"),
              ElementsAre(HasSubstr("\"query\" is for DNS and PROMETHEUS checks alone")));
}

TEST(CheckTypeYaml, ReadsPush) {
  const TestFolder folder;
  (void)folder.write("token", "secret\n");
  const CheckSpec spec =
      check_with("type: PUSH, expiresAfter: 90s, tokenFile: token", {}, folder.write("c.yaml", ""));
  EXPECT_EQ(spec.type, CheckType::kPush);
  EXPECT_EQ(spec.expires_after_ms, 90'000);
  EXPECT_EQ(folder.without_folder(spec.token_file), "token");
}

TEST(CheckTypeYaml, RefusesAPushThatNeverExpires) {
  EXPECT_THAT(problems_of("type: PUSH"),
              ElementsAre("/etc/c.yaml:1:3: error: \"expiresAfter\" is missing; write "
                          "expiresAfter: 1m"));
  EXPECT_THAT(problems_of("type: PUSH, expiresAfter: 0"),
              ElementsAre(HasSubstr("\"expiresAfter\" is out of range; write 100ms to 31622400s")));
}

TEST(CheckTypeYaml, RefusesToProbeWhatIsNotProbed) {
  EXPECT_THAT(
      problems_of("type: PUSH, expiresAfter: 1m, interval: 1s, timeout: 1s, failureThreshold: 1, "
                  "successThreshold: 1, recheckInterval: 1s, holdDown: 1s, recovery: manual, "
                  "initialState: healthy"),
      ElementsAre(HasSubstr("\"interval\" is for checks that are probed; PUSH checks are not"),
                  HasSubstr("\"timeout\""), HasSubstr("\"recheckInterval\""),
                  HasSubstr("\"holdDown\""), HasSubstr("\"failureThreshold\""),
                  HasSubstr("\"successThreshold\""), HasSubstr("\"recovery\""),
                  HasSubstr("\"initialState\"")));
  EXPECT_THAT(problems_of("type: SWITCH, interval: 1s"),
              ElementsAre(HasSubstr("SWITCH checks are not")));
}

TEST(CheckTypeYaml, ForgetsDefaultsThatAreForChecksThatAreProbed) {
  const CheckDefaults defaults = defaults_of(
      "{interval: 1s, timeout: 5s, failureThreshold: 9, recovery: manual, initialState: unhealthy, "
      "port: 80, family: v6, host: a, holdDown: 1s, recheckInterval: 1s, successThreshold: 9}");
  CheckSpec expected;
  expected.id = "a";
  expected.type = CheckType::kSwitch;
  EXPECT_EQ(check_with("type: SWITCH", defaults), expected);
}

TEST(CheckTypeYaml, ReadsSwitch) {
  EXPECT_TRUE(check_with("type: SWITCH").default_healthy);
  EXPECT_TRUE(check_with("type: SWITCH, default: Healthy").default_healthy);
  EXPECT_FALSE(check_with("type: SWITCH, default: unhealthy").default_healthy);
  EXPECT_THAT(problems_of("type: SWITCH, default: off"),
              ElementsAre(HasSubstr("write one of healthy, unhealthy")));
  EXPECT_THAT(problems_of("type: TCP, address: 192.0.2.1, port: 1, default: healthy"),
              ElementsAre(HasSubstr("\"default\" is for SWITCH checks alone")));
}

TEST(CheckTypeYaml, ReadsCalculated) {
  const CheckSpec spec = check_with("type: CALCULATED, children: [x, y, z], healthThreshold: 2");
  EXPECT_EQ(spec.type, CheckType::kCalculated);
  EXPECT_THAT(spec.children, ElementsAre("x", "y", "z"));
  EXPECT_EQ(spec.health_threshold, 2U);
  EXPECT_THAT(spec.origin.children,
              ElementsAre(Place{"/etc/c.yaml", 1, 40}, Place{"/etc/c.yaml", 1, 43},
                          Place{"/etc/c.yaml", 1, 46}));
  EXPECT_EQ(check_with("type: CALCULATED, children: [x]").health_threshold, 0U);
}

TEST(CheckTypeYaml, RefusesChildrenThatAreNone) {
  const auto problems = [](const std::string& children) {
    return problems_of("type: CALCULATED, children: " + children);
  };
  EXPECT_THAT(problems_of("type: CALCULATED"),
              ElementsAre("/etc/c.yaml:1:3: error: \"children\" is missing; write children: "
                          "[london, frankfurt]"));
  EXPECT_THAT(problems("[]"), ElementsAre(HasSubstr("the list is empty; write ids of checks")));
  EXPECT_THAT(problems("x"), ElementsAre(HasSubstr("\"children\" is text; write a list")));
  EXPECT_THAT(problems("[\"x y\"]"), ElementsAre(HasSubstr("is empty or has blanks")));
  EXPECT_THAT(problems("[x, y, x]"),
              ElementsAre("/etc/c.yaml:1:46: error: \"x\" is listed twice; remove one"));
}

TEST(CheckTypeYaml, RefusesAThresholdThatIsNeverReached) {
  EXPECT_THAT(problems_of("type: CALCULATED, children: [x, y], healthThreshold: 3"),
              ElementsAre("/etc/c.yaml:1:64: error: healthThreshold is 3 of 2 children, which is "
                          "never reached; write at most 2"));
  EXPECT_THAT(problems_of("type: CALCULATED, children: [x], healthThreshold: 0"),
              ElementsAre(HasSubstr("from 1 to 1024")));
}

TEST(CheckTypeYaml, TakesAThousandAndTwentyFourChildren) {
  std::string children = "type: CALCULATED, children: [c";
  for (int i = 1; i < 1024; ++i) children += ", c" + std::to_string(i);
  EXPECT_EQ(check_with(children + "]").children.size(), 1024U);
  EXPECT_THAT(problems_of(children + ", d]"),
              ElementsAre(HasSubstr("there are more than 1024 children")));
}

TEST(CheckTypeYaml, AnswersTheNamesOfRoute53WithOurs) {
  EXPECT_THAT(problems_of("type: CALCULATED, ChildHealthChecks: [x], children: [x], "
                          "HealthThreshold: 1"),
              ElementsAre(HasSubstr("unknown key \"ChildHealthChecks\"; write \"children\""),
                          HasSubstr("unknown key \"HealthThreshold\"; write \"healthThreshold\"")));
}

std::vector<std::string> inline_problems(std::string_view text, const std::string& address) {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, "z.yaml", diagnostics);
  CheckDefaults defaults;
  defaults.spec.id = "www/A";
  defaults.spec.address = address;
  const auto check = read_inline_check(document->root(), defaults, diagnostics);
  const CheckSpec& spec = check.spec;
  EXPECT_TRUE(!check.good || has_address(spec.type) || spec.address.empty());
  return texts_of(diagnostics);
}

TEST(CheckTypeYaml, TakesAnyProbedTypeInARecordSet) {
  EXPECT_THAT(inline_problems("{type: EXEC, command: [/bin/sh]}", ""), IsEmpty());
  EXPECT_THAT(inline_problems("{type: EXEC, command: [/bin/sh]}", "192.0.2.1"), IsEmpty());
  EXPECT_THAT(inline_problems("{type: DNS, query: a}", "192.0.2.1"), IsEmpty());
  EXPECT_THAT(inline_problems("{type: GRPC, port: 1}", ""),
              ElementsAre(HasSubstr("the record set has no single address to take")));
}

TEST(CheckTypeYaml, RefusesWhatIsNotProbedInARecordSet) {
  EXPECT_THAT(inline_problems("{type: SWITCH}", "192.0.2.1"),
              ElementsAre("z.yaml:1:8: error: a SWITCH check cannot stand in a record set; write "
                          "it under healthChecks, and its id here as healthCheckId"));
}

TEST(CheckTypeYaml, ABlankBehindATokenIsNoneOfIt) {
  const TestFolder folder;
  (void)folder.write("token", "s3cret \n");
  EXPECT_THAT(
      problems_of("type: PUSH, expiresAfter: 1m, tokenFile: token", {}, folder.write("c.yaml", "")),
      IsEmpty());
}

TEST(CheckTypeYaml, RefusesATokenFileWithoutAToken) {
  const TestFolder folder;
  (void)folder.write("token", " \n");
  EXPECT_THAT(
      problems_of("type: PUSH, expiresAfter: 1m, tokenFile: token", {}, folder.write("c.yaml", "")),
      ElementsAre(HasSubstr("token\" has no token; write one into the first line")));
}

}  // namespace
}  // namespace rhumb
