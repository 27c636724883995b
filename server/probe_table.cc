#include "server/probe_table.h"

#include <cstdio>
#include <string_view>

#include "server/clock.h"

namespace rhumb {
namespace {

// "1.5 ms"
std::string milliseconds_of(const JsonValue& value) {
  constexpr std::size_t kMaxNumberBytes = 64;
  std::string text(kMaxNumberBytes, '\0');
  const int size = std::snprintf(text.data(), text.size(), "%.1f ms", value.number());
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string certificate_of(const JsonValue& certificate, std::int64_t now_ms) {
  std::string text = text_of(certificate["subject"]) + ", by " + text_of(certificate["issuer"]);
  const auto expires_ms = parse_rfc3339(certificate["expires"].text());
  if (!expires_ms) return text;
  text += ", valid until " + date_of(certificate["expires"]);
  return text + (*expires_ms > now_ms
                     ? ", for " + to_short_time_left(*expires_ms - now_ms) + " more"
                     : ", expired");
}

}  // namespace

std::string probe_table(const JsonValue& report, std::int64_t now_ms, Colour colour) {
  const bool is_healthy = report["verdict"].text() == "healthy";
  Rows rows = {{"check", text_of(report["id"]) + ", " + text_of(report["type"])}};
  const auto add_time = [&](const char* what, const char* key) {
    if (!report[key].is_null()) rows.push_back({what, milliseconds_of(report[key])});
  };
  if (!report["addresses"].items().empty())
    rows.push_back({"addresses", list_of(report["addresses"])});
  if (!report["address"].is_null()) rows.push_back({"asked", text_of(report["address"])});
  add_time("connected in", "connectMs");
  add_time("TLS in", "tlsMs");
  add_time("first byte in", "firstByteMs");
  add_time("all in", "durationMs");
  if (!report["certificate"].is_null()) {
    rows.push_back({"certificate", certificate_of(report["certificate"], now_ms)});
  }
  if (!report["status"].is_null()) rows.push_back({"status", whole_text(report["status"])});
  if (!report["body"].text().empty()) rows.push_back({"begins", text_of(report["body"])});
  rows.push_back({"verdict",
                  {text_of(report["verdict"]) + ": " + text_of(report["reason"]),
                   is_healthy ? Paint::kNone : Paint::kRed}});
  return in_columns(rows, colour);
}

}  // namespace rhumb
