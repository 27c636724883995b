// Failover end to end: the real binary, real HTTP servers that are killed, told to fail, or
// stopped, and what users of the names see of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/dns_client.h"
#include "tests/support/process.h"
#include "tests/support/rhumb.h"
#include "tests/support/sanitized.h"

namespace rhumb {
namespace {

using Strings = std::vector<std::string>;

constexpr char kLondon[] = "192.0.2.10";
constexpr char kFrankfurt[] = "198.51.100.10";

// As the bounds of detection are stated for.
constexpr char kStated[] =
    "interval: 1s, failureThreshold: 3, recheckInterval: 250ms, timeout: 500ms, holdDown: 0s";
// Where no time is asserted.
constexpr char kQuick[] =
    "interval: 100ms, failureThreshold: 2, recheckInterval: 100ms, timeout: 100ms, holdDown: 0s";

// Of what users run; a sanitizer takes as long again.
constexpr double kSlowness = test::kSanitized ? 2 : 1;
constexpr double kRefusedBoundMs = 2000 * kSlowness;
constexpr double kBlackHoleBoundMs = 3500 * kSlowness;

// In so many draws, a set of half the weight is missed by chance once in 2^64.
constexpr int kDraws = 64;

std::string site_check(const std::string& id, const std::string& address, std::uint16_t port,
                       const std::string& more) {
  return "- {id: " + id + ", address: " + address + ", port: " + std::to_string(port) + ", " +
         more + "}\n";
}

std::string set_of(const std::string& name, const std::string& type, const std::string& routing,
                   const std::string& id, const std::string& values) {
  return "- {name: \"" + name + "\", type: " + type + ", setIdentifier: " + id + ", " + routing +
         ", healthCheckId: " + id + ", values: [" + values + "]}\n";
}

// London before Frankfurt.
std::string pair_of(const std::string& name, const std::string& type, const std::string& london,
                    const std::string& frankfurt) {
  return set_of(name, type, "failover: PRIMARY", "london", london) +
         set_of(name, type, "failover: SECONDARY", "frankfurt", frankfurt);
}

std::string group_options(const std::string& name, const std::string& option) {
  return "- {name: " + name + ", type: A, " + option + "}\n";
}

// Two sites, each an nginx, and rhumb that checks them.
class Failover : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(test::Nginx::installed()) << "install nginx-light, as scripts/test does";
    london_.start();
    frankfurt_.start();
  }

  std::string checks(const std::string& how) {
    return site_check("london", test::own_address(1), london_port_, how) +
           site_check("frankfurt", test::own_address(2), frankfurt_port_, how);
  }

  void serve(const std::string& zone) {
    folder_.write("zones/blog.yaml", zone);
    rhumb_ = std::make_unique<test::Rhumb>(folder_, test::kZonesOfFolder);
    rhumb_->start();
    ASSERT_TRUE(rhumb_->wait_serving()) << rhumb_->process().output();
  }

  [[nodiscard]] bool answers(const std::string& name, const std::string& value) const {
    return rhumb_->addresses(name) == Strings{value};
  }
  [[nodiscard]] bool wait_answer(const std::string& name, const std::string& value) const {
    return test::wait_until([&] { return answers(name, value); });
  }
  // True when `value` is among many answers to the name.
  [[nodiscard]] bool is_drawn(const std::string& name, const std::string& value) const {
    for (int i = 0; i < kDraws; ++i) {
      if (answers(name, value)) return true;
    }
    return false;
  }
  [[nodiscard]] std::string state_of(const std::string& check) const {
    return std::string(rhumb_->json({"health", check})["state"].text());
  }
  [[nodiscard]] bool wait_state(const std::string& check, const std::string& state) const {
    return test::wait_until([&] { return state_of(check) == state; });
  }

  void serve_every_policy();
  [[nodiscard]] bool is_all_at(const char* site, const char* other) const;
  void expect_switch_within(double bound_ms, double begun_ms) const;
  void expect_return() const;

  test::TempDir folder_;
  std::uint16_t london_port_ = test::free_port(test::own_address(1));
  std::uint16_t frankfurt_port_ = test::free_port(test::own_address(2));
  test::Nginx london_{test::own_address(1), london_port_, "london"};
  test::Nginx frankfurt_{test::own_address(2), frankfurt_port_, "frankfurt"};
  std::unique_ptr<test::Rhumb> rhumb_;
};

void Failover::serve_every_policy() {
  const std::string records = pair_of("failover", "A", kLondon, kFrankfurt) +
                              set_of("weighted", "A", "weight: 50", "london", kLondon) +
                              set_of("weighted", "A", "weight: 50", "frankfurt", kFrankfurt) +
                              set_of("priority", "A", "priority: 10", "london", kLondon) +
                              set_of("priority", "A", "priority: 20", "frankfurt", kFrankfurt) +
                              pair_of("www", "CNAME", "at-london", "at-frankfurt") +
                              pair_of("*.user", "A", kLondon, kFrankfurt) +
                              "- {name: at-london, type: A, values: [" + kLondon +
                              "]}\n- {name: at-frankfurt, type: A, values: [" + kFrankfurt + "]}\n";
  const std::string how = std::string("type: HTTP, path: /healthz, ") + kStated;
  ASSERT_NO_FATAL_FAILURE(serve(test::yaml_zone("blog.test", checks(how), records)));
}

// Every name leads to `site`, the weighted one never to `other`.
bool Failover::is_all_at(const char* site, const char* other) const {
  const auto www = rhumb_->ask({.name = "www.blog.test"});
  const std::string target = site == kLondon ? "at-london" : "at-frankfurt";
  return answers("failover.blog.test", site) && answers("priority.blog.test", site) &&
         answers("alice.user.blog.test", site) && www &&
         www->answer == Strings{target + ".blog.test. 5 A " + site,
                                "www.blog.test. 5 CNAME " + target + ".blog.test."} &&
         !is_drawn("weighted.blog.test", other);
}

void Failover::expect_switch_within(double bound_ms, double begun_ms) const {
  ASSERT_TRUE(test::wait_until([&] { return is_all_at(kFrankfurt, kLondon); }));
  const double took_ms = test::now_ms() - begun_ms;
  EXPECT_LE(took_ms, bound_ms) << rhumb_->process().output();
  RecordProperty("switch_ms", static_cast<int>(took_ms));
}

void Failover::expect_return() const {
  EXPECT_TRUE(wait_answer("failover.blog.test", kLondon));
  EXPECT_TRUE(wait_answer("priority.blog.test", kLondon));
  EXPECT_TRUE(wait_answer("bob.user.blog.test", kLondon));
  EXPECT_TRUE(is_drawn("weighted.blog.test", kLondon));
  EXPECT_TRUE(is_drawn("weighted.blog.test", kFrankfurt));
}

TEST_F(Failover, ARefusedConnectionChangesEveryPolicysAnswerWithinTwoSeconds) {
  ASSERT_NO_FATAL_FAILURE(serve_every_policy());
  expect_return();
  const double begun_ms = test::now_ms();
  london_.kill();
  expect_switch_within(kRefusedBoundMs, begun_ms);
  london_.start();
  expect_return();
}

TEST_F(Failover, A503ChangesEveryPolicysAnswerWithinTwoSeconds) {
  ASSERT_NO_FATAL_FAILURE(serve_every_policy());
  expect_return();
  const double begun_ms = test::now_ms();
  london_.fail(true);
  expect_switch_within(kRefusedBoundMs, begun_ms);
  london_.fail(false);
  expect_return();
}

TEST_F(Failover, ABlackHoleChangesEveryPolicysAnswerWithinThreeAndAHalfSeconds) {
  ASSERT_NO_FATAL_FAILURE(serve_every_policy());
  expect_return();
  const double begun_ms = test::now_ms();
  london_.freeze(true);
  expect_switch_within(kBlackHoleBoundMs, begun_ms);
  london_.freeze(false);
  expect_return();
}

TEST_F(Failover, ASiteReturnsAfterSuccessThresholdResultsAtTheInterval) {
  const std::string how =
      "type: HTTP, interval: 500ms, failureThreshold: 1, timeout: 400ms, holdDown: 0s, "
      "successThreshold: 4";
  london_.fail(true);
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", checks(how), pair_of("www", "A", kLondon, kFrankfurt))));
  ASSERT_TRUE(answers("www.blog.test", kFrankfurt));
  const double begun_ms = test::now_ms();
  london_.fail(false);
  ASSERT_TRUE(wait_answer("www.blog.test", kLondon));
  // Four results lie three intervals apart, up to what the first two are moved to their phase.
  EXPECT_GE(test::now_ms() - begun_ms, 2.5 * 500);
  EXPECT_GE(rhumb_->json({"health", "london"})["consecutive"].whole().value_or(0), 4);
}

TEST_F(Failover, AGroupWithoutAnAliveSetAnswersByItsOnAllUnhealthy) {
  const std::string how = std::string("type: HTTP, ") + kQuick;
  const std::string records =
      pair_of("nodata", "A", kLondon, kFrankfurt) + pair_of("servfail", "A", kLondon, kFrankfurt) +
      pair_of("ignore", "A", kLondon, kFrankfurt) + pair_of("default", "A", kLondon, kFrankfurt);
  const std::string options = "routing:\n" + group_options("nodata", "onAllUnhealthy: noData") +
                              group_options("servfail", "onAllUnhealthy: servfail") +
                              group_options("ignore", "onAllUnhealthy: ignoreHealth");
  ASSERT_NO_FATAL_FAILURE(serve(test::yaml_zone("blog.test", checks(how), records) + options));
  london_.kill();
  ASSERT_TRUE(wait_answer("default.blog.test", kFrankfurt));
  for (const char* name : {"nodata.blog.test", "servfail.blog.test", "ignore.blog.test"}) {
    EXPECT_TRUE(answers(name, kFrankfurt)) << name;
  }
  frankfurt_.kill();
  ASSERT_TRUE(wait_answer("default.blog.test", kLondon));
  EXPECT_TRUE(answers("ignore.blog.test", kLondon));
  const auto nodata = rhumb_->ask({.name = "nodata.blog.test"});
  ASSERT_TRUE(nodata);
  EXPECT_EQ(nodata->rcode, "NOERROR");
  EXPECT_TRUE(nodata->aa);
  EXPECT_EQ(nodata->answer, Strings{});
  ASSERT_EQ(nodata->authority.size(), 1U);
  EXPECT_NE(nodata->authority[0].find(" SOA "), std::string::npos);
  const auto servfail = rhumb_->ask({.name = "servfail.blog.test"});
  ASSERT_TRUE(servfail);
  EXPECT_EQ(servfail->rcode, "SERVFAIL");
  london_.start();
  for (const char* name : {"nodata.blog.test", "servfail.blog.test", "ignore.blog.test"}) {
    EXPECT_TRUE(wait_answer(name, kLondon)) << name;
  }
}

TEST_F(Failover, AFamilyWithoutValuesInTheChosenSetIsNodata) {
  const std::string how = std::string("type: HTTP, ") + kQuick;
  const std::string records =
      pair_of("www", "[A, AAAA]", std::string(kLondon) + ", \"2001:db8:a::10\"", kFrankfurt);
  ASSERT_NO_FATAL_FAILURE(serve(test::yaml_zone("blog.test", checks(how), records)));
  EXPECT_EQ(rhumb_->addresses("www.blog.test"), Strings{kLondon});
  EXPECT_EQ(rhumb_->addresses("www.blog.test", "AAAA"), Strings{"2001:db8:a::10"});
  london_.kill();
  ASSERT_TRUE(wait_answer("www.blog.test", kFrankfurt));
  const auto v6 = rhumb_->ask({.name = "www.blog.test", .type = "AAAA"});
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->rcode, "NOERROR");
  EXPECT_EQ(v6->answer, Strings{});
}

TEST_F(Failover, ATcpCheckAsksForAConnectionAlone) {
  const std::string how = std::string("type: TCP, ") + kQuick;
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", checks(how), pair_of("www", "A", kLondon, kFrankfurt))));
  london_.fail(true);
  EXPECT_EQ(state_of("london"), "healthy");
  london_.kill();
  EXPECT_TRUE(wait_answer("www.blog.test", kFrankfurt));
  london_.start();
  EXPECT_TRUE(wait_answer("www.blog.test", kLondon));
}

TEST_F(Failover, ACheckMayNameItsTarget) {
  const std::uint16_t port = test::free_port("127.0.0.1");
  test::Nginx local("127.0.0.1", port, "local");
  local.start();
  const std::string how = std::string("type: HTTP, family: v4, ") + kQuick;
  const std::string both = site_check("london", "localhost", port, how) +
                           site_check("frankfurt", test::own_address(2), frankfurt_port_, how);
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", both, pair_of("www", "A", kLondon, kFrankfurt))));
  EXPECT_EQ(state_of("london"), "healthy");
  EXPECT_TRUE(answers("www.blog.test", kLondon));
  local.kill();
  EXPECT_TRUE(wait_answer("www.blog.test", kFrankfurt));
  local.start();
  EXPECT_TRUE(wait_answer("www.blog.test", kLondon));
}

TEST_F(Failover, HoldDownKeepsACheckUnhealthy) {
  const std::string rest = "type: HTTP, interval: 100ms, failureThreshold: 1, timeout: 100ms, ";
  const std::string both =
      site_check("london", test::own_address(1), london_port_, rest + "holdDown: 1h") +
      site_check("frankfurt", test::own_address(2), frankfurt_port_, rest + "holdDown: 2s");
  london_.fail(true);
  frankfurt_.fail(true);
  const double begun_ms = test::now_ms();
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", both, pair_of("www", "A", kLondon, kFrankfurt))));
  EXPECT_EQ(state_of("frankfurt"), "unhealthy");
  london_.fail(false);
  frankfurt_.fail(false);
  ASSERT_TRUE(wait_answer("www.blog.test", kFrankfurt));
  ASSERT_TRUE(wait_state("frankfurt", "healthy"));
  EXPECT_GE(test::now_ms() - begun_ms, 2000);
  const auto london = rhumb_->json({"health", "london"});
  EXPECT_EQ(london["state"].text(), "unhealthy");
  EXPECT_TRUE(london["lastProbe"]["ok"].boolean());
  EXPECT_GE(london["consecutive"].whole().value_or(0), 2);
  EXPECT_TRUE(answers("www.blog.test", kFrankfurt));
}

TEST_F(Failover, RecoveryManualWaitsForTheOperator) {
  const std::string how = std::string("type: HTTP, recovery: manual, ") + kQuick;
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", checks(how), pair_of("www", "A", kLondon, kFrankfurt))));
  EXPECT_EQ(rhumb_->command({"recover", "london"}).exit_code, 1);  // it is healthy
  EXPECT_EQ(rhumb_->command({"recover", "paris"}).exit_code, 1);
  london_.fail(true);
  ASSERT_TRUE(wait_answer("www.blog.test", kFrankfurt));
  london_.fail(false);
  ASSERT_TRUE(test::wait_until([&] {
    const auto london = rhumb_->json({"health", "london"});
    return london["lastProbe"]["ok"].boolean() && london["consecutive"].whole().value_or(0) >= 5;
  }));
  EXPECT_EQ(state_of("london"), "unhealthy");
  EXPECT_TRUE(answers("www.blog.test", kFrankfurt));
  const auto recovered = rhumb_->command({"recover", "london"});
  EXPECT_EQ(recovered.exit_code, 0) << recovered.err;
  EXPECT_EQ(recovered.out, "the check is healthy again\n");
  EXPECT_TRUE(wait_answer("www.blog.test", kLondon));
  EXPECT_EQ(state_of("london"), "healthy");
}

// A key with a certificate that it signed itself, for `name`. Returns the certificate's path; the
// key's has ".key" after it.
std::string make_certificate(const test::TempDir& folder, const std::string& name) {
  std::string path = folder.path() + "/" + name + ".pem";
  const auto made =
      test::run({test::find_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path + ".key", "-out", path,
                 "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return path;
}

TEST_F(Failover, AnHttpsCheckBelievesAVerifiedCertificateAlone) {
  ASSERT_NE(test::find_program("openssl"), "") << "install openssl, as scripts/test does";
  const std::string good = make_certificate(folder_, "blog.test");
  const std::string other = make_certificate(folder_, "other.test");
  const std::string address = test::own_address(3);
  const std::uint16_t port = test::free_port(address);
  test::Nginx site(address, port, "secure");
  site.use_tls(good, good + ".key");
  site.start();
  const std::string how =
      "type: HTTPS, interval: 1s, timeout: 1s, failureThreshold: 1, holdDown: 0s, ";
  const std::string all =
      site_check("good", address, port, how + "host: blog.test, caFile: ../blog.test.pem") +
      site_check("wrong-ca", address, port, how + "host: blog.test, caFile: ../other.test.pem") +
      site_check("wrong-name", address, port, how + "host: x.test, caFile: ../blog.test.pem") +
      site_check("system-ca", address, port, how + "host: blog.test") +
      site_check("unverified", address, port, how + "host: x.test, verifyTls: false");
  ASSERT_NO_FATAL_FAILURE(
      serve(test::yaml_zone("blog.test", all, "- {name: www, type: A, values: [192.0.2.1]}\n")));
  EXPECT_EQ(state_of("good"), "healthy");
  EXPECT_EQ(state_of("unverified"), "healthy");
  for (const char* wrong : {"wrong-ca", "wrong-name", "system-ca"}) {
    const auto check = rhumb_->json({"health", wrong});
    EXPECT_EQ(check["state"].text(), "unhealthy") << wrong;
    const std::string reason(check["lastProbe"]["reason"].text());
    EXPECT_NE(reason.find("certificate"), std::string::npos) << reason;
  }
  // The same site with another certificate is no longer believed.
  site.kill();
  site.use_tls(other, other + ".key");
  site.start();
  EXPECT_TRUE(wait_state("good", "unhealthy"));
}

}  // namespace
}  // namespace rhumb
