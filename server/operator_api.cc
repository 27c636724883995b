#include "server/operator_api.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/control_access.h"
#include "server/control_json.h"
#include "server/operator_body.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/suggest.h"
#include "text/token.h"
#include "zones/token_file.h"

namespace rhumb {
namespace {

constexpr std::string_view kList = "GET, HEAD";
constexpr std::string_view kWord = "PUT, DELETE";

// What stands behind `prefix` and a slash; empty when `path` is none such. It may hold slashes.
std::string behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return {};
  path.remove_prefix(prefix.size());
  return std::string(path.starts_with('/') ? path.substr(1) : std::string_view());
}

std::string pushed_id(std::string_view path) {
  return path.starts_with(kPushPrefix) ? std::string(path.substr(kPushPrefix.size())) : "";
}

template <typename Write>
ControlReply json_reply(Write write) {
  std::string body;
  JsonWriter json(body);
  write(json);
  return {200, std::move(body), ""};
}

ControlReply status_reply(std::string_view status) {
  return json_reply([&](JsonWriter& json) {
    json.begin_object();
    json.key("status");
    json.text(status);
    json.end_object();
  });
}

std::optional<std::int64_t> until(const OperatorBody& body, const Clock& clock) {
  if (!body.for_ms) return std::nullopt;
  return clock.now_ms() + *body.for_ms;
}

Force force_of(const OperatorBody& body) { return body.force ? Force::kYes : Force::kNo; }

// What changes a check that is no PUSH check.
std::string_view changed_by(CheckType type) {
  if (type == CheckType::kSwitch) return "an override is what changes it";
  if (type == CheckType::kCalculated)
    return "it follows its children; push to these, or override it";
  return "its probes decide; override it instead";
}

ControlReply not_pushed_reply(Monitor& monitor, std::string_view id) {
  const CheckReport report = monitor.check(id);
  if (report.statuses.empty()) return unknown_check_reply(monitor, id);
  const CheckType type = report.zones->checks()[report.first].type;
  return error_reply(409, "the check " + in_quotes(id) + " is of type " +
                              std::string(to_string(type)) +
                              ", not PUSH: " + std::string(changed_by(type)));
}

ControlReply refusal_reply(Monitor& monitor, const Hearing& hearing, std::string_view id) {
  switch (hearing.heard) {
    case Heard::kStopped:
      return error_reply(503, to_string(Readiness::kStopping));
    case Heard::kUnknownId:
      return unknown_check_reply(monitor, id);
    case Heard::kNothingSaid:
      return error_reply(404, "nothing is said of " + in_quotes(id));
    case Heard::kTooMany:
      return error_reply(507, "there are too many overrides or drains already; end some first");
    case Heard::kUnsafe:
      return error_reply(409, hearing.refusal);
    case Heard::kNotPush:
      return not_pushed_reply(monitor, id);
    case Heard::kDone:
      break;
  }
  return {};
}

// Who may change nothing else learns nothing from it, not even whether there is such a check.
ControlReply refused_push(const ControlRequest& request, int status, std::string_view message,
                          std::string refusal) {
  if (!request.may_change) {
    return challenge("a push needs the right token: Authorization: Bearer ...", std::move(refusal));
  }
  if (status == 401) return challenge(message, std::move(refusal));
  ControlReply reply = error_reply(status, message);
  reply.refusal = std::move(refusal);
  return reply;
}

// The refusal of a push to a check with this `token_file`, empty: it has none, or there is no such
// check; nullopt when it may pass. The file is read anew, so that a token can be replaced.
std::optional<ControlReply> refuse_push(const ControlRequest& request,
                                        const std::string& token_file) {
  if (token_file.empty() && request.may_change) return std::nullopt;
  if (request.bearer.empty()) {
    return refused_push(request, 401, "the check's own token is needed", "no token");
  }
  if (token_file.empty()) return refused_push(request, 401, "", "wrong token");
  const Result<std::string> token = read_token_file(token_file);
  if (!token.ok()) {
    return refused_push(request, 500, "the check's tokenFile is of no use; the log says why",
                        "the tokenFile " + path_in_quotes(token_file) + " " + token.error());
  }
  if (is_same_token(request.bearer, token.value())) return std::nullopt;
  return refused_push(request, 403, "this is not the check's own token", "wrong token");
}

}  // namespace

std::string_view OperatorApi::methods_of(std::string_view path) {
  if (path == kOverridesPath || path == kDrainsPath) return kList;
  if (!behind(path, kOverridesPath).empty() || !behind(path, kDrainsPath).empty()) return kWord;
  return pushed_id(path).empty() ? "" : "PUT";
}

ControlReply OperatorApi::handle(const ControlRequest& request) {
  if (request.path == kOverridesPath) return overrides();
  if (request.path == kDrainsPath) return drains();
  const bool puts = request.method == "PUT";
  if (const std::string id = behind(request.path, kOverridesPath); !id.empty()) {
    return puts ? put_override(id, request) : clear_override(id);
  }
  if (const std::string id = pushed_id(request.path); !id.empty()) return push(id, request);
  const Result<Label> label = parse_label(behind(request.path, kDrainsPath));
  if (!label.ok()) return error_reply(400, label.error());
  return puts ? put_drain(label.value(), request) : restore(label.value());
}

ControlReply OperatorApi::overrides() {
  const OperatorReport report = monitor_.said();
  return json_reply([&](JsonWriter& json) { write_overrides(json, report); });
}

ControlReply OperatorApi::drains() {
  const OperatorReport report = monitor_.said();
  return json_reply([&](JsonWriter& json) { write_drains(json, report); });
}

ControlReply OperatorApi::put_override(const std::string& id, const ControlRequest& request) {
  const Result<OperatorBody> body = read_override_body(request.body);
  if (!body.ok()) return error_reply(400, body.error());
  const OperatorBody& wanted = body.value();
  const CheckOverride said{wanted.state, until(wanted, clock_), wanted.reason};
  const Hearing hearing = monitor_.say(id, said, force_of(wanted));
  if (hearing.heard != Heard::kDone) return refusal_reply(monitor_, hearing, id);
  const CheckReport report = monitor_.check(id);
  if (report.statuses.empty()) return status_reply("overridden");  // a reload has dropped it
  return json_reply([&](JsonWriter& json) {
    write_check(json, report.zones->checks()[report.first], report.statuses.front(),
                clock_.now_ms());
  });
}

ControlReply OperatorApi::clear_override(const std::string& id) {
  const Hearing hearing = monitor_.take_back(id);
  if (hearing.heard == Heard::kNothingSaid) return status_reply("was not overridden");
  if (hearing.heard != Heard::kDone) return refusal_reply(monitor_, hearing, id);
  return status_reply("cleared");
}

ControlReply OperatorApi::put_drain(const Label& label, const ControlRequest& request) {
  const Result<OperatorBody> body = read_drain_body(request.body);
  if (!body.ok()) return error_reply(400, body.error());
  const OperatorBody& wanted = body.value();
  const Drain said{until(wanted, clock_), wanted.reason};
  const Hearing hearing = monitor_.say(label, said, force_of(wanted));
  if (hearing.heard != Heard::kDone) return refusal_reply(monitor_, hearing, to_string(label));
  return json_reply([&](JsonWriter& json) {
    write_drain(json, label, said, {.checks = hearing.checks, .sets = hearing.sets});
  });
}

ControlReply OperatorApi::restore(const Label& label) {
  const Hearing hearing = monitor_.take_back(label);
  if (hearing.heard == Heard::kNothingSaid) {
    const OperatorReport report = monitor_.said();
    std::vector<std::string> names;
    for (const auto& [drained, said] : report.said.drains()) names.push_back(to_string(drained));
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string text = to_string(label);
    return error_reply(404, in_quotes(text) + " is not drained" + did_you_mean(text, known));
  }
  if (hearing.heard != Heard::kDone) return refusal_reply(monitor_, hearing, to_string(label));
  return status_reply("restored");
}

ControlReply OperatorApi::push(const std::string& id, const ControlRequest& request) {
  const CheckReport report = monitor_.check(id);
  const CheckSpec* spec = report.statuses.empty() ? nullptr : &report.zones->checks()[report.first];
  const bool is_push = spec != nullptr && spec->type == CheckType::kPush;
  auto refused = refuse_push(request, is_push ? spec->token_file : std::string());
  if (refused) return *std::move(refused);
  const Hearing hearing = monitor_.push(id);
  if (hearing.heard != Heard::kDone) return refusal_reply(monitor_, hearing, id);
  return status_reply("healthy");
}

ControlReply unknown_check_reply(Monitor& monitor, std::string_view id) {
  const Overview overview = monitor.overview();
  std::vector<std::string_view> known;
  if (overview.zones != nullptr) {
    for (const CheckSpec& spec : overview.zones->checks()) known.emplace_back(spec.id);
  }
  return error_reply(404, "there is no health check " + in_quotes(id) + did_you_mean(id, known));
}

}  // namespace rhumb
