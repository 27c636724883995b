#include "server/tables.h"

#include <algorithm>
#include <optional>

#include "server/clock.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::size_t kDateSize = 10;  // of 2026-11-20T10:00:00.123Z

using Rows = std::vector<std::vector<std::string>>;

std::string text_of(const JsonValue& value) { return std::string(value.text()); }

std::int64_t whole_of(const JsonValue& value) { return value.whole().value_or(0); }

std::string whole_text(const JsonValue& value) { return std::to_string(whole_of(value)); }

// "3m12s" since a time in the reply; "-" when there is none.
std::string age(const JsonValue& time, std::int64_t now_ms) {
  const std::optional<std::int64_t> then_ms = parse_rfc3339(time.text());
  if (!then_ms) return "-";
  return to_short_duration(std::max<std::int64_t>(now_ms - *then_ms, 0));
}

std::string seconds_text(const JsonValue& seconds) {
  return to_short_duration(static_cast<std::int64_t>(seconds.number() * 1000));
}

std::string joined(const JsonValue& texts) {
  std::string all;
  for (const JsonValue& item : texts.items()) {
    if (!all.empty()) all += ", ";
    all += item.text();
  }
  return all;
}

// A terminal does what control characters say, and some of this text comes from other machines.
std::string harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(utf8_size(text), 1);
    out += control_size(text) > 0 ? "?" : text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (; !text.empty(); ++width) text.remove_prefix(std::max<std::size_t>(utf8_size(text), 1));
  return width;
}

std::vector<std::size_t> widths_of(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  return widths;
}

// The last result's reason, and why the check is unhealthy in spite of it.
std::string result_of(const JsonValue& check) {
  const JsonValue& last = check["lastProbe"];
  if (last.is_null()) return "-";
  const std::string reason = text_of(last["reason"]);
  return check["holds"].is_null() ? reason : reason + "; " + text_of(check["holds"]);
}

std::vector<std::string> check_row(const JsonValue& check, std::int64_t now_ms) {
  const JsonValue& last = check["lastProbe"];
  const bool probed = !last.is_null();
  return {text_of(check["id"]),
          text_of(check["type"]),
          text_of(check["state"]),
          age(check["since"], now_ms),
          probed ? age(last["at"], now_ms) + " ago" : "never",
          result_of(check)};
}

std::string last_reload(const JsonValue& reload, std::int64_t now_ms) {
  if (reload.is_null()) return "none since the start";
  const std::string when =
      age(reload["at"], now_ms) + " ago, took " + seconds_text(reload["seconds"]);
  if (reload["ok"].boolean()) return "done " + when;
  const auto errors = static_cast<std::uint64_t>(whole_of(reload["errorCount"]));
  return "refused " + when + ", " + counted(errors, "error");
}

std::string listed(const JsonValue& texts) {
  std::string lines;
  for (const JsonValue& item : texts.items()) lines += "  " + harmless(item.text()) + "\n";
  return lines;
}

std::vector<std::string> group_row(const JsonValue& group) {
  return {"  " + text_of(group["name"]), text_of(group["type"]), text_of(group["policy"]),
          whole_text(group["alive"]) + " of " + whole_text(group["sets"]) + " alive"};
}

std::string step_table(const JsonValue& step) {
  const std::string policy = text_of(step["policy"]);
  std::string text =
      harmless(text_of(step["name"]) + " " + text_of(step["type"]) +
               (policy.empty() ? "" : ", " + policy) + ": " + text_of(step["outcome"])) +
      "\n";
  if (step["candidates"].items().empty()) return text;
  Rows rows = {{"  ", "ORDER", "SET", "FOR", "ALIVE", "REASON"}};
  for (const JsonValue& set : step["candidates"].items()) {
    rows.push_back({set["chosen"].boolean() ? "->" : "  ",
                    set["order"].is_null() ? "-" : whole_text(set["order"]),
                    text_of(set["setIdentifier"]), text_of(set["for"]),
                    set["alive"].boolean() ? "yes" : "no", text_of(set["reason"])});
  }
  return text + in_columns(rows);
}

}  // namespace

std::string status_table(const JsonValue& status, std::int64_t now_ms) {
  const JsonValue& checks = status["checks"];
  Rows rows = {
      {"version", text_of(status["version"])},
      {"process", whole_text(status["pid"])},
      {"started", text_of(status["startedAt"])},
      {"running for", seconds_text(status["uptimeSeconds"])},
      {"ready", status["ready"].boolean() ? "yes" : "no"},
      {"listening on", joined(status["listen"])},
      {"workers", whole_text(status["workers"])},
      {"zones", whole_text(status["zones"]) + " with " +
                    counted(static_cast<std::uint64_t>(whole_of(status["records"])), "record")},
      {"checks", whole_text(checks["healthy"]) + " healthy, " + whole_text(checks["unhealthy"]) +
                     " unhealthy, " + whole_text(checks["unknown"]) +
                     " unknown (counted as healthy)"},
      {"generation", whole_text(status["generation"])},
      {"last reload", last_reload(status["lastReload"], now_ms)}};
  for (const JsonValue& database : status["databases"].items()) {
    rows.push_back(
        {"database",
         text_of(database["type"]) + " built " + text_of(database["builtAt"]).substr(0, kDateSize) +
             ", " + counted(static_cast<std::uint64_t>(whole_of(database["networks"])), "network") +
             ", " + text_of(database["file"])});
  }
  if (!status["databaseError"].is_null()) {
    rows.push_back(
        {"WARNING", "a changed database is refused: " + text_of(status["databaseError"])});
  }
  if (status["restartWouldFail"].boolean()) {
    rows.push_back({"WARNING", "a restart would fail: the files on disk have errors"});
  }
  return in_columns(rows) + listed(status["lastReload"]["errors"]);
}

std::string checks_table(const JsonValue& checks, std::int64_t now_ms) {
  Rows rows = {{"ID", "TYPE", "STATE", "SINCE", "PROBED", "RESULT"}};
  for (const JsonValue& check : checks.items()) rows.push_back(check_row(check, now_ms));
  return in_columns(rows);
}

std::string check_table(const JsonValue& check, std::int64_t now_ms) {
  const JsonValue& last = check["lastProbe"];
  Rows rows = {{"id", text_of(check["id"])},
               {"type", text_of(check["type"])},
               {"state", text_of(check["state"]) + " for " + age(check["since"], now_ms)},
               {"measured", text_of(check["measured"])},
               {"consecutive", whole_text(check["consecutive"]) + " alike"}};
  const JsonValue& labels = check["labels"];
  for (std::size_t i = 0; i < labels.names().size(); ++i) {
    rows.push_back({"label", labels.names()[i] + "=" + text_of(labels.items()[i])});
  }
  if (last.is_null()) {
    rows.push_back({"last probe", "never"});
  } else {
    rows.push_back({"last probe", age(last["at"], now_ms) + " ago, took " +
                                      to_short_duration(whole_of(last["durationMs"]))});
    rows.push_back({"result", result_of(check)});
  }
  return in_columns(rows);
}

std::string zones_table(const JsonValue& zones, std::int64_t /*now_ms*/) {
  Rows rows = {{"ZONE", "SERIAL", "DIGEST", "RECORDS", "FILES"}};
  Rows groups;
  for (const JsonValue& zone : zones.items()) {
    rows.push_back({text_of(zone["zone"]), whole_text(zone["serial"]), text_of(zone["digest"]),
                    whole_text(zone["records"]), joined(zone["files"])});
    for (const JsonValue& group : zone["groups"].items()) groups.push_back(group_row(group));
  }
  const std::string text = in_columns(rows);
  return groups.empty() ? text : text + "groups:\n" + in_columns(groups);
}

std::string reload_table(const JsonValue& reply, std::int64_t /*now_ms*/) {
  const JsonValue& reload = reply["reload"];
  const auto read = static_cast<std::uint64_t>(whole_of(reload["zonesRead"]));
  return listed(reload["warnings"]) + "reloaded in " + seconds_text(reload["seconds"]) + ": " +
         counted(read, "zone") + " read again, " + whole_text(reload["zonesKept"]) + " kept\n";
}

std::string explain_table(const JsonValue& explanation, std::int64_t /*now_ms*/) {
  Rows head = {
      {"asked", text_of(explanation["name"]) + " " + text_of(explanation["type"])},
      {"client", text_of(explanation["client"]) + ", " + text_of(explanation["clientFrom"])},
      {"rcode", text_of(explanation["rcode"])}};
  if (!explanation["ttl"].is_null()) {
    head.push_back(
        {"TTL", whole_text(explanation["ttl"]) + "s, by " + text_of(explanation["ttlCause"])});
  }
  head.push_back({"scope", "/" + whole_text(explanation["scope"]) + ", " +
                               text_of(explanation["scopeCause"])});
  for (const JsonValue& record : explanation["answer"].items()) {
    head.push_back({"answer", text_of(record)});
  }
  std::string text = in_columns(head);
  for (const JsonValue& step : explanation["steps"].items()) text += "\n" + step_table(step);
  if (!explanation["complete"].boolean()) text += "\nmore than can be told here\n";
  return text;
}

std::string recover_table(const JsonValue& reply, std::int64_t /*now_ms*/) {
  if (reply["status"].text() == "healthy") return "the check is healthy again\n";
  return "the check may come back, and will when its probes succeed\n";
}

std::string in_columns(const Rows& rows) {
  constexpr std::size_t kGap = 2;
  Rows clean = rows;
  for (auto& row : clean) {
    for (std::string& cell : row) cell = harmless(cell);
  }
  const std::vector<std::size_t> widths = widths_of(clean);
  std::string text;
  for (const auto& row : clean) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += row[i] + std::string(widths[i] - width_of(row[i]) + kGap, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace rhumb
