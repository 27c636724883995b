#include "server/probe_report.h"

#include <optional>
#include <string_view>

#include "server/clock.h"
#include "server/control_json.h"

namespace rhumb {
namespace {

void write_report_text(JsonWriter& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.text(value);
}

void write_ms(JsonWriter& json, std::string_view key, std::optional<std::int64_t> us) {
  json.key(key);
  if (!us) return json.null();
  json.number(static_cast<double>(*us) / 1000.0);
}

void write_certificate(JsonWriter& json, const std::optional<Certificate>& certificate) {
  json.key("certificate");
  if (!certificate) return json.null();
  json.begin_object();
  write_report_text(json, "subject", certificate->subject);
  write_report_text(json, "issuer", certificate->issuer);
  json.key("expires");
  if (certificate->expires_s) {
    json.text(to_rfc3339(*certificate->expires_s * 1000));
  } else {
    json.null();
  }
  json.end_object();
}

void write_addresses(JsonWriter& json, const ProbeReport& report) {
  json.key("addresses");
  json.begin_array();
  for (const IpAddress& address : report.addresses) json.text(to_string(address));
  json.end_array();
  json.key("address");
  if (report.result.address) {
    json.text(to_string(*report.result.address));
  } else {
    json.null();
  }
}

std::string_view verdict_of(const ProbeResult& result) {
  if (!result.counts) return "noData";
  return result.ok ? "healthy" : "unhealthy";
}

}  // namespace

void write_probe_report(JsonWriter& json, const ProbeReport& report, std::int64_t at_ms) {
  json.begin_object();
  write_report_text(json, "id", report.spec->id);
  write_report_text(json, "type", to_string(report.spec->type));
  write_report_text(json, "at", to_rfc3339(at_ms));
  write_addresses(json, report);
  write_ms(json, "connectMs", report.details.times.connect_us);
  write_ms(json, "tlsMs", report.details.times.tls_us);
  write_ms(json, "firstByteMs", report.details.times.first_byte_us);
  write_ms(json, "durationMs", report.duration_us);
  write_certificate(json, report.details.certificate);
  json.key("status");
  if (report.result.status > 0) {
    json.whole(report.result.status);
  } else {
    json.null();
  }
  write_report_text(json, "body", report.details.body);
  write_report_text(json, "verdict", verdict_of(report.result));
  write_report_text(json, "reason", report.result.reason);
  json.end_object();
}

}  // namespace rhumb
