#include "zones/check_metric_yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "text/blanks.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/check_fields.h"
#include "zones/check_request_yaml.h"
#include "zones/check_text.h"
#include "zones/check_yaml.h"
#include "zones/presentation.h"

namespace rhumb {
namespace {

constexpr Named<OnNoData> kOnNoData[] = {{"healthy", OnNoData::kHealthy},
                                         {"unhealthy", OnNoData::kUnhealthy},
                                         {"lastKnown", OnNoData::kLastKnown}};

// The longer of two that begin alike comes first.
constexpr Named<Comparison> kComparisons[] = {
    {"<=", Comparison::kLessOrEqual},    {"<", Comparison::kLess},
    {"==", Comparison::kEqual},          {"!=", Comparison::kNotEqual},
    {">=", Comparison::kGreaterOrEqual}, {">", Comparison::kGreater}};

constexpr std::string_view kApiPath = "/api/v1/query";

struct Condition {
  Comparison comparison;
  double limit;
};

Result<Condition> parse_condition(std::string_view text) {
  const std::string_view trimmed = trim_blanks(text);
  const auto* const sign =
      std::find_if(std::begin(kComparisons), std::end(kComparisons),
                   [&](const auto& known) { return trimmed.starts_with(known.name); });
  const Error wrong{in_quotes(text) +
                    " is no condition; write one of < <= == != >= > and a number, such as "
                    "\"< 0.001\""};
  if (sign == std::end(kComparisons)) return wrong;
  const std::string_view number = trim_blanks(trimmed.substr(sign->name.size()));
  double limit = 0;
  const char* const behind = number.data() + number.size();
  const auto [end, code] = std::from_chars(number.data(), behind, limit);
  if (end != behind || code != std::errc() || !std::isfinite(limit)) return wrong;
  return Condition{sign->value, limit};
}

Result<std::string> parse_query(std::string_view text) {
  const auto is_bad = [](char c) {
    return (c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
  };
  if (text.size() > kMaxMetricQuery) {
    return Error{"the query is longer than " + std::to_string(kMaxMetricQuery) +
                 " octets; record it under a name of its own and write that"};
  }
  if (trim_blanks(text).empty()) return Error{"the query is empty; write it in PromQL"};
  if (std::any_of(text.begin(), text.end(), is_bad)) {
    return Error{in_quotes(text) + " has a control character; write it without"};
  }
  return std::string(text);
}

struct MetricUrl {
  bool tls = false;
  std::string address;
  std::uint16_t port = 0;
  std::string path;  // without a final slash; empty: none
};

Error wrong_url(std::string_view text, std::string_view hint) {
  return {in_quotes(text) + " is no URL of a query API; " + std::string(hint)};
}

// ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.
std::optional<Error> parse_authority(std::string_view text, MetricUrl& url) {
  const bool in_brackets = text.starts_with('[');
  const std::size_t close = in_brackets ? text.find(']') : 0;
  if (close == std::string_view::npos) return Error{in_quotes(text) + " has no closing bracket"};
  const std::size_t colon = std::min(text.find(':', close), text.size());
  std::string_view host = text.substr(0, colon);
  if (in_brackets) host = text.substr(1, close - 1);
  if (in_brackets && (colon != close + 1 && close + 1 != text.size())) {
    return Error{in_quotes(text) + " is no address; write [ADDRESS]:PORT"};
  }
  Result<std::string> address = parse_check_address(host);
  if (!address.ok()) return Error{address.error()};
  url.address = std::move(address).value();
  if (colon == text.size()) return std::nullopt;
  const Result<std::int64_t> port = parse_whole(text.substr(colon + 1), 1, 65535);
  if (!port.ok()) return Error{"as a port, " + port.error()};
  url.port = static_cast<std::uint16_t>(port.value());
  return std::nullopt;
}

std::optional<Error> parse_prefix(std::string_view text, MetricUrl& url) {
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  if (text.find_first_of("?#") != std::string_view::npos) {
    return wrong_url(text, "write it without ? and #, and the query as query:");
  }
  if (text.ends_with(kApiPath)) {
    return wrong_url(text, "write it without " + std::string(kApiPath) + ", which is added");
  }
  Result<std::string> path = parse_check_path(text);
  if (!path.ok()) return Error{path.error()};
  url.path = std::move(path).value();
  return std::nullopt;
}

Result<MetricUrl> parse_url(std::string_view text) {
  MetricUrl url;
  if (text.size() > kMaxCheckText) return wrong_url(text, "it is too long; write a shorter one");
  const std::size_t scheme = std::min(text.find("://"), text.size());
  url.tls = equal_ignoring_case(text.substr(0, scheme), "https");
  url.port = url.tls ? 443 : 80;
  if (scheme == text.size() || !(url.tls || equal_ignoring_case(text.substr(0, scheme), "http"))) {
    return wrong_url(text, "write one such as http://192.0.2.9:9090");
  }
  const std::string_view rest = text.substr(scheme + 3);
  const std::size_t behind = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, behind);
  if (authority.find('@') != std::string_view::npos) {  // a secret that no message may show
    return Error{
        "the URL has a user in it; write tokenFile, or an Authorization header under headers"};
  }
  if (const auto error = parse_authority(authority, url)) return *error;
  if (const auto error = parse_prefix(rest.substr(behind), url)) return *error;
  return url;
}

// Checked when it is read, taken apart when the check is whole.
Result<std::string> parse_url_text(std::string_view text) {
  const Result<MetricUrl> url = parse_url(text);
  if (!url.ok()) return Error{url.error()};
  return std::string(text);
}

void apply(const MetricUrl& url, CheckSpec& spec) {
  spec.tls = url.tls;
  spec.address = url.address;
  spec.port = url.port;
  spec.path = url.path;
  spec.host = url.address;
}

bool has_authorization(const CheckSpec& spec) {
  return std::any_of(spec.headers.begin(), spec.headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "Authorization");
  });
}

}  // namespace

void read_metric_query(Fields& fields, MetricExpectation& metric) {
  take_text(fields, "query", parse_query, metric.query);
}

void read_metric_expectation(Fields& fields, CheckDefaults& check) {
  take_text(fields, "url", parse_url_text, check.url);
  MetricExpectation& metric = check.spec.metric;
  if (const std::optional<std::string_view> text = fields.text("condition")) {
    const Result<Condition> condition = parse_condition(*text);
    if (!condition.ok()) fields.error("condition", condition.error());
    if (condition.ok()) metric.comparison = condition.value().comparison;
    if (condition.ok()) metric.limit = condition.value().limit;
    check.has_condition = true;
  }
  metric.on_no_data = fields.one_of("onNoData", kOnNoData).value_or(metric.on_no_data);
}

void judge_metric(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics) {
  CheckSpec& spec = check.spec;
  if (check.url.empty() && !fields.has("url")) {
    report_missing(fields, "url", "http://192.0.2.9:9090", diagnostics);
  }
  if (spec.metric.query.empty() && !fields.has("query")) {
    report_missing(fields, "query", "up", diagnostics);
  }
  if (!check.has_condition) report_missing(fields, "condition", "\"< 0.001\"", diagnostics);
  if (!spec.token_file.empty() && has_authorization(spec)) {
    fields.error("tokenFile",
                 "the token and an Authorization header are two logins; write one of them");
  }
  const Result<MetricUrl> url = parse_url(check.url);
  if (!url.ok()) return;  // reported where it is written
  apply(url.value(), spec);
  judge_unused_tls(fields, spec, "write a url that begins with https://", diagnostics);
}

}  // namespace rhumb
