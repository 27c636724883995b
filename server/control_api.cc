#include "server/control_api.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "answer/rate_limit.h"
#include "server/control_json.h"
#include "server/counters.h"
#include "server/entropy.h"
#include "server/event_stream.h"
#include "server/exposition.h"
#include "server/helper.h"
#include "server/metrics.h"
#include "server/operator_api.h"
#include "server/operator_words.h"
#include "server/reload_api.h"
#include "server/scrape.h"
#include "server/version.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

// The ID in /api/v1/health-checks/ID; empty when `path` is none such. An ID may hold slashes.
std::string_view check_id(std::string_view path) {
  if (!path.starts_with(kChecksPath)) return {};
  path.remove_prefix(kChecksPath.size());
  return path.starts_with('/') ? path.substr(1) : std::string_view();
}

// The ID in /api/v1/health-checks/ID/recover, or with another suffix; empty when `path` is none
// such.
std::string_view check_id(std::string_view path, std::string_view suffix) {
  std::string_view id = check_id(path);
  if (!id.ends_with(suffix)) return {};
  id.remove_suffix(suffix.size());
  return id;
}

bool is_change(std::string_view method) { return method != "GET" && method != "HEAD"; }

// What a path can be asked with; empty when there is no such path. An ID may itself end like the
// path of an act upon it, so that such a path can be read too.
std::string_view methods_of(std::string_view path) {
  const std::string_view of_operator = OperatorApi::methods_of(path);
  if (!of_operator.empty()) return of_operator;
  const bool acts =
      !check_id(path, kRecoverSuffix).empty() || !check_id(path, kProbeSuffix).empty();
  if (path == kReloadPath) return "POST";
  if (acts) return "GET, HEAD, POST";
  const bool known = path == "/healthz" || path == "/readyz" || path == kMetricsPath ||
                     path == kStatusPath || path == kZonesPath || path == kChecksPath ||
                     path == kExplainPath || path == kEventsPath || !check_id(path).empty();
  return known ? "GET, HEAD" : "";
}

// `methods` is a list such as "GET, HEAD".
bool allows(std::string_view methods, std::string_view method) {
  for (std::size_t at = methods.find(method); at != std::string_view::npos && !method.empty();
       at = methods.find(method, at + 1)) {
    const bool begins = at == 0 || methods[at - 1] == ' ';
    const std::size_t end = at + method.size();
    if (begins && (end == methods.size() || methods[end] == ',')) return true;
  }
  return false;
}

ControlReply ok_reply(std::string_view status) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("status");
  json.text(status);
  json.end_object();
  return {200, std::move(body), ""};
}

ControlReply probed_reply(Health found) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("state");
  json.text(to_string(found));
  json.end_object();
  return {is_alive(found) ? 200 : 503, std::move(body), ""};
}

ControlReply event_stream(EventLog& events, std::optional<std::uint64_t> after) {
  ControlReply reply;
  reply.content_type = "application/x-ndjson";
  reply.stream = std::make_shared<EventStream>(events, after);
  return reply;
}

void write_facts(JsonWriter& json, const ServerFacts& facts) {
  const std::int64_t now_ms = facts.clock.now_ms();
  json.key("version");
  json.text(version());
  json.key("pid");
  json.whole(getpid());
  json.key("startedAt");
  json.text(to_rfc3339(facts.clock.started_ms()));
  json.key("uptimeSeconds");
  json.number(static_cast<double>(now_ms - facts.clock.started_ms()) / 1000.0);
  json.key("ready");
  json.boolean(facts.readiness == Readiness::kReady);
  json.key("listen");
  json.begin_array();
  for (const Endpoint& endpoint : facts.listen) json.text(to_string(endpoint));
  json.end_array();
  json.key("workers");
  json.whole(facts.workers);
}

// `now`: by the files in force; they may have another token, but not another address.
void write_http(JsonWriter& json, const std::optional<HttpConfig>& started,
                const std::optional<HttpConfig>& now) {
  json.key("http");
  if (!started) return json.null();
  const HttpAccess& access = (now ? now : started)->access;
  json.begin_object();
  json.key("listen");
  json.text(to_string(started->listen));
  json.key("tls");
  json.boolean(!access.certificate.empty());
  json.key("readOnly");
  json.boolean(access.token.empty());
  json.end_object();
}

// `limits`: by the files in force; null: off.
void write_rate_limit(JsonWriter& json, const RateLimits* limits, const Counters* counters) {
  json.key("rateLimit");
  if (limits == nullptr) return json.null();
  const WithheldCounts counts = counters == nullptr ? WithheldCounts() : counters->withheld();
  json.begin_object();
  json.key("responsesPerSecond");
  json.whole(limits->responses_per_second);
  json.key("slip");
  json.whole(limits->slip);
  json.key("exempt");
  json.begin_array();
  for (const IpPrefix& network : limits->exempt) json.text(to_string(network));
  json.end_array();
  for (std::size_t i = 0; i < kWithheldWays; ++i) {
    json.key(to_string(static_cast<Withheld>(i)));
    json.whole_unsigned(counts[i]);
  }
  json.end_object();
}

void write_load(JsonWriter& json, const Overview& overview, const CheckReport& report,
                const OperatorReport& operators) {
  const bool any = overview.zones != nullptr;
  json.key("generation");
  json.whole_unsigned(overview.generation);
  json.key("zones");
  json.whole_unsigned(any ? overview.zones->zones().size() : 0);
  json.key("records");
  json.whole_unsigned(any ? record_count(*overview.zones) : 0);
  json.key("checks");
  write_check_counts(json, report);
  write_operator_counts(json, operators);
}

// Empty: there is none.
void write_if_any(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  if (text.empty()) {
    json.null();
  } else {
    json.text(text);
  }
}

void write_helper(JsonWriter& json, const Helper* helper) {
  const HelperRestarts restarts = helper == nullptr ? HelperRestarts() : helper->restarts();
  write_if_any(json, "helperError", helper == nullptr ? "" : helper->problem());
  json.key("helperRestarts");
  json.whole_unsigned(restarts.count);
  write_if_any(json, "helperLastEnd", restarts.last_end);
}

}  // namespace

ControlApi::ControlApi(const ServerFacts& facts, Monitor& monitor, Reloader& reloader,
                       KeptReplies::Keep keep, std::int64_t keep_patience_ms)
    : facts_(facts),
      monitor_(monitor),
      reloader_(reloader),
      kept_(std::move(keep), keep_patience_ms) {}

// What an operator was told is in force is so after a kill -9 too.
void ControlApi::handle(const ControlRequest& request, const Done& done) {
  const std::string_view methods = methods_of(request.path);
  if (methods.empty()) return done(error_reply(404, "there is no " + in_quotes(request.path)));
  if (!allows(methods, request.method)) {
    ControlReply reply =
        error_reply(405, request.method + " is not for this path; use " + std::string(methods));
    reply.allow = methods;
    return done(std::move(reply));
  }
  if (!is_change(request.method)) {
    const bool is_said = !OperatorApi::methods_of(request.path).empty();
    return done(is_said ? OperatorApi(monitor_, facts_.clock).handle(request) : get(request));
  }
  // Nothing is in force yet that a safety rule could be held against.
  if (facts_.readiness == Readiness::kStarting) return done(ready());
  const std::lock_guard lock(changing_);
  if (frozen_) return done(error_reply(503, "another rhumb takes over just now; try again"));
  change(request, done);
}

void ControlApi::change(const ControlRequest& request, const Done& done) {
  if (!OperatorApi::methods_of(request.path).empty()) {
    ControlReply reply = OperatorApi(monitor_, facts_.clock).handle(request);
    const bool is_word = !request.path.starts_with(kPushPrefix);
    if (!is_word || reply.status != 200) return done(std::move(reply));
    kept_.add(std::move(reply), done, facts_.clock.now_ms());
  } else if (request.path == kReloadPath) {
    if (facts_.readiness != Readiness::kReady) return done(ready());
    reload(request, reloader_, done);
  } else if (const auto id = check_id(request.path, kRecoverSuffix); !id.empty()) {
    ControlReply reply = recover(id);
    if (reply.status != 200) return done(std::move(reply));
    kept_.add(std::move(reply), done, facts_.clock.now_ms());
  } else {
    probe(check_id(request.path, kProbeSuffix), done);
  }
}

ControlReply ControlApi::get(const ControlRequest& request) {
  if (request.path == "/healthz") return ok_reply("ok");
  if (request.path == "/readyz") return ready();
  if (request.path == kMetricsPath) return metrics();
  if (request.path == kStatusPath) return status();
  if (request.path == kEventsPath) return events(request);
  if (facts_.readiness == Readiness::kStarting) return while_starting(request.path);
  if (request.path == kZonesPath) return zones();
  if (request.path == kChecksPath) return checks();
  if (request.path == kExplainPath) return explain(request);
  return check(check_id(request.path));
}

ControlReply ControlApi::ready() const {
  const std::string_view reason = to_string(facts_.readiness.load());
  return reason.empty() ? ok_reply("ready") : error_reply(503, reason);
}

// Nothing is in force yet. A peer that asks what probes have found is not to take that for a word
// against a target.
ControlReply ControlApi::while_starting(std::string_view path) const {
  return check_id(path, kProbedSuffix).empty() ? ready() : probed_reply(Health::kUnknown);
}

ControlReply ControlApi::status() {
  const std::string database_error = reloader_.maps_error();
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  write_facts(json, facts_);
  write_http(json, facts_.http, reloader_.current()->config.http);
  write_rate_limit(json, reloader_.current()->config.options.rate_limits.get(), facts_.counters);
  write_if_any(json, "stateDirectory", facts_.state_directory);
  write_load(json, monitor_.overview(), monitor_.checks(Words::kLeftOut), monitor_.said());
  json.key("databases");
  write_databases(json, reloader_.current()->databases);
  write_if_any(json, "databaseError", database_error);
  write_helper(json, facts_.helper);
  write_if_any(json, "stateError", facts_.state_problem ? facts_.state_problem() : "");
  write_file_state(json, reloader_);
  json.end_object();
  return {200, std::move(body), ""};
}

ControlReply ControlApi::metrics() {
  ControlReply reply;
  reply.body = metrics_text(scrape(facts_, monitor_, reloader_));
  reply.content_type = kExpositionType;
  return reply;
}

ControlReply ControlApi::checks() {
  const CheckReport report = monitor_.checks();
  const std::int64_t now_ms = facts_.clock.now_ms();
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (std::size_t i = 0; i < report.statuses.size(); ++i) {
    write_check(json, report.zones->checks()[i], report.statuses[i], now_ms);
  }
  json.end_array();
  return {200, std::move(body), ""};
}

// An ID may itself end like the path of what was probed.
ControlReply ControlApi::check(std::string_view id) {
  const CheckReport report = monitor_.check(id);
  if (report.statuses.empty()) {
    return id.ends_with(kProbedSuffix) ? probed(id.substr(0, id.size() - kProbedSuffix.size()))
                                       : unknown_check_reply(monitor_, id);
  }
  std::string body;
  JsonWriter json(body);
  write_check(json, report.zones->checks()[report.first], report.statuses.front(),
              facts_.clock.now_ms());
  return {200, std::move(body), ""};
}

ControlReply ControlApi::probed(std::string_view id) {
  const CheckReport report = monitor_.check(id);
  if (report.statuses.empty()) return unknown_check_reply(monitor_, id);
  return probed_reply(report.statuses.front().found);
}

// `follow`, by itself or true: the reply goes on as there is more.
ControlReply ControlApi::events(const ControlRequest& request) {
  std::optional<std::uint64_t> after;
  bool follows = false;
  for (const auto& [key, value] : request.arguments) {
    if (key == "follow") {
      const auto wanted = value.empty() ? Result<bool>(true) : parse_boolean(value);
      if (!wanted.ok()) return error_reply(400, "follow: " + wanted.error());
      follows = wanted.value();
    } else if (key == "after") {
      const auto sequence = parse_whole(value, 0, std::numeric_limits<std::int64_t>::max());
      if (!sequence.ok()) return error_reply(400, "after: " + sequence.error());
      after = static_cast<std::uint64_t>(sequence.value());
    } else {
      return error_reply(
          400, "there is no argument " + in_quotes(key) + "; write after=SEQUENCE or follow=true");
    }
  }
  if (follows) return event_stream(monitor_.events(), after);
  const EventLog::Events found = monitor_.events().after(after.value_or(0));
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  EventGap gap{after ? found.missed : 0, found.restarted};
  for (const LoggedEvent& event : found.events) write_event(json, event, std::exchange(gap, {}));
  json.end_array();
  return {200, std::move(body), ""};
}

ControlReply ControlApi::zones() {
  const Overview overview = monitor_.overview();
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  if (overview.zones != nullptr) {
    for (const ZoneRef& ref : overview.zones->refs()) write_zone(json, ref, overview.alive);
  }
  json.end_array();
  return {200, std::move(body), ""};
}

ControlReply ControlApi::explain(const ControlRequest& request) {
  static constexpr std::array<std::string_view, 4> kKnown = {"name", "type", "client", "ecs"};
  for (const auto& [key, value] : request.arguments) {
    if (std::ranges::find(kKnown, key) != kKnown.end()) continue;
    return error_reply(400, "there is no argument " + in_quotes(key) + did_you_mean(key, kKnown));
  }
  const auto argument = [&](const std::string& key) -> std::string_view {
    const auto found = request.arguments.find(key);
    return found == request.arguments.end() ? std::string_view() : found->second;
  };
  Result<ExplainQuestion> question =
      read_question(argument("name"), argument("type"), argument("client"), argument("ecs"));
  if (!question.ok()) return error_reply(400, question.error());
  const std::shared_ptr<const View> view = monitor_.view();
  if (view == nullptr) return ready();  // stopping
  question.value().entropy = draw_entropy();
  return {200, explain_json(*view, question.value(), tellers()), ""};
}

// What is said of a set is asked once, however many sets there are.
Tellers ControlApi::tellers() {
  return {.check =
              [this](const std::string& id) {
                const CheckReport report = monitor_.check(id);
                if (report.statuses.empty()) return CheckWords{"is no longer checked", false};
                return words_on(report.zones->checks()[report.first], report.statuses.front(),
                                facts_.clock.now_ms());
              },
          .drains = [said = monitor_.said().said](
                        std::span<const Label> labels) { return words_on(said, labels); }};
}

ControlReply ControlApi::recover(std::string_view id) {
  const std::string check = "the check " + in_quotes(id);
  switch (monitor_.recover(id)) {
    case Recovered::kStopped:
      return error_reply(503, to_string(Readiness::kStopping));
    case Recovered::kUnknownId:
      return unknown_check_reply(monitor_, id);
    case Recovered::kNotManual:
      return not_manual_reply(id);
    case Recovered::kNotUnhealthy:
      return error_reply(409, check + " is not unhealthy");
    case Recovered::kWaits:
      return ok_reply("waits");
    case Recovered::kBack:
      return ok_reply("healthy");
  }
  return {};
}

ControlReply ControlApi::not_manual_reply(std::string_view id) {
  const std::string check = "the check " + in_quotes(id);
  const CheckReport report = monitor_.check(id);
  const bool is_switch =
      !report.statuses.empty() && report.zones->checks()[report.first].type == CheckType::kSwitch;
  if (!is_switch) return error_reply(409, check + " comes back by itself; its recovery is auto");
  return error_reply(
      409, check + " is a SWITCH and has nothing to recover from; write `rhumb override " +
               std::string(id) + " clear`");
}

void ControlApi::probe(std::string_view id, const Done& done) {
  monitor_.probe(std::string(id),
                 [this, id = std::string(id), done](Probed probed, const ProbeReport& report) {
                   done(probe_reply(id, probed, report));
                 });
}

// On the health thread, which must not be waited for: so without a look at all checks.
ControlReply ControlApi::probe_reply(const std::string& id, Probed probed,
                                     const ProbeReport& report) {
  switch (probed) {
    case Probed::kStopped:
      return error_reply(503, to_string(Readiness::kStopping));
    case Probed::kUnknownId:
      return error_reply(404, "there is no health check " + in_quotes(id));
    case Probed::kNotProbed:
      return error_reply(409, "the check " + in_quotes(id) + " is of a type that probes nobody");
    case Probed::kBusy:
      return error_reply(429, "too many probes are under way; try again");
    case Probed::kDone:
      break;
  }
  std::string body;
  JsonWriter json(body);
  write_probe_report(json, report, facts_.clock.now_ms());
  return {200, std::move(body), ""};
}

std::string_view to_string(Readiness readiness) {
  switch (readiness) {
    case Readiness::kStarting:
      return "the first round of health checks is not over";
    case Readiness::kReady:
      return "";
    case Readiness::kStopping:
      return "the server is stopping";
  }
  return "";
}

ControlReply error_reply(int status, std::string_view message) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("error");
  json.text(message);
  json.end_object();
  return {status, std::move(body), ""};
}

}  // namespace rhumb
