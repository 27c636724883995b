#include "zones/check_yaml.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/ip.h"
#include "text/fields.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/check_fields.h"
#include "zones/check_keys.h"
#include "zones/check_request_yaml.h"
#include "zones/check_text.h"
#include "zones/check_type_yaml.h"

namespace rhumb {
namespace {

// The names that Route 53 has for these fields.
constexpr ForeignKey kForeignCheckKeys[] = {
    {"Id", "id"},
    {"HealthCheckId", "id"},
    {"name", "id"},
    {"Type", "type"},
    {"IPAddress", "address"},
    {"ip", "address"},
    {"Port", "port"},
    {"FullyQualifiedDomainName", "host"},
    {"fqdn", "host"},
    {"ResourcePath", "path"},
    {"resourcePath", "path"},
    {"url_path", "path"},
    {"SearchString", "bodyContains"},
    {"searchString", "bodyContains"},
    {"RequestInterval", "interval"},
    {"requestInterval", "interval"},
    {"FailureThreshold", "failureThreshold"},
    {"up_thresh", "successThreshold"},
    {"down_thresh", "failureThreshold"},
    {"Inverted", "inverted"},
    {"Disabled", "disabled"},
    {"EnableSNI", "host"},
    {"ChildHealthChecks", "children"},
    {"childHealthChecks", "children"},
    {"HealthThreshold", "healthThreshold"},
    {"InsufficientDataHealthStatus", "onNoData"},
    {"sni", "host"},
    {"serverName", "host"},
    {"insecureSkipVerify", "verifyTls"},
    {"cmd", "command"},
    {"args", "command"},
    {"expr", "query"},
    {"qname", "query"},
    {"qtype", "queryType"},
    {"rcode", "expectedRcode"},
    {"ok_codes", "expectedStatus"},
};

constexpr Named<CheckType> kTypes[] = {{"HTTP", CheckType::kHttp},
                                       {"HTTPS", CheckType::kHttps},
                                       {"TCP", CheckType::kTcp},
                                       {"TLS", CheckType::kTls},
                                       {"DNS", CheckType::kDns},
                                       {"GRPC", CheckType::kGrpc},
                                       {"EXEC", CheckType::kExec},
                                       {"PROMETHEUS", CheckType::kPrometheus},
                                       {"PUSH", CheckType::kPush},
                                       {"SWITCH", CheckType::kSwitch},
                                       {"CALCULATED", CheckType::kCalculated}};

// Route 53's other types and what takes their place.
constexpr ForeignKey kForeignTypes[] = {
    {"HTTP_STR_MATCH", "HTTP with bodyContains"},
    {"HTTPS_STR_MATCH", "HTTPS with bodyContains"},
    {"CLOUDWATCH_METRIC", "PROMETHEUS"},
    {"RECOVERY_CONTROL", "SWITCH"},
};

constexpr Named<CheckFamily> kFamilies[] = {
    {"any", CheckFamily::kAny}, {"v4", CheckFamily::kV4}, {"v6", CheckFamily::kV6}};
constexpr Named<Recovery> kRecoveries[] = {{"auto", Recovery::kAuto},
                                           {"manual", Recovery::kManual}};
constexpr Named<InitialState> kInitialStates[] = {{"probe", InitialState::kProbe},
                                                  {"healthy", InitialState::kHealthy},
                                                  {"unhealthy", InitialState::kUnhealthy}};

enum class CheckPart : std::uint8_t { kDefaults, kListed, kInline };

Result<CheckType> parse_check_type(std::string_view text) {
  for (const ForeignKey& foreign : kForeignTypes) {
    if (!equal_ignoring_case(text, foreign.theirs)) continue;
    return Error{in_quotes(text) + " is not known here; write " + std::string(foreign.ours)};
  }
  return parse_one_of(text, kTypes);
}

// Reads one map into a check that begins as what the map stands over.
class CheckReader {
 public:
  CheckReader(YamlNode map, const CheckDefaults& base, CheckPart part, Diagnostics& diagnostics)
      : fields_(map, diagnostics),
        check_(base),
        part_(part),
        is_map_(map.is_map()),
        diagnostics_(diagnostics) {}

  CheckDefaults read() {
    if (part_ != CheckPart::kDefaults) spec_.origin.place = fields_.place();
    read_identity();
    read_type();
    read_target();
    read_check_request(fields_, spec_, diagnostics_);
    read_check_type_fields(fields_, check_, diagnostics_);
    read_timing();
    read_thresholds();
    if (part_ != CheckPart::kDefaults && check_.has_type) judge();
    fields_.finish(kForeignCheckKeys);
    return std::move(check_);
  }

 private:
  void read_identity();
  void read_type();
  void read_target();
  [[nodiscard]] bool lacks_address();
  void read_timing();
  void read_thresholds();
  void judge();
  void judge_family();
  void judge_timeout();
  void refuse(std::string_view key, std::string_view hint) {
    refuse_key(fields_, key, hint, diagnostics_);
  }

  Fields fields_;
  CheckDefaults check_;
  CheckSpec& spec_ = check_.spec;
  CheckPart part_;
  bool is_map_;
  Diagnostics& diagnostics_;
};

// Where a default would be the same for all, or the set already says it, a key is refused.
void CheckReader::read_identity() {
  if (part_ == CheckPart::kListed && fields_.require("id", "london")) {
    take_text(fields_, "id", parse_word, spec_.id);
  } else if (part_ == CheckPart::kInline) {
    refuse("id", "does not belong here; the check of a record set is named after it");
  } else if (part_ == CheckPart::kDefaults) {
    refuse("id", "cannot be a default; write it in each check");
    refuse("labels", "cannot be a default; write them in each check");
  }
  if (part_ != CheckPart::kDefaults) {
    const std::optional<YamlNode> labels = fields_.map("labels");
    if (labels) spec_.labels = read_labels(*labels, diagnostics_);
  }
  spec_.disabled = fields_.boolean("disabled").value_or(spec_.disabled);
  spec_.inverted = fields_.boolean("inverted").value_or(spec_.inverted);
}

void CheckReader::read_type() {
  const bool may_lack = check_.has_type || part_ == CheckPart::kDefaults;
  if (!(may_lack ? fields_.has("type") : fields_.require("type", "HTTP"))) return;
  check_.has_type = false;
  const std::optional<std::string_view> text = fields_.text("type");
  if (!text) return;
  const Result<CheckType> type = parse_check_type(*text);
  if (!type.ok()) return fields_.error("type", type.error());
  spec_.type = type.value();
  check_.has_type = true;
}

void CheckReader::read_target() {
  if (part_ == CheckPart::kDefaults) {
    refuse("address", "cannot be a default; write it in each check");
  } else if (fields_.has("address")) {
    take_text(fields_, "address", parse_check_address, spec_.address);
  } else if (lacks_address()) {
    diagnostics_.error(
        fields_.place(),
        part_ == CheckPart::kListed
            ? "\"address\" is missing; write address: 192.0.2.10"
            : "\"address\" is missing, and the record set has no single address to take; write "
              "address: 192.0.2.10");
  }
  spec_.port = static_cast<std::uint16_t>(fields_.whole("port", 1, 65535).value_or(spec_.port));
  spec_.family = fields_.one_of("family", kFamilies).value_or(spec_.family);
}

// Of an unknown type nothing more is said; most need an address, so one that is missing may.
bool CheckReader::lacks_address() {
  const bool needs_one = check_.has_type ? has_address(spec_.type) : !fields_.has("type");
  return is_map_ && needs_one && (part_ == CheckPart::kListed || spec_.address.empty());
}

void CheckReader::read_timing() {
  take_duration(fields_, "interval", kMinIntervalMs, kMaxIntervalMs, spec_.interval_ms);
  take_duration(fields_, "timeout", 1, kMaxIntervalMs, spec_.timeout_ms);
  take_duration(fields_, "recheckInterval", kMinIntervalMs, kMaxIntervalMs,
                spec_.recheck_interval_ms);
  take_duration(fields_, "holdDown", 0, kMaxHoldDownMs, spec_.hold_down_ms);
}

void CheckReader::read_thresholds() {
  const auto threshold = [&](std::string_view key, std::uint32_t& into) {
    into = static_cast<std::uint32_t>(fields_.whole(key, 1, kMaxThreshold).value_or(into));
  };
  threshold("failureThreshold", spec_.failure_threshold);
  threshold("successThreshold", spec_.success_threshold);
  spec_.recovery = fields_.one_of("recovery", kRecoveries).value_or(spec_.recovery);
  spec_.initial_state =
      fields_.one_of("initialState", kInitialStates).value_or(spec_.initial_state);
}

// What only the whole of a check can tell.
void CheckReader::judge() {
  if (part_ == CheckPart::kInline && !is_probed(spec_.type)) {
    return fields_.error("type", "a " + std::string(to_string(spec_.type)) +
                                     " check cannot stand in a record set; write it under "
                                     "healthChecks, and its id here as healthCheckId");
  }
  judge_check_keys(fields_, spec_.type, diagnostics_);
  judge_check_type(fields_, check_, diagnostics_);
  judge_family();
  if (is_probed(spec_.type)) judge_timeout();
  forget_unused(spec_);
}

void CheckReader::judge_family() {
  const std::optional<IpAddress> address = IpAddress::parse(spec_.address);
  if (!address || spec_.family == CheckFamily::kAny) return;
  if (address->is_v4() == (spec_.family == CheckFamily::kV4)) return;
  const std::string_view key = spec_.type == CheckType::kPrometheus ? "url" : "address";
  fields_.error(key, in_quotes(spec_.address) + " is not of the family that the check asks for");
}

void CheckReader::judge_timeout() {
  if (spec_.timeout_ms <= spec_.interval_ms) return;
  if (!fields_.has("timeout") && spec_.timeout_ms == CheckSpec{}.timeout_ms) {
    spec_.timeout_ms = spec_.interval_ms;  // nobody asked for the 2 s
    return;
  }
  const std::string_view key = fields_.has("timeout") ? "timeout" : "interval";
  fields_.error(key, "the timeout of " + std::to_string(spec_.timeout_ms) +
                         "ms is longer than the interval of " + std::to_string(spec_.interval_ms) +
                         "ms; write a timeout of at most the interval");
}

ReadCheck read_check(YamlNode map, const CheckDefaults& base, CheckPart part,
                     Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  ReadCheck check{.spec = CheckReader(map, base, part, diagnostics).read().spec};
  check.good = diagnostics.error_count() == errors;
  return check;
}

}  // namespace

CheckDefaults read_check_defaults(YamlNode map, const CheckDefaults& base,
                                  Diagnostics& diagnostics) {
  // A wrong type counts as given: it is one error, not one more in every check.
  const bool has_type = base.has_type || map.find("type").has_value();
  CheckDefaults defaults = CheckReader(map, base, CheckPart::kDefaults, diagnostics).read();
  defaults.has_type = has_type;
  return defaults;
}

CheckList read_checks(YamlNode list, const CheckDefaults& defaults, Diagnostics& diagnostics) {
  CheckList checks;
  if (!list.is_list()) {
    diagnostics.error(list.place(),
                      "write the checks as a list: - {id: london, address: 192.0.2.10}");
    checks.all_named = false;
    return checks;
  }
  checks.good.reserve(list.size());
  for (const YamlNode item : list.items()) {
    ReadCheck check = read_check(item, defaults, CheckPart::kListed, diagnostics);
    if (check.spec.id.empty()) {
      checks.all_named = false;
    } else {
      (check.good ? checks.good : checks.wrong).push_back(std::move(check.spec));
    }
  }
  return checks;
}

ReadCheck read_inline_check(YamlNode map, const CheckDefaults& defaults, Diagnostics& diagnostics) {
  ReadCheck check = read_check(map, defaults, CheckPart::kInline, diagnostics);
  check.spec.origin.in_set = true;
  return check;
}

std::vector<std::pair<std::string, std::string>> read_labels(YamlNode map,
                                                             Diagnostics& diagnostics) {
  std::vector<std::pair<std::string, std::string>> labels;
  if (map.size() > kMaxCheckLabels) {
    diagnostics.error(map.place(),
                      "there are more than " + std::to_string(kMaxCheckLabels) + " labels");
    return labels;
  }
  for (const YamlEntry entry : map.entries()) {
    const std::string_view key = entry.key.text();
    const auto given = text_of(entry.value, key, diagnostics);
    if (!given) continue;
    Result<std::string> name = parse_word(key);
    Result<std::string> value = parse_word(*given);
    if (name.ok() && key.find('=') != std::string_view::npos) {
      name = Error{in_quotes(key) + " has a =, which stands between label and value"};
    }
    if (!name.ok()) diagnostics.error(entry.key.place(), name.error());
    if (!value.ok()) diagnostics.error(entry.value.place(), value.error());
    if (name.ok() && value.ok()) {
      labels.emplace_back(std::move(name).value(), std::move(value).value());
    }
  }
  return labels;
}

}  // namespace rhumb
