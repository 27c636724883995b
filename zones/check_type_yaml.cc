#include "zones/check_type_yaml.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "text/quote.h"
#include "text/scalar.h"
#include "zones/check_dns_yaml.h"
#include "zones/check_fields.h"
#include "zones/check_file.h"
#include "zones/check_metric_yaml.h"
#include "zones/check_request_yaml.h"
#include "zones/check_text.h"
#include "zones/check_yaml.h"
#include "zones/source.h"
#include "zones/token_file.h"

namespace rhumb {
namespace {

enum class SwitchState : std::uint8_t { kHealthy, kUnhealthy };

constexpr Named<SwitchState> kSwitchStates[] = {{"healthy", SwitchState::kHealthy},
                                                {"unhealthy", SwitchState::kUnhealthy}};

// Two types have a query, and mean different things by it.
void read_query(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics) {
  if (!check.has_type) {
    if (!fields.has("type")) {
      refuse_key(fields, "query", "needs its type beside it; write type: DNS or type: PROMETHEUS",
                 diagnostics);
    }
  } else if (check.spec.type == CheckType::kDns) {
    read_dns_query(fields, check.spec.dns);
  } else if (check.spec.type == CheckType::kPrometheus) {
    read_metric_query(fields, check.spec.metric);
  }
  fields.child("query");  // known, whatever it means
}

std::optional<std::string> why_no_token(const std::string& path) {
  const Result<std::string> token = read_token_file(path);
  if (token.ok()) return std::nullopt;
  return token.error();
}

// The path of what is run, with its arguments.
void read_command(Fields& fields, std::vector<std::string>& command, Diagnostics& diagnostics) {
  const std::optional<YamlNode> given = fields.child("command");
  if (!given) return;
  if (!given->is_list() || given->size() == 0) {
    return fields.error("command",
                        "write the command as a list, command: [/usr/bin/program, argument]; no "
                        "shell takes it apart");
  }
  if (given->size() > 1 + kMaxCommandArguments) {
    return fields.error("command", "the command has more than " +
                                       std::to_string(kMaxCommandArguments) +
                                       " arguments; write a script that has them");
  }
  const auto items = fields.texts("command");
  if (!items || items->size() < given->size()) return;  // reported
  command.clear();
  for (const YamlNode item : *items) {
    Result<std::string> text = parse_argument(item.text());
    if (!text.ok()) return diagnostics.error(item.place(), text.error());
    command.push_back(std::move(text).value());
  }
  if (command.front().empty())
    return diagnostics.error(items->front().place(), "the path is empty");
  command.front() = path_beside(fields.place().file, command.front());
  const std::optional<std::string> wrong = why_not_executable(command.front());
  if (wrong) {
    diagnostics.error(items->front().place(), path_in_quotes(command.front()) + " " + *wrong);
  } else {
    command.front() = from_the_root(command.front());
  }
}

void read_children(Fields& fields, CheckSpec& spec, Diagnostics& diagnostics) {
  const auto items = fields.texts("children");
  if (!items) return;
  spec.children.clear();
  spec.origin.children.clear();
  if (fields.child("children")->size() == 0) {
    return fields.error("children", "the list is empty; write ids of checks: [london, frankfurt]");
  }
  if (items->size() > kMaxCheckChildren) {
    return fields.error("children", "there are more than " + std::to_string(kMaxCheckChildren) +
                                        " children; put groups of them into checks of their own");
  }
  std::unordered_set<std::string> seen;
  bool good = items->size() == fields.child("children")->size();
  for (const YamlNode item : *items) {
    Result<std::string> id = parse_word(item.text());
    if (id.ok() && !seen.insert(id.value()).second) {
      id = Error{in_quotes(id.value()) + " is listed twice; remove one"};
    }
    good = good && id.ok();
    if (!id.ok()) {
      diagnostics.error(item.place(), id.error());
      continue;
    }
    spec.children.push_back(std::move(id).value());
    spec.origin.children.push_back(item.place());
  }
  if (!good) spec.children.clear();  // how many are meant is not known
}

void judge_grpc(Fields& fields, const CheckSpec& spec, Diagnostics& diagnostics) {
  judge_unused_tls(fields, spec, "write tls: true", diagnostics);
}

void judge_calculated(Fields& fields, const CheckSpec& spec, Diagnostics& diagnostics) {
  if (spec.children.empty() && !fields.has("children")) {
    return report_missing(fields, "children", "[london, frankfurt]", diagnostics);
  }
  // Without any, something is wrong with them that is reported.
  if (spec.children.empty() || spec.health_threshold <= spec.children.size()) return;
  fields.error("healthThreshold", "healthThreshold is " + std::to_string(spec.health_threshold) +
                                      " of " + std::to_string(spec.children.size()) +
                                      " children, which is never reached; write at most " +
                                      std::to_string(spec.children.size()));
}

void judge_port(Fields& fields, const CheckSpec& spec, std::string_view example,
                Diagnostics& diagnostics) {
  if (port_of(spec) != 0 || fields.has("port")) return;
  diagnostics.error(fields.place(), "\"port\" is missing; a " + std::string(to_string(spec.type)) +
                                        " check needs one, such as port: " + std::string(example));
}

}  // namespace

void read_check_type_fields(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics) {
  CheckSpec& spec = check.spec;
  read_query(fields, check, diagnostics);
  read_dns_expectation(fields, spec.dns);
  read_metric_expectation(fields, check);
  take_text(fields, "service", parse_line, spec.service);
  read_command(fields, spec.command, diagnostics);
  take_file(fields, "tokenFile", why_no_token, spec.token_file);
  take_duration(fields, "expiresAfter", kMinIntervalMs, kMaxExpiresAfterMs, spec.expires_after_ms);
  if (const auto state = fields.one_of("default", kSwitchStates)) {
    spec.default_healthy = *state == SwitchState::kHealthy;
  }
  read_children(fields, spec, diagnostics);
  spec.health_threshold = static_cast<std::uint32_t>(
      fields.whole("healthThreshold", 1, kMaxCheckChildren).value_or(spec.health_threshold));
}

void judge_check_type(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics) {
  CheckSpec& spec = check.spec;
  switch (spec.type) {
    case CheckType::kHttp:
    case CheckType::kHttps:
      return judge_check_request(fields, spec, diagnostics);
    case CheckType::kTcp:
      return judge_port(fields, spec, "443", diagnostics);
    case CheckType::kGrpc:
      judge_port(fields, spec, "50051", diagnostics);
      return judge_grpc(fields, spec, diagnostics);
    case CheckType::kDns:
      return judge_dns(fields, spec.dns, diagnostics);
    case CheckType::kExec:
      if (!spec.command.empty() || fields.has("command")) return;
      return report_missing(fields, "command", "[/usr/bin/program, argument]", diagnostics);
    case CheckType::kPrometheus:
      return judge_metric(fields, check, diagnostics);
    case CheckType::kPush:
      if (spec.expires_after_ms > 0 || fields.has("expiresAfter")) return;
      return report_missing(fields, "expiresAfter", "1m", diagnostics);
    case CheckType::kCalculated:
      return judge_calculated(fields, spec, diagnostics);
    case CheckType::kTls:
    case CheckType::kSwitch:
      return;
  }
}

}  // namespace rhumb
