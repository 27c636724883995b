#include "server/prometheus_probe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "server/http_probe.h"
#include "server/prometheus_reply.h"
#include "text/percent.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxLabelsShown = 200;

bool meets(const MetricExpectation& wanted, double value) {
  switch (wanted.comparison) {
    case Comparison::kLess:
      return value < wanted.limit;
    case Comparison::kLessOrEqual:
      return value <= wanted.limit;
    case Comparison::kEqual:
      return value == wanted.limit;
    case Comparison::kNotEqual:
      return value != wanted.limit;
    case Comparison::kGreaterOrEqual:
      return value >= wanted.limit;
    case Comparison::kGreater:
      return value > wanted.limit;
  }
  return false;
}

// "< 0.001"
std::string condition_of(const MetricExpectation& wanted) {
  constexpr std::array<std::string_view, 6> kSigns = {"<", "<=", "==", "!=", ">=", ">"};
  std::array<char, 32> digits{};
  const auto [end, code] =
      std::to_chars(digits.data(), digits.data() + digits.size(), wanted.limit);
  const std::string_view limit(digits.data(), static_cast<std::size_t>(end - digits.data()));
  return std::string(kSigns.at(static_cast<std::size_t>(wanted.comparison))) + " " +
         std::string(code == std::errc() ? limit : "");
}

std::string labels_shown(const MetricValue& value) {
  if (value.labels.empty()) return "";
  std::string labels = " of " + std::string(cut(value.labels, kMaxLabelsShown));
  if (value.labels.size() > kMaxLabelsShown) labels += "…";
  return labels;
}

ProbeResult judge_values(const CheckSpec& spec, const std::vector<MetricValue>& values,
                         int status) {
  const std::string condition = condition_of(spec.metric);
  const auto is_bad = [&](const MetricValue& value) { return !meets(spec.metric, value.value); };
  const auto bad = std::ranges::find_if(values, is_bad);
  const std::string all = std::to_string(values.size());
  if (bad == values.end()) {
    if (values.size() == 1)
      return succeeded("value " + values[0].text + " is " + condition, status);
    return succeeded("all " + all + " values are " + condition, status);
  }
  std::string reason = "value " + bad->text + labels_shown(*bad) + ", wanted " + condition;
  const auto count = std::ranges::count_if(values, is_bad);
  if (values.size() > 1) reason += "; so " + std::to_string(count) + " of " + all + " values";
  return failed(std::move(reason), status);
}

}  // namespace

TransferRequest prometheus_request(const CheckSpec& spec, const IpAddress& address,
                                   Patience patience, std::string_view token) {
  TransferRequest request = plain_request(spec, address, patience);
  request.scheme = spec.tls ? Scheme::kHttps : Scheme::kHttp;
  request.name = url_name(spec);
  request.path = (spec.path == "/" ? "" : spec.path) + "/api/v1/query";
  request.headers = header_lines(spec);
  if (!token.empty()) request.headers.push_back("Authorization: Bearer " + std::string(token));
  request.verify_tls = spec.verify_tls;
  request.ca_file = spec.ca_file;
  request.whole = true;
  request.body_limit = kMaxPrometheusReplyBytes;
  const std::string form = "query=" + percent_encoded(spec.metric.query);
  if (request.path.size() + form.size() < kMaxQueryInUrl) {
    request.path += "?" + form;
  } else {
    request.method = "POST";
    request.data = form;
  }
  return request;
}

ProbeResult judge_prometheus(const CheckSpec& spec, const TransferResult& transfer) {
  const int status = transfer.status;
  if (transfer.end != TransferEnd::kDone) return no_data(spec, explain_end(spec, transfer), status);
  Result<std::vector<MetricValue>> values = parse_prometheus_reply(transfer.body);
  if (status < 200 || status > 299) {
    const std::string why = values.ok() ? ", though its body says success" : ": " + values.error();
    return no_data(spec, "status " + std::to_string(status) + why, status);
  }
  if (!values.ok()) return no_data(spec, values.error(), status);
  std::vector<MetricValue> numbers = std::move(values).value();
  const bool any = !numbers.empty();
  std::erase_if(numbers, [](const MetricValue& value) { return std::isnan(value.value); });
  if (numbers.empty()) {
    return no_data(spec, any ? "the query gives NaN" : "the query gives an empty vector", status);
  }
  return judge_values(spec, numbers, status);
}

ProbeResult no_data(const CheckSpec& spec, std::string_view why, int status) {
  const std::string reason = "no data: " + std::string(why);
  switch (spec.metric.on_no_data) {
    case OnNoData::kHealthy:
      return succeeded(reason + "; onNoData: healthy", status);
    case OnNoData::kUnhealthy:
      return failed(reason + "; onNoData: unhealthy", status);
    case OnNoData::kLastKnown:
      break;
  }
  ProbeResult result = without_data(why);
  result.status = status;
  return result;
}

}  // namespace rhumb
