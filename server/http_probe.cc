#include "server/http_probe.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace rhumb {
namespace {

bool is_expected(const CheckSpec& spec, int status) {
  return std::ranges::any_of(spec.expected_status, [status](const StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

std::string describe(const std::vector<StatusRange>& ranges) {
  std::string text;
  for (const StatusRange& range : ranges) {
    if (!text.empty()) text += ", ";
    text += std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text;
}

bool same_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

bool names_header(const CheckSpec& spec, std::string_view name) {
  return std::ranges::any_of(
      spec.headers, [name](const auto& header) { return same_ignoring_case(header.first, name); });
}

bool sends_body(const CheckSpec& spec) {
  return spec.method == "POST" || spec.method == "PUT" || spec.method == "PATCH";
}

}  // namespace

TransferRequest plain_request(const CheckSpec& spec, const IpAddress& address, Patience patience) {
  TransferRequest request;
  request.address = address;
  request.port = port_of(spec);
  request.timeout_ms = patience.timeout_ms;
  request.connect_timeout_ms = patience.connect_timeout_ms;
  return request;
}

std::string url_name(const CheckSpec& spec) {
  if (!spec.host.empty()) return spec.host;
  return IpAddress::parse(spec.address) ? "" : spec.address;
}

std::vector<std::string> header_lines(const CheckSpec& spec) {
  std::vector<std::string> lines;
  if (!spec.host.empty() && !names_header(spec, "Host")) lines.push_back("Host: " + spec.host);
  for (const auto& [name, value] : spec.headers) {
    lines.push_back(value.empty() ? name + ";"
                                  : name + ": " + value);  // `;` is curl's for an empty value
  }
  return lines;
}

TransferRequest http_request(const CheckSpec& spec, const IpAddress& address, Patience patience) {
  TransferRequest request = plain_request(spec, address, patience);
  request.scheme = spec.type == CheckType::kHttps ? Scheme::kHttps : Scheme::kHttp;
  request.name = url_name(spec);
  request.path = spec.path;
  request.method = spec.method;
  request.headers = header_lines(spec);
  if (sends_body(spec) && !names_header(spec, "Content-Length")) {
    request.headers.insert(request.headers.begin(), "Content-Length: 0");
  }
  request.verify_tls = spec.verify_tls;
  request.ca_file = spec.ca_file;
  request.body_limit = spec.body_contains.empty() ? 0 : kMaxBodySearchBytes;
  request.body_until = spec.body_contains;
  request.reuse = spec.keep_alive;
  return request;
}

ProbeResult judge_http(const CheckSpec& spec, const TransferResult& transfer) {
  const int status = transfer.status;
  if (status >= 200 && !is_expected(spec, status)) {
    return failed(
        "status " + std::to_string(status) + ", expected " + describe(spec.expected_status),
        status);
  }
  if (transfer.end != TransferEnd::kDone) return failed(explain_end(spec, transfer), status);
  if (transfer.body.find(spec.body_contains) == std::string::npos) {
    return failed("body does not contain \"" + spec.body_contains + "\"", status);
  }
  return succeeded("status " + std::to_string(status), status);
}

TransferRequest tcp_request(const CheckSpec& spec, const IpAddress& address, Patience patience) {
  TransferRequest request = plain_request(spec, address, patience);
  request.scheme = Scheme::kTcp;
  return request;
}

ProbeResult judge_tcp(const CheckSpec& spec, const TransferResult& transfer) {
  if (transfer.end != TransferEnd::kDone) return failed(explain_end(spec, transfer));
  return succeeded("connected");
}

}  // namespace rhumb
