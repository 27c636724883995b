#include "server/operator_api.h"

#include <future>
#include <map>
#include <optional>

#include "tests/server/edition.h"
#include "tests/support/process.h"
#include "text/json.h"

namespace rhumb {
namespace {

using test::check_of;
using test::push_of;
using test::switch_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSets =
    "- {name: www, type: A, setIdentifier: one, failover: PRIMARY, healthCheckId: www/A/one, "
    "labels: {site: london}, values: 192.0.2.1}\n"
    "- {name: www, type: A, setIdentifier: two, failover: SECONDARY, healthCheckId: two, "
    "values: 192.0.2.2}\n";

// The API over a real monitor, whose checks are switches and pushes: nothing is probed.
class OperatorApiTest : public ::testing::Test {
 protected:
  OperatorApiTest() : log_(LogLevel::kError, LogFormat::kText), monitor_(views_, clock_, log_) {
    CheckSpec one = switch_of("www/A/one");
    one.labels = {{"site", "london"}};
    CheckSpec secret = push_of("secret", 3'600'000);
    // The blank is none of it, as when the file was loaded.
    secret.token_file = folder_.write("token", "s3cret \nmore\n");
    loaded_ = test::loaded_with(
        test::edition({one, switch_of("two"), push_of("beat", 3'600'000), secret}, kSets));
    adopt(loaded_);
    reloader_.emplace(loaded_, monitor_, clock_, log_);
    api_.emplace(facts_, monitor_, *reloader_);
    facts_.readiness = Readiness::kReady;
  }
  ~OperatorApiTest() override { monitor_.stop(); }

  void adopt(const std::shared_ptr<const Loaded>& loaded) {
    std::promise<void> adopted;
    monitor_.adopt(loaded, [&](Adoption) { adopted.set_value(); });
    adopted.get_future().wait();
  }
  ControlReply ask(ControlRequest request) {
    ControlReply got;
    api_->handle(request, [&](ControlReply reply) { got = std::move(reply); });
    return got;
  }
  ControlReply ask(const std::string& method, const std::string& path,
                   const std::string& body = "") {
    ControlRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    return ask(request);
  }
  JsonValue get(const std::string& path, int status = 200) {
    const ControlReply reply = ask("GET", path);
    EXPECT_EQ(reply.status, status) << reply.body;
    return parse_json(reply.body).value();
  }
  std::string state(const std::string& id) {
    return std::string(get("/api/v1/health-checks/" + id)["state"].text());
  }
  // "kind id from>to: reason", without those of groups.
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    for (const LoggedEvent& event : monitor_.events().after(0).events) {
      if (event.kind == EventKind::kGroup) continue;
      texts.push_back(std::string(to_string(event.kind)) + " " + event.id + " " + event.from + ">" +
                      event.to + ": " + event.reason);
    }
    return texts;
  }

  test::TempDir folder_;
  ServerFacts facts_;
  Clock clock_;
  Log log_;
  Published<View> views_;
  Monitor monitor_;
  std::shared_ptr<const Loaded> loaded_;
  std::optional<Reloader> reloader_;
  std::optional<ControlApi> api_;
};

TEST_F(OperatorApiTest, AnOverrideIsSetShownAndCleared) {
  const ControlReply put = ask("PUT", "/api/v1/overrides/www/A/one",
                               R"({"state":"unhealthy","for":"30m","reason":"disk"})");
  ASSERT_EQ(put.status, 200) << put.body;
  const JsonValue check = get("/api/v1/health-checks/www/A/one");
  EXPECT_EQ(check["state"].text(), "unhealthy");
  EXPECT_EQ(check["measured"].text(), "healthy");
  EXPECT_THAT(check["override"].names(), ElementsAre("state", "reason", "until"));
  EXPECT_EQ(check["override"]["reason"].text(), "disk");
  const auto until_ms = parse_rfc3339(check["override"]["until"].text());
  ASSERT_TRUE(until_ms.has_value());
  EXPECT_GT(*until_ms, clock_.now_ms() + 1'700'000);
  const JsonValue list = get("/api/v1/overrides");
  ASSERT_EQ(list.items().size(), 1U);
  EXPECT_EQ(list.items()[0]["id"].text(), "www/A/one");
  EXPECT_FALSE(list.items()[0]["orphaned"].boolean());
  EXPECT_EQ(ask("DELETE", "/api/v1/overrides/www/A/one").status, 200);
  EXPECT_EQ(state("www/A/one"), "healthy");
  EXPECT_THAT(events(), ElementsAre("override www/A/one none>unhealthy: disk",
                                    "health www/A/one healthy>unhealthy: override: disk",
                                    "override www/A/one unhealthy>none: cleared",
                                    "health www/A/one unhealthy>healthy: override cleared"));
}

TEST_F(OperatorApiTest, ClearingWhatIsNotOverriddenIsNoError) {
  const ControlReply reply = ask("DELETE", "/api/v1/overrides/two");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"status":"was not overridden"})");
}

TEST_F(OperatorApiTest, UnknownChecksAndBadBodiesAreRefused) {
  const ControlReply unknown = ask("PUT", "/api/v1/overrides/twe", R"({"state":"healthy"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr(R"(did you mean \"two\"?)"));
  EXPECT_EQ(ask("DELETE", "/api/v1/overrides/twe").status, 404);
  EXPECT_EQ(ask("PUT", "/api/v1/overrides/two").status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/overrides/two", R"({"state":"dead"})").status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/drains/london").status, 400);
  const ControlReply method = ask("POST", "/api/v1/overrides/two");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.allow, "PUT, DELETE");
}

TEST_F(OperatorApiTest, NothingIsChangedBeforeTheFirstRoundIsOver) {
  constexpr const char* kReason = R"({"error":"the first round of health checks is not over"})";
  facts_.readiness = Readiness::kStarting;
  for (const auto& [method, path] :
       std::map<std::string, std::string>{{"PUT", "/api/v1/drains/site=london"},
                                          {"DELETE", "/api/v1/overrides/two"},
                                          {"POST", "/api/v1/health-checks/two/recover"}}) {
    const ControlReply refused = ask(method, path, "{}");
    EXPECT_EQ(refused.status, 503) << path;
    EXPECT_EQ(refused.body, kReason) << path;
  }
  EXPECT_EQ(ask("PUT", "/api/v1/push/beat").status, 503);
  EXPECT_EQ(get("/api/v1/drains").items().size(), 0U);
  facts_.readiness = Readiness::kReady;
  EXPECT_EQ(ask("PUT", "/api/v1/drains/site=london", "{}").status, 200);
}

TEST_F(OperatorApiTest, FrozenNothingIsChangedAndAllIsTold) {
  api_->freeze();
  for (const auto& [method, path] :
       std::map<std::string, std::string>{{"PUT", "/api/v1/overrides/two"},
                                          {"DELETE", "/api/v1/drains/site=london"},
                                          {"POST", "/api/v1/reload"}}) {
    const ControlReply reply = ask(method, path, R"({"state":"unhealthy"})");
    EXPECT_EQ(reply.status, 503) << path;
    EXPECT_THAT(reply.body, HasSubstr("another rhumb takes over just now; try again"));
  }
  EXPECT_EQ(ask("PUT", "/api/v1/push/beat").status, 503);
  EXPECT_EQ(state("two"), "healthy");
  EXPECT_EQ(get("/api/v1/overrides").items().size(), 0U);
  api_->thaw();
  EXPECT_EQ(ask("PUT", "/api/v1/overrides/two", R"({"state":"unhealthy"})").status, 200);
  EXPECT_EQ(state("two"), "unhealthy");
}

TEST_F(OperatorApiTest, ASwitchIsNotRecoveredButCleared) {
  const ControlReply reply = ask("POST", "/api/v1/health-checks/two/recover");
  EXPECT_EQ(reply.status, 409);
  EXPECT_THAT(reply.body, HasSubstr("is a SWITCH and has nothing to recover from; write `rhumb "
                                    "override two clear`"));
}

TEST_F(OperatorApiTest, ALabelThatNoCheckCanHaveIsRefused) {
  for (const char* label : {"site=lon don", "site=\n", "si\x01te=x"}) {
    EXPECT_EQ(ask("PUT", std::string("/api/v1/drains/") + label, "{}").status, 400) << label;
  }
}

TEST_F(OperatorApiTest, ADrainIsSetShownAndRestored) {
  const ControlReply put = ask("PUT", "/api/v1/drains/site=london", R"({"reason":"power"})");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.body, R"({"label":"site=london","reason":"power","until":null,"checks":1,)"
                      R"("recordSets":1,"orphaned":false})");
  const JsonValue check = get("/api/v1/health-checks/www/A/one");
  EXPECT_EQ(check["state"].text(), "unhealthy");
  EXPECT_TRUE(check["override"].is_null());
  EXPECT_EQ(check["drains"].items()[0]["label"].text(), "site=london");
  EXPECT_EQ(get("/api/v1/drains").items().size(), 1U);
  EXPECT_EQ(ask("DELETE", "/api/v1/drains/site=london").status, 200);
  EXPECT_EQ(state("www/A/one"), "healthy");
  const ControlReply twice = ask("DELETE", "/api/v1/drains/site=london");
  EXPECT_EQ(twice.status, 404);
  EXPECT_THAT(twice.body, HasSubstr(R"(\"site=london\" is not drained)"));
}

TEST_F(OperatorApiTest, ADrainOfNothingWaitsForWhatWillHaveTheLabel) {
  const ControlReply put = ask("PUT", "/api/v1/drains/site=rome");
  EXPECT_EQ(put.status, 200);
  EXPECT_TRUE(parse_json(put.body).value()["orphaned"].boolean());
}

TEST_F(OperatorApiTest, QueriesSeeWhatIsTakenOutInBothLanes) {
  ask("PUT", "/api/v1/drains/site=london");
  const auto reader = views_.reader();
  EXPECT_TRUE(test::wait_until([&] {
    const auto view = reader->pin();
    return !gate_bit(view->alive, 1) && !view->standing.empty() && !gate_bit(view->standing, 1);
  }));
  ask("DELETE", "/api/v1/drains/site=london");
  EXPECT_TRUE(test::wait_until([&] {
    const auto view = reader->pin();
    return gate_bit(view->alive, 1) && view->standing.empty();
  }));
}

TEST_F(OperatorApiTest, AWordPassesByItself) {
  const CheckOverride brief{Health::kUnhealthy, clock_.now_ms() + 30, "brief"};
  EXPECT_EQ(monitor_.say("two", brief).heard, Heard::kDone);
  EXPECT_TRUE(test::wait_until([&] { return state("two") == "healthy"; }));
  EXPECT_EQ(get("/api/v1/overrides").items().size(), 0U);
  EXPECT_THAT(events(), ElementsAre("override two none>unhealthy: brief",
                                    "health two healthy>unhealthy: override: brief",
                                    "override two unhealthy>none: ended",
                                    "health two unhealthy>healthy: the operator's word has ended"));
}

TEST_F(OperatorApiTest, AnOrphanIsShownAndCounted) {
  ask("PUT", "/api/v1/overrides/two", R"({"state":"unhealthy"})");
  adopt(test::loaded_with(test::edition({switch_of("www/A/one")})));
  EXPECT_TRUE(get("/api/v1/overrides").items()[0]["orphaned"].boolean());
  const JsonValue status = get("/api/v1/status");
  EXPECT_EQ(status["overrides"].whole(), 1);
  EXPECT_EQ(status["drains"].whole(), 0);
  EXPECT_EQ(status["orphans"].whole(), 1);
  EXPECT_EQ(ask("PUT", "/api/v1/overrides/two", R"({"state":"healthy"})").status, 404);
  EXPECT_EQ(ask("DELETE", "/api/v1/overrides/two").status, 200);
  EXPECT_EQ(get("/api/v1/status")["orphans"].whole(), 0);
}

TEST_F(OperatorApiTest, APushMakesHealthyAtOnce) {
  EXPECT_EQ(state("beat"), "unknown");
  EXPECT_EQ(ask("PUT", "/api/v1/push/beat").status, 200);
  EXPECT_EQ(state("beat"), "healthy");
  EXPECT_THAT(events(), ElementsAre("health beat unknown>healthy: pushed"));
  EXPECT_EQ(ask("PUT", "/api/v1/push/two").status, 409);
  EXPECT_EQ(ask("PUT", "/api/v1/push/nil").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/push/beat").status, 405);
}

TEST_F(OperatorApiTest, APushThatIsMissedTurnsUnhealthyByItself) {
  adopt(test::loaded_with(test::edition({push_of("brief", 30)})));
  EXPECT_TRUE(test::wait_until([&] { return state("brief") == "unhealthy"; }));
  EXPECT_EQ(get("/api/v1/health-checks/brief")["lastProbe"]["reason"].text(), "no push for 30ms");
}

TEST_F(OperatorApiTest, APushNeedsTheChecksOwnToken) {
  ControlRequest request;
  request.method = "PUT";
  request.path = "/api/v1/push/secret";
  EXPECT_EQ(ask(request).status, 401);
  for (const char* wrong : {"s3cre", "s3crets", "S3cret", "more"}) {
    request.bearer = wrong;
    EXPECT_EQ(ask(request).status, 403) << wrong;
  }
  EXPECT_EQ(state("secret"), "unknown");
  request.bearer = "s3cret";
  request.may_change = false;
  EXPECT_EQ(ask(request).status, 200);
  EXPECT_EQ(state("secret"), "healthy");
}

TEST_F(OperatorApiTest, APushToAnotherTypeIsToldWhatChangesThat) {
  CheckSpec probed = check_of("probed");
  probed.disabled = true;
  adopt(test::loaded_with(
      test::edition({switch_of("two"), test::calculated_of("sum", {"two"}), probed})));
  const auto refusal = [&](const std::string& id) {
    const ControlReply reply = ask("PUT", "/api/v1/push/" + id);
    EXPECT_EQ(reply.status, 409);
    return std::string(parse_json(reply.body).value()["error"].text());
  };
  EXPECT_EQ(refusal("two"),
            "the check \"two\" is of type SWITCH, not PUSH: an override is what changes it");
  EXPECT_EQ(refusal("sum"),
            "the check \"sum\" is of type CALCULATED, not PUSH: it follows its children; push to "
            "these, or override it");
  EXPECT_EQ(
      refusal("probed"),
      "the check \"probed\" is of type TCP, not PUSH: its probes decide; override it instead");
}

TEST_F(OperatorApiTest, WhoMayNotPushLearnsNothing) {
  ControlRequest request;
  request.method = "PUT";
  request.may_change = false;
  for (const char* id : {"beat", "nil", "two", "secret"}) {
    for (const char* bearer : {"", "wrong"}) {
      request.path = std::string("/api/v1/push/") + id;
      request.bearer = bearer;
      const ControlReply reply = ask(request);
      EXPECT_EQ(reply.status, 401) << id;
      EXPECT_EQ(reply.challenge, "Bearer realm=\"rhumb\"") << id;
      EXPECT_EQ(reply.body,
                "{\"error\":\"a push needs the right token: Authorization: Bearer ...\"}")
          << id;
      EXPECT_EQ(reply.refusal, *bearer == 0 ? "no token" : "wrong token") << id;
    }
  }
}

TEST_F(OperatorApiTest, OnlyTheLogNamesATokenFileOfNoUse) {
  (void)folder_.write("token", "\n");
  ControlRequest request;
  request.method = "PUT";
  request.path = "/api/v1/push/secret";
  request.bearer = "s3cret";
  const ControlReply operators = ask(request);
  EXPECT_EQ(operators.status, 500);
  EXPECT_EQ(operators.body, "{\"error\":\"the check's tokenFile is of no use; the log says why\"}");
  request.may_change = false;
  const ControlReply anybodys = ask(request);
  EXPECT_EQ(anybodys.status, 401);
  EXPECT_EQ(anybodys.body,
            "{\"error\":\"a push needs the right token: Authorization: Bearer ...\"}");
  EXPECT_THAT(anybodys.refusal, HasSubstr("token\" has no token"));
}

TEST_F(OperatorApiTest, ACheckIsReadThoughItsIdEndsLikeAnAct) {
  adopt(test::loaded_with(test::edition({switch_of("www/A/probe"), switch_of("www/A/recover")})));
  EXPECT_EQ(state("www/A/probe"), "healthy");
  EXPECT_EQ(state("www/A/recover"), "healthy");
  EXPECT_EQ(ask("HEAD", "/api/v1/health-checks/www/A/probe").status, 200);
  EXPECT_EQ(ask("PUT", "/api/v1/health-checks/www/A/probe").allow, "GET, HEAD, POST");
  get("/api/v1/health-checks/nil/probe", 404);
}

TEST_F(OperatorApiTest, ProbedLeavesTheOperatorOut) {
  const std::string path = "/api/v1/health-checks/www/A/one/probed";
  EXPECT_EQ(get(path)["state"].text(), "healthy");
  ask("PUT", "/api/v1/drains/site=london");
  EXPECT_EQ(get(path)["state"].text(), "healthy");
  EXPECT_EQ(get("/api/v1/health-checks/beat/probed")["state"].text(), "unknown");
  adopt(test::loaded_with(test::edition({switch_of("off", false)})));
  ask("PUT", "/api/v1/overrides/off", R"({"state":"healthy"})");
  EXPECT_EQ(get("/api/v1/health-checks/off/probed", 503)["state"].text(), "unhealthy");
  get("/api/v1/health-checks/nil/probed", 404);
}

TEST_F(OperatorApiTest, EventsAreGivenFromASequenceOn) {
  ask("PUT", "/api/v1/overrides/two", R"({"state":"unhealthy","reason":"disk"})");
  const JsonValue all = get("/api/v1/events");
  ASSERT_EQ(all.items().size(), 2U);
  EXPECT_THAT(all.items()[0].names(),
              ElementsAre("sequence", "at", "kind", "id", "from", "to", "reason"));
  EXPECT_EQ(all.items()[0]["kind"].text(), "override");
  ControlRequest request;
  request.method = "GET";
  request.path = "/api/v1/events";
  request.arguments = {{"after", "1"}};
  EXPECT_EQ(parse_json(ask(request).body).value().items().size(), 1U);
  monitor_.events().skip(3);
  monitor_.events().add({});
  EXPECT_EQ(parse_json(ask(request).body).value().items().size(), 2U);
  request.arguments = {{"after", "2"}};
  EXPECT_EQ(parse_json(ask(request).body).value().items()[0]["missed"].whole(), 3);
  request.arguments = {{"after", "x"}};
  EXPECT_EQ(ask(request).status, 400);
  request.arguments = {{"since", "1"}};
  EXPECT_EQ(ask(request).status, 400);
}

TEST_F(OperatorApiTest, GroupsThatLoseTheirLastSetAreTold) {
  ask("PUT", "/api/v1/overrides/two", R"({"state":"unhealthy"})");
  ask("PUT", "/api/v1/drains/site=london");
  const LoggedEvent last = monitor_.events().after(0).events.back();
  EXPECT_EQ(last.kind, EventKind::kGroup);
  EXPECT_EQ(last.id, "www.blog.example.com. A");
  EXPECT_EQ(last.from, "alive");
  EXPECT_EQ(last.to, "lastResort");
}

TEST_F(OperatorApiTest, ExplainSaysWhatAnOperatorDid) {
  ask("PUT", "/api/v1/drains/site=london", R"({"reason":"power"})");
  ask("PUT", "/api/v1/overrides/two", R"({"state":"unhealthy","reason":"disk"})");
  ControlRequest request;
  request.method = "GET";
  request.path = "/api/v1/explain";
  request.arguments = {{"name", "www.blog.example.com"}, {"type", "A"}, {"client", "192.0.2.7"}};
  const JsonValue explained = parse_json(ask(request).body).value();
  const auto candidates = explained["steps"].items()[0]["candidates"].items();
  EXPECT_FALSE(candidates[0]["standing"].boolean());
  EXPECT_THAT(std::string(candidates[0]["reason"].text()),
              ::testing::StartsWith("taken out by the drain of site=london: power; www/A/one "
                                    "taken out by the drain of site=london: power; else healthy"));
  EXPECT_THAT(std::string(candidates[1]["reason"].text()),
              ::testing::StartsWith("two taken out by override: disk; else healthy for "));
}

}  // namespace
}  // namespace rhumb
