#include "zones/check_yaml.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/ip.h"
#include "text/fields.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/check_text.h"
#include "zones/source.h"

namespace rhumb {
namespace {

// The names that Route 53 has for these fields.
constexpr ForeignKey kForeignKeys[] = {
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
    {"ok_codes", "expectedStatus"},
};

constexpr Named<CheckType> kTypes[] = {
    {"HTTP", CheckType::kHttp}, {"HTTPS", CheckType::kHttps}, {"TCP", CheckType::kTcp}};

constexpr std::string_view kLaterTypes[] = {"TLS",        "DNS",  "GRPC",   "EXEC",
                                            "PROMETHEUS", "PUSH", "SWITCH", "CALCULATED"};

// Keys of those types.
constexpr std::string_view kLaterKeys[] = {"children",     "healthThreshold", "url",
                                           "query",        "condition",       "onNoData",
                                           "expiresAfter", "tokenFile",       "default"};

constexpr std::string_view kHttpKeys[] = {"host",    "path",           "method",
                                          "headers", "expectedStatus", "bodyContains"};
constexpr std::string_view kHttpsKeys[] = {"verifyTls", "caFile"};

constexpr Named<CheckFamily> kFamilies[] = {
    {"any", CheckFamily::kAny}, {"v4", CheckFamily::kV4}, {"v6", CheckFamily::kV6}};
constexpr Named<Recovery> kRecoveries[] = {{"auto", Recovery::kAuto},
                                           {"manual", Recovery::kManual}};
constexpr Named<InitialState> kInitialStates[] = {{"probe", InitialState::kProbe},
                                                  {"healthy", InitialState::kHealthy},
                                                  {"unhealthy", InitialState::kUnhealthy}};

constexpr std::string_view kNotYet = " is not supported by this version";

enum class Part : std::uint8_t { kDefaults, kListed, kInline };

// Reads one map into a spec that begins as what the map stands over.
class CheckReader {
 public:
  CheckReader(YamlNode map, const CheckDefaults& base, Part part, Diagnostics& diagnostics)
      : fields_(map, diagnostics),
        spec_(base.spec),
        part_(part),
        type_known_(base.has_type),
        diagnostics_(diagnostics) {}

  CheckSpec read() {
    if (part_ != Part::kDefaults) spec_.origin.place = fields_.place();
    read_identity();
    read_type();
    read_target();
    read_request();
    read_expectation();
    read_timing();
    read_thresholds();
    refuse_later_keys();
    if (part_ != Part::kDefaults && type_known_) judge();
    fields_.finish(kForeignKeys);
    return spec_;
  }

 private:
  void read_identity();
  void read_type();
  void read_target();
  void read_request();
  void read_headers();
  void read_expectation();
  void read_timing();
  void read_thresholds();
  void refuse_later_keys();
  void judge();
  void judge_keys();
  void judge_address();
  void refuse(std::string_view key, std::string_view hint);

  // The text of `key` as `parse` takes it, into `into`.
  void text(std::string_view key, Result<std::string> (*parse)(std::string_view),
            std::string& into) {
    const std::optional<std::string_view> given = fields_.text(key);
    if (!given) return;
    Result<std::string> parsed = parse(*given);
    if (!parsed.ok()) return fields_.error(key, parsed.error());
    into = std::move(parsed).value();
  }

  void duration(std::string_view key, std::int64_t min_ms, std::int64_t max_ms,
                std::int64_t& into) {
    const std::optional<std::uint64_t> given = fields_.duration_ms(key);
    if (!given) return;
    const bool fits = *given <= static_cast<std::uint64_t>(max_ms) &&
                      *given >= static_cast<std::uint64_t>(min_ms);
    if (fits) {
      into = static_cast<std::int64_t>(*given);
    } else {
      fields_.error(key, "\"" + std::string(key) + "\" is out of range; write " +
                             std::to_string(min_ms) + "ms to " + std::to_string(max_ms / 1000) +
                             "s");
    }
  }

  Fields fields_;
  CheckSpec spec_;
  Part part_;
  bool type_known_;
  Diagnostics& diagnostics_;
};

// Where a default would be the same for all, or the set already says it.
void CheckReader::refuse(std::string_view key, std::string_view hint) {
  if (!fields_.child(key)) return;
  diagnostics_.error(fields_.key_place(key), in_quotes(key) + std::string(hint));
}

void CheckReader::read_identity() {
  if (part_ == Part::kListed && fields_.require("id", "london")) {
    text("id", parse_word, spec_.id);
  } else if (part_ == Part::kInline) {
    refuse("id", " does not belong here; the check of a record set is named after it");
  } else if (part_ == Part::kDefaults) {
    refuse("id", " cannot be a default; write it in each check");
    refuse("labels", " cannot be a default; write them in each check");
  }
  if (part_ != Part::kDefaults) {
    const std::optional<YamlNode> labels = fields_.map("labels");
    if (labels) spec_.labels = read_labels(*labels, diagnostics_);
  }
  spec_.disabled = fields_.boolean("disabled").value_or(spec_.disabled);
  spec_.inverted = fields_.boolean("inverted").value_or(spec_.inverted);
}

void CheckReader::read_type() {
  const bool may_lack = type_known_ || part_ == Part::kDefaults;
  if (!(may_lack ? fields_.has("type") : fields_.require("type", "HTTP"))) return;
  type_known_ = false;
  const std::optional<std::string_view> type = fields_.text("type");
  if (!type) return;
  const auto is_type = [&](std::string_view name) { return equal_ignoring_case(*type, name); };
  if (std::any_of(std::begin(kLaterTypes), std::end(kLaterTypes), is_type)) {
    return fields_.error("type", "type " + in_quotes(*type) + std::string(kNotYet));
  }
  const Result<CheckType> parsed = parse_one_of(*type, kTypes);
  if (!parsed.ok()) return fields_.error("type", parsed.error());
  spec_.type = parsed.value();
  type_known_ = true;
}

void CheckReader::read_target() {
  if (part_ == Part::kDefaults) {
    refuse("address", " cannot be a default; write it in each check");
  } else if (part_ == Part::kListed ? fields_.require("address", "192.0.2.10")
                                    : fields_.has("address")) {
    text("address", parse_check_address, spec_.address);
  } else if (part_ == Part::kInline && spec_.address.empty()) {
    diagnostics_.error(fields_.place(),
                       "\"address\" is missing, and the record set has no single address to take; "
                       "write address: 192.0.2.10");
  }
  spec_.port = static_cast<std::uint16_t>(fields_.whole("port", 1, 65535).value_or(spec_.port));
  spec_.family = fields_.one_of("family", kFamilies).value_or(spec_.family);
}

void CheckReader::read_request() {
  text("host", parse_check_host, spec_.host);
  text("path", parse_check_path, spec_.path);
  text("method", parse_method, spec_.method);
  read_headers();
  spec_.verify_tls = fields_.boolean("verifyTls").value_or(spec_.verify_tls);
  const std::optional<std::string_view> ca_file = fields_.text("caFile");
  if (!ca_file) return;
  spec_.ca_file = path_beside(fields_.place().file, *ca_file);
  // Else it would be found out by the first probe, which would take the site out.
  const Result<SourceText> text = SourceText::read(spec_.ca_file);
  if (!text.ok()) fields_.error("caFile", path_in_quotes(spec_.ca_file) + ": " + text.error());
}

void CheckReader::read_headers() {
  const std::optional<YamlNode> map = fields_.map("headers");
  if (!map) return;
  if (map->size() > kMaxCheckHeaders) {
    return fields_.error("headers",
                         "there are more than " + std::to_string(kMaxCheckHeaders) + " headers");
  }
  spec_.headers.clear();
  for (const YamlEntry entry : map->entries()) {
    const auto value = text_of(entry.value, entry.key.text(), diagnostics_);
    Result<std::string> name = parse_header_name(entry.key.text());
    if (!name.ok()) diagnostics_.error(entry.key.place(), name.error());
    if (!value || !name.ok()) continue;
    Result<std::string> text = parse_header_value(*value);
    if (!text.ok()) {
      diagnostics_.error(entry.value.place(), text.error());
    } else {
      spec_.headers.emplace_back(std::move(name).value(), std::move(text).value());
    }
  }
}

void CheckReader::read_expectation() {
  if (const auto items = fields_.texts("expectedStatus", ListForm::kListOrOne)) {
    spec_.expected_status.clear();
    if (items->empty()) fields_.error("expectedStatus", "the list is empty; write 200-399");
    for (const YamlNode item : *items) {
      const Result<StatusRange> range = parse_status_range(item.text());
      if (range.ok()) {
        spec_.expected_status.push_back(range.value());
      } else {
        diagnostics_.error(item.place(), range.error());
      }
    }
  }
  const std::optional<std::string_view> body = fields_.text("bodyContains");
  if (body && body->empty()) {
    fields_.error("bodyContains",
                  "the text is empty; write what the body must contain, or leave "
                  "\"bodyContains\" out");
  } else if (body && body->size() > kMaxBodySearchBytes) {
    fields_.error("bodyContains", "the text is longer than the " +
                                      std::to_string(kMaxBodySearchBytes) +
                                      " octets that are searched");
  } else if (body) {
    spec_.body_contains = *body;
  }
}

void CheckReader::read_timing() {
  const std::int64_t built_in_ms = CheckSpec{}.timeout_ms;
  duration("interval", kMinIntervalMs, kMaxIntervalMs, spec_.interval_ms);
  duration("timeout", 1, kMaxIntervalMs, spec_.timeout_ms);
  duration("recheckInterval", kMinIntervalMs, kMaxIntervalMs, spec_.recheck_interval_ms);
  duration("holdDown", 0, kMaxHoldDownMs, spec_.hold_down_ms);
  if (spec_.timeout_ms <= spec_.interval_ms || part_ == Part::kDefaults) return;
  if (!fields_.has("timeout") && spec_.timeout_ms == built_in_ms) {
    spec_.timeout_ms = spec_.interval_ms;  // nobody asked for the 2 s
    return;
  }
  const std::string_view key = fields_.has("timeout") ? "timeout" : "interval";
  fields_.error(key, "the timeout of " + std::to_string(spec_.timeout_ms) +
                         "ms is longer than the interval of " + std::to_string(spec_.interval_ms) +
                         "ms; write a timeout of at most the interval");
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

void CheckReader::refuse_later_keys() {
  for (const std::string_view key : kLaterKeys) refuse(key, kNotYet);
}

// What only the whole of a check can tell.
void CheckReader::judge() {
  judge_keys();
  judge_address();
  if (port_of(spec_) == 0) {
    diagnostics_.error(fields_.place(),
                       "\"port\" is missing; a TCP check needs one, such as port: 443");
  }
  if (!spec_.body_contains.empty() && equal_ignoring_case(spec_.method, "HEAD")) {
    diagnostics_.error(fields_.place(),
                       "a reply to HEAD has no body for bodyContains; write method: GET");
  }
}

// A key that the type does not use is an error where it is written, not where it is inherited.
void CheckReader::judge_keys() {
  const bool tcp = spec_.type == CheckType::kTcp;
  const auto refuse_key = [&](std::string_view key, std::string_view types) {
    if (!fields_.has(key)) return;
    diagnostics_.error(fields_.key_place(key),
                       in_quotes(key) + " is for " + std::string(types) + " checks alone");
  };
  for (const std::string_view key : kHttpKeys) {
    if (tcp) refuse_key(key, "HTTP and HTTPS");
  }
  for (const std::string_view key : kHttpsKeys) {
    if (spec_.type != CheckType::kHttps) refuse_key(key, "HTTPS");
  }
}

void CheckReader::judge_address() {
  const std::optional<IpAddress> address = IpAddress::parse(spec_.address);
  if (!address || spec_.family == CheckFamily::kAny) return;
  if (address->is_v4() == (spec_.family == CheckFamily::kV4)) return;
  fields_.error("address",
                in_quotes(spec_.address) + " is not of the family that the check asks for");
}

// A check over `base`; none when it has an error.
std::optional<CheckSpec> read_check(YamlNode map, const CheckDefaults& base, Part part,
                                    Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  CheckSpec spec = CheckReader(map, base, part, diagnostics).read();
  if (diagnostics.error_count() > errors) return std::nullopt;
  return spec;
}

}  // namespace

CheckDefaults read_check_defaults(YamlNode map, const CheckDefaults& base,
                                  Diagnostics& diagnostics) {
  // A wrong type counts as given: it is one error, not one more in every check.
  const bool has_type = base.has_type || map.find("type").has_value();
  return {CheckReader(map, base, Part::kDefaults, diagnostics).read(), has_type};
}

std::vector<CheckSpec> read_checks(YamlNode list, const CheckDefaults& defaults,
                                   Diagnostics& diagnostics) {
  std::vector<CheckSpec> checks;
  if (!list.is_list()) {
    diagnostics.error(list.place(),
                      "write the checks as a list: - {id: london, address: 192.0.2.10}");
    return checks;
  }
  checks.reserve(list.size());
  for (const YamlNode item : list.items()) {
    std::optional<CheckSpec> check = read_check(item, defaults, Part::kListed, diagnostics);
    if (check) checks.push_back(std::move(*check));
  }
  return checks;
}

std::optional<CheckSpec> read_inline_check(YamlNode map, const CheckDefaults& defaults,
                                           Diagnostics& diagnostics) {
  return read_check(map, defaults, Part::kInline, diagnostics);
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
