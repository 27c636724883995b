#include "server/tls_probe.h"

#include <string>

#include "server/certificate_time.h"
#include "server/http_probe.h"

namespace rhumb {
namespace {

constexpr std::int64_t kDayS = 86'400;

std::string days(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

}  // namespace

TransferRequest tls_request(const CheckSpec& spec, const IpAddress& address, Patience patience) {
  TransferRequest request = plain_request(spec, address, patience);
  request.scheme = Scheme::kTls;
  request.name = url_name(spec);
  request.verify_tls = spec.verify_tls;
  request.ca_file = spec.ca_file;
  request.certificate = true;
  return request;
}

ProbeResult judge_tls(const CheckSpec& spec, const TransferResult& transfer, std::int64_t now_s) {
  if (transfer.end != TransferEnd::kDone) return failed(explain_end(spec, transfer));
  if (!transfer.certificate || !transfer.certificate->expires_s) {
    if (spec.min_days_left > 0) return failed("the certificate does not say when it expires");
    return succeeded("TLS handshake done");
  }
  const std::int64_t expires_s = *transfer.certificate->expires_s;
  const std::int64_t left_s = expires_s - now_s;
  const std::string date = to_date(expires_s);
  const std::string wanted = "; " + std::to_string(spec.min_days_left) +
                             (spec.min_days_left == 1 ? " is wanted" : " are wanted");
  if (left_s < 0) {
    return failed("certificate expired on " + date + (spec.min_days_left > 0 ? wanted : ""));
  }
  if (left_s / kDayS < spec.min_days_left) {
    return failed("certificate expires in " + days(left_s / kDayS) + ", on " + date + wanted);
  }
  return succeeded("certificate is valid for " + days(left_s / kDayS) + ", until " + date);
}

}  // namespace rhumb
