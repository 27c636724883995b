#include "server/prometheus_reply.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "text/json.h"
#include "text/quote.h"

namespace rhumb {
namespace {

// https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
std::optional<double> parse_value(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || behind != end) return std::nullopt;
  return value;
}

// As it stands if it is a name of Prometheus's own.
std::string name_of(const std::string& name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return name.find_first_not_of(kLetters) == std::string::npos ? name : in_quotes(name);
}

std::string labels_of(const JsonValue& metric) {
  std::string text;
  for (std::size_t i = 0; i < metric.names().size(); ++i) {
    text += (text.empty() ? "{" : ", ") + name_of(metric.names()[i]) + "=";
    text += in_quotes(metric.items()[i].text());
  }
  return text.empty() ? text : text + "}";
}

// [time, "value"]
Result<MetricValue> value_of(const JsonValue& pair, std::string labels) {
  const bool is_pair = pair.kind() == JsonKind::kArray && pair.items().size() == 2;
  const std::string_view text = is_pair ? pair.items()[1].text() : std::string_view();
  const auto value = parse_value(text);
  if (!value) return Error{"the reply holds no number where one belongs"};
  return MetricValue{*value, std::string(text), std::move(labels)};
}

Result<std::vector<MetricValue>> values_of(const JsonValue& data) {
  const std::string_view type = data["resultType"].text();
  const JsonValue& result = data["result"];
  std::vector<MetricValue> values;
  if (type == "scalar") {
    Result<MetricValue> value = value_of(result, "");
    if (!value.ok()) return Error{value.error()};
    values.push_back(std::move(value).value());
    return values;
  }
  if (type != "vector") {
    return Error{"the query gives a " + in_quotes(type) + ", not a vector or scalar"};
  }
  for (const JsonValue& element : result.items()) {
    Result<MetricValue> value = value_of(element["value"], labels_of(element["metric"]));
    if (!value.ok()) return Error{value.error()};
    values.push_back(std::move(value).value());
  }
  return values;
}

}  // namespace

Result<std::vector<MetricValue>> parse_prometheus_reply(std::string_view json) {
  if (json.size() > kMaxPrometheusReplyBytes) return Error{"the reply is too long"};
  const Result<JsonValue> reply = parse_json(json);
  if (!reply.ok()) return Error{"the reply is no JSON"};
  const JsonValue& whole = reply.value();
  if (whole["status"].text() == "error") {
    return Error{"the query failed: " + in_quotes(whole["error"].text())};
  }
  if (whole["status"].text() != "success") return Error{"the reply is not of a query API"};
  return values_of(whole["data"]);
}

}  // namespace rhumb
