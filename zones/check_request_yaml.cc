#include "zones/check_request_yaml.h"

#include <optional>
#include <string>
#include <utility>

#include "text/scalar.h"
#include "zones/check_fields.h"
#include "zones/check_file.h"
#include "zones/check_text.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

void read_headers(Fields& fields, CheckSpec& spec, Diagnostics& diagnostics) {
  const std::optional<YamlNode> map = fields.map("headers");
  if (!map) return;
  if (map->size() > kMaxCheckHeaders) {
    return fields.error("headers",
                        "there are more than " + std::to_string(kMaxCheckHeaders) + " headers");
  }
  spec.headers.clear();
  for (const YamlEntry entry : map->entries()) {
    const auto value = text_of(entry.value, entry.key.text(), diagnostics);
    Result<std::string> name = parse_header_name(entry.key.text());
    if (!name.ok()) diagnostics.error(entry.key.place(), name.error());
    if (!value || !name.ok()) continue;
    Result<std::string> text = parse_line(*value);
    if (!text.ok()) {
      diagnostics.error(entry.value.place(), text.error());
    } else {
      spec.headers.emplace_back(std::move(name).value(), std::move(text).value());
    }
  }
}

void read_tls(Fields& fields, CheckSpec& spec) {
  spec.tls = fields.boolean("tls").value_or(spec.tls);
  spec.verify_tls = fields.boolean("verifyTls").value_or(spec.verify_tls);
  take_file(fields, "caFile", why_unreadable, spec.ca_file);
  spec.min_days_left = fields.whole("minDaysLeft", 0, kMaxDaysLeft).value_or(spec.min_days_left);
}

void read_statuses(Fields& fields, CheckSpec& spec, Diagnostics& diagnostics) {
  const auto items = fields.texts("expectedStatus", ListForm::kListOrOne);
  if (!items) return;
  spec.expected_status.clear();
  if (items->empty()) fields.error("expectedStatus", "the list is empty; write 200-399");
  for (const YamlNode item : *items) {
    const Result<StatusRange> range = parse_status_range(item.text());
    if (range.ok()) {
      spec.expected_status.push_back(range.value());
    } else {
      diagnostics.error(item.place(), range.error());
    }
  }
}

void read_body(Fields& fields, CheckSpec& spec) {
  const std::optional<std::string_view> body = fields.text("bodyContains");
  if (!body) return;
  if (body->empty()) {
    fields.error("bodyContains",
                 "the text is empty; write what the body must contain, or leave \"bodyContains\" "
                 "out");
  } else if (body->size() > kMaxBodySearchBytes) {
    fields.error("bodyContains", "the text is longer than the " +
                                     std::to_string(kMaxBodySearchBytes) +
                                     " octets that are searched");
  } else {
    spec.body_contains = *body;
  }
}

}  // namespace

void read_check_request(Fields& fields, CheckSpec& spec, Diagnostics& diagnostics) {
  take_text(fields, "host", parse_check_host, spec.host);
  take_text(fields, "path", parse_check_path, spec.path);
  take_text(fields, "method", parse_method, spec.method);
  read_headers(fields, spec, diagnostics);
  read_tls(fields, spec);
  spec.keep_alive = fields.boolean("keepAlive").value_or(spec.keep_alive);
  read_statuses(fields, spec, diagnostics);
  read_body(fields, spec);
}

void judge_check_request(const Fields& fields, const CheckSpec& spec, Diagnostics& diagnostics) {
  if (spec.body_contains.empty() || !equal_ignoring_case(spec.method, "HEAD")) return;
  diagnostics.error(fields.place(),
                    "a reply to HEAD has no body for bodyContains; write method: GET");
}

void judge_unused_tls(Fields& fields, const CheckSpec& spec, std::string_view hint,
                      Diagnostics& diagnostics) {
  if (spec.tls) return;
  const std::string text = "is for connections over TLS; " + std::string(hint);
  refuse_key(fields, "verifyTls", text, diagnostics);
  refuse_key(fields, "caFile", text, diagnostics);
}

}  // namespace rhumb
