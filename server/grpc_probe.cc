#include "server/grpc_probe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "server/grpc_health.h"
#include "server/http_probe.h"
#include "text/percent.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr std::array<std::string_view, 17> kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
constexpr std::size_t kNotFound = 5;
constexpr std::size_t kUnimplemented = 12;

// The last header or trailer of this name, which is of lower case, as all are in HTTP/2.
std::optional<std::string_view> header_of(std::string_view headers, std::string_view name) {
  std::optional<std::string_view> found;
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find('\n'), headers.size() - 1);
    std::string_view line = headers.substr(0, end);
    headers.remove_prefix(end + 1);
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    line.remove_prefix(name.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    found = line;
  }
  return found;
}

std::string service_of(const CheckSpec& spec) {
  return spec.service.empty() ? "" : " for " + in_quotes(spec.service);
}

ProbeResult judge_serving(const CheckSpec& spec, std::string_view body) {
  const Result<Serving> serving = parse_grpc_health(body);
  if (!serving.ok()) {
    return failed("the reply is no HealthCheckResponse: " + serving.error(), 200);
  }
  switch (serving.value()) {
    case Serving::kServing:
      return succeeded("SERVING", 200);
    case Serving::kNotServing:
      return failed("NOT_SERVING" + service_of(spec), 200);
    case Serving::kUnknown:
      return failed("UNKNOWN: the server does not know its health" + service_of(spec), 200);
    case Serving::kServiceUnknown:
      return failed("SERVICE_UNKNOWN: the server knows no service " + in_quotes(spec.service), 200);
  }
  const auto number = static_cast<std::uint64_t>(serving.value());
  return failed("serving status " + std::to_string(number) + ", which is none of grpc.health.v1",
                200);
}

// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
ProbeResult judge_code(const CheckSpec& spec, const TransferResult& transfer,
                       std::string_view code) {
  std::size_t number = kCodes.size();
  std::from_chars(code.data(), code.data() + code.size(), number);
  if (number == 0) return judge_serving(spec, transfer.body);
  if (number == kNotFound) {
    return failed("NOT_FOUND: the server knows no service " + in_quotes(spec.service), 200);
  }
  if (number == kUnimplemented) {
    return failed("UNIMPLEMENTED: the server has no grpc.health.v1.Health", 200);
  }
  std::string reason =
      number < kCodes.size() ? std::string(kCodes.at(number)) : "grpc-status " + in_quotes(code);
  const auto message = header_of(transfer.headers, "grpc-message");  // percent-encoded
  if (message && !message->empty()) reason += ": " + in_quotes(percent_decoded(*message));
  return failed(std::move(reason), 200);
}

}  // namespace

TransferRequest grpc_request(const CheckSpec& spec, const IpAddress& address, Patience patience) {
  TransferRequest request = plain_request(spec, address, patience);
  request.scheme = spec.tls ? Scheme::kHttps : Scheme::kHttp;
  request.name = url_name(spec);
  request.path = "/grpc.health.v1.Health/Check";
  request.method = "POST";
  request.headers = {"Content-Type: application/grpc", "TE: trailers",
                     "Accept:", "grpc-timeout: " + std::to_string(patience.timeout_ms) + "m"};
  request.verify_tls = spec.verify_tls;
  request.ca_file = spec.ca_file;
  request.data = grpc_health_request(spec.service);
  request.http2 = true;
  request.keep_headers = true;
  request.whole = true;
  request.body_limit = kMaxGrpcReplyBytes;
  return request;
}

ProbeResult judge_grpc(const CheckSpec& spec, const TransferResult& transfer) {
  const int status = transfer.status;
  if (status >= 200 && transfer.http_version == 1) {
    return failed("the reply is not HTTP/2", status);
  }
  if (status >= 200 && status != 200) {
    return failed("status " + std::to_string(status) + ", expected 200", status);
  }
  if (transfer.end != TransferEnd::kDone) return failed(explain_end(spec, transfer), status);
  const auto type = header_of(transfer.headers, "content-type");
  if (!type || !type->starts_with("application/grpc")) {
    return failed("the reply is not gRPC: its content-type is " + in_quotes(type.value_or("")),
                  status);
  }
  const auto code = header_of(transfer.headers, "grpc-status");
  if (!code) return failed("the reply ends without grpc-status: there are no trailers", status);
  return judge_code(spec, transfer, *code);
}

}  // namespace rhumb
