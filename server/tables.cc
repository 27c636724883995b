#include "server/tables.h"

#include <algorithm>
#include <optional>

#include "server/clock.h"

namespace rhumb {
namespace {

std::string seconds_text(const JsonValue& seconds) {
  return to_short_duration(static_cast<std::int64_t>(seconds.number() * 1000));
}

Paint paint_of(std::string_view state) {
  if (state == "unhealthy") return Paint::kRed;
  return state == "unknown" ? Paint::kYellow : Paint::kNone;
}

// The verdict, and whether it is an operator's.
Cell state_cell(const JsonValue& check) {
  const std::string state = text_of(check["state"]);
  if (!check["drains"].items().empty()) return {state + " (drain)", Paint::kMagenta};
  if (!check["override"].is_null()) return {state + " (override)", Paint::kMagenta};
  return {state, paint_of(state)};
}

// The rows on what an operator has said.
void add_operator_rows(const JsonValue& check, std::int64_t now_ms, Rows& rows) {
  const auto add = [&](const char* what, const std::string& said, const JsonValue& of) {
    const std::string reason = of["reason"].text().empty() ? "" : ": " + text_of(of["reason"]);
    rows.push_back(
        {what, {said + ", " + time_left(of["until"], now_ms) + reason, Paint::kMagenta}});
  };
  const JsonValue& overridden = check["override"];
  if (!overridden.is_null()) add("override", text_of(overridden["state"]), overridden);
  for (const JsonValue& drain : check["drains"].items())
    add("drain", text_of(drain["label"]), drain);
}

// Whether a check of this type is probed or pushed to.
bool is_told(const JsonValue& check) {
  const std::string type = text_of(check["type"]);
  return type != "SWITCH" && type != "CALCULATED" && !check["disabled"].boolean();
}

// Why the check is as it is, and what keeps it unhealthy in spite of its last result.
std::string result_of(const JsonValue& check) {
  const std::string reason = check["reason"].is_null() ? "-" : text_of(check["reason"]);
  return check["holds"].is_null() ? reason : reason + "; " + text_of(check["holds"]);
}

std::string probed_of(const JsonValue& check, std::int64_t now_ms) {
  if (!is_told(check)) return "-";
  const JsonValue& last = check["lastProbe"];
  return last.is_null() ? "never" : age(last["at"], now_ms) + " ago";
}

std::vector<Cell> check_row(const JsonValue& check, std::int64_t now_ms) {
  return {text_of(check["id"]),        text_of(check["type"]),   state_cell(check),
          age(check["since"], now_ms), probed_of(check, now_ms), result_of(check)};
}

std::string last_reload(const JsonValue& reload, std::int64_t now_ms) {
  if (reload.is_null()) return "none since the start";
  const std::string when =
      age(reload["at"], now_ms) + " ago, took " + seconds_text(reload["seconds"]);
  if (reload["ok"].boolean()) return "done " + when;
  const auto errors = static_cast<std::uint64_t>(whole_of(reload["errorCount"]));
  return "refused " + when + ", " + counted(errors, "error");
}

// "2 overrides (1 orphaned), 1 drain"
Cell said_by_operators(const JsonValue& status) {
  const auto count = [&](const char* what) {
    return static_cast<std::uint64_t>(whole_of(status[what]));
  };
  const std::uint64_t all = count("overrides") + count("drains");
  const std::string orphans =
      count("orphans") == 0 ? "" : " (" + std::to_string(count("orphans")) + " orphaned)";
  return {
      counted(count("overrides"), "override") + orphans + ", " + counted(count("drains"), "drain"),
      all == 0 ? Paint::kNone : Paint::kMagenta};
}

std::string listed(const JsonValue& texts) {
  std::string lines;
  for (const JsonValue& item : texts.items()) lines += "  " + harmless(item.text()) + "\n";
  return lines;
}

std::vector<Cell> group_row(const JsonValue& group) {
  return {"  " + text_of(group["name"]), text_of(group["type"]), text_of(group["policy"]),
          whole_text(group["alive"]) + " of " + whole_text(group["sets"]) + " alive"};
}

std::string rcode_of(const JsonValue& explanation) {
  const JsonValue& cause = explanation["rcodeCause"];
  return text_of(explanation["rcode"]) + (cause.is_null() ? "" : ", " + text_of(cause));
}

std::string step_table(const JsonValue& step, Colour colour) {
  const std::string type = text_of(step["type"]);
  const std::string policy = text_of(step["policy"]);
  std::string text =
      harmless(text_of(step["name"]) + (type.empty() ? "" : " " + type) +
               (policy.empty() ? "" : ", " + policy) + ": " + text_of(step["outcome"])) +
      "\n";
  if (step["candidates"].items().empty()) return text;
  Rows rows = {{"  ", "ORDER", "SET", "FOR", "ALIVE", "REASON"}};
  for (const JsonValue& set : step["candidates"].items()) {
    rows.push_back({set["chosen"].boolean() ? "->" : "  ",
                    set["order"].is_null() ? "-" : whole_text(set["order"]),
                    text_of(set["setIdentifier"]), text_of(set["for"]),
                    set["alive"].boolean() ? Cell("yes") : Cell("no", Paint::kRed),
                    text_of(set["reason"])});
  }
  return text + in_columns(rows, colour);
}

// "off", or `100 a second, 17 dropped, 18 sent to TCP`.
std::string rate_limit_of(const JsonValue& limit) {
  if (limit.is_null()) return "off";
  return whole_text(limit["responsesPerSecond"]) + " a second, " + whole_text(limit["dropped"]) +
         " dropped, " + whole_text(limit["slipped"]) + " sent to TCP";
}

std::string api_of(const JsonValue& http) {
  if (http.is_null()) return "the control socket alone";
  return text_of(http["listen"]) + (http["tls"].boolean() ? " with TLS" : " without TLS") +
         (http["readOnly"].boolean() ? ", read-only" : ", changes with a token");
}

}  // namespace

std::string status_table(const JsonValue& status, std::int64_t now_ms, Colour colour) {
  const JsonValue& checks = status["checks"];
  Rows rows = {
      {"version", text_of(status["version"])},
      {"process", whole_text(status["pid"])},
      {"started", text_of(status["startedAt"])},
      {"running for", seconds_text(status["uptimeSeconds"])},
      {"ready", status["ready"].boolean() ? "yes" : "no"},
      {"listening on", list_of(status["listen"])},
      {"API on", api_of(status["http"])},
      {"state in", status["stateDirectory"].is_null() ? "-" : text_of(status["stateDirectory"])},
      {"workers", whole_text(status["workers"])},
      {"rate limit", rate_limit_of(status["rateLimit"])},
      {"zones", whole_text(status["zones"]) + " with " +
                    counted(static_cast<std::uint64_t>(whole_of(status["records"])), "record")},
      {"checks", whole_text(checks["healthy"]) + " healthy, " + whole_text(checks["unhealthy"]) +
                     " unhealthy, " + whole_text(checks["unknown"]) +
                     " unknown (counted as healthy)"},
      {"operator", said_by_operators(status)},
      {"generation", whole_text(status["generation"])},
      {"last reload", last_reload(status["lastReload"], now_ms)}};
  for (const JsonValue& database : status["databases"].items()) {
    rows.push_back(
        {"database",
         text_of(database["type"]) + " built " + date_of(database["builtAt"]) + ", " +
             counted(static_cast<std::uint64_t>(whole_of(database["networks"])), "network") + ", " +
             text_of(database["file"])});
  }
  if (!status["databaseError"].is_null()) {
    rows.push_back({{"WARNING", Paint::kRed},
                    "a changed database is refused: " + text_of(status["databaseError"])});
  }
  if (!status["helperError"].is_null()) {
    rows.push_back({{"WARNING", Paint::kRed}, text_of(status["helperError"])});
  }
  if (const std::int64_t restarts = whole_of(status["helperRestarts"]); restarts > 0) {
    rows.push_back({"helper", "started anew " +
                                  counted(static_cast<std::uint64_t>(restarts), "time") +
                                  ", ended last: " + text_of(status["helperLastEnd"])});
  }
  if (!status["stateError"].is_null()) {
    rows.push_back({{"WARNING", Paint::kRed},
                    "state cannot be kept, and a restart would not know of what changes now: " +
                        text_of(status["stateError"])});
  }
  if (!status["lastGood"].is_null()) {
    rows.push_back({{"WARNING", Paint::kRed},
                    "the last good files are served, of " + text_of(status["lastGood"]["keptAt"])});
  }
  for (const JsonValue& zone : status["badZones"].items()) {
    const std::string what = zone["zone"].is_null() ? "is left out" : "is served as it was before";
    const std::string name = text_of(zone[zone["zone"].is_null() ? "file" : "zone"]);
    rows.push_back({{"WARNING", Paint::kRed}, name + " has errors and " + what});
  }
  if (status["restartWouldFail"].boolean()) {
    rows.push_back(
        {{"WARNING", Paint::kRed}, "a restart would fail: the files on disk have errors"});
  }
  return in_columns(rows, colour) + listed(status["lastReload"]["errors"]);
}

std::string checks_table(const JsonValue& checks, std::int64_t now_ms, Colour colour) {
  Rows rows = {{"ID", "TYPE", "STATE", "SINCE", "PROBED", "RESULT"}};
  for (const JsonValue& check : checks.items()) rows.push_back(check_row(check, now_ms));
  return in_columns(rows, colour);
}

std::string check_table(const JsonValue& check, std::int64_t now_ms, Colour colour) {
  const JsonValue& last = check["lastProbe"];
  Rows rows = {{"id", text_of(check["id"])},
               {"type", text_of(check["type"])},
               {"state", state_cell(check)},
               {"result", result_of(check)}};
  if (!check["disabled"].boolean()) {
    rows.push_back({"measured", text_of(check["measured"]) + " by probes alone for " +
                                    age(check["since"], now_ms)});
  }
  if (is_told(check)) {
    rows.push_back({"consecutive", whole_text(check["consecutive"]) + " alike"});
  }
  add_operator_rows(check, now_ms, rows);
  const JsonValue& labels = check["labels"];
  for (std::size_t i = 0; i < labels.names().size(); ++i) {
    rows.push_back({"label", labels.names()[i] + "=" + text_of(labels.items()[i])});
  }
  if (is_told(check) && last.is_null()) rows.push_back({"last probe", "never"});
  if (is_told(check) && !last.is_null()) {
    rows.push_back({"last probe", age(last["at"], now_ms) + " ago, took " +
                                      to_short_duration(whole_of(last["durationMs"])) + ": " +
                                      text_of(last["reason"])});
  }
  return in_columns(rows, colour);
}

std::string zones_table(const JsonValue& zones, std::int64_t /*now_ms*/, Colour colour) {
  Rows rows = {{"ZONE", "SERIAL", "DIGEST", "RECORDS", "FILES"}};
  Rows groups;
  for (const JsonValue& zone : zones.items()) {
    rows.push_back({text_of(zone["zone"]), whole_text(zone["serial"]), text_of(zone["digest"]),
                    whole_text(zone["records"]), list_of(zone["files"])});
    for (const JsonValue& group : zone["groups"].items()) groups.push_back(group_row(group));
  }
  const std::string text = in_columns(rows, colour);
  return groups.empty() ? text : text + "groups:\n" + in_columns(groups, colour);
}

std::string reload_table(const JsonValue& reply, std::int64_t /*now_ms*/, Colour /*colour*/) {
  const JsonValue& reload = reply["reload"];
  const auto read = static_cast<std::uint64_t>(whole_of(reload["zonesRead"]));
  return listed(reload["warnings"]) + "reloaded in " + seconds_text(reload["seconds"]) + ": " +
         counted(read, "zone") + " read again, " + whole_text(reload["zonesKept"]) + " kept\n";
}

std::string explain_table(const JsonValue& explanation, std::int64_t /*now_ms*/, Colour colour) {
  Rows head = {
      {"asked", text_of(explanation["name"]) + " " + text_of(explanation["type"])},
      {"client", text_of(explanation["client"]) + ", " + text_of(explanation["clientFrom"])},
      {"rcode", rcode_of(explanation)}};
  if (!explanation["ttl"].is_null()) {
    head.push_back(
        {"TTL", whole_text(explanation["ttl"]) + "s, by " + text_of(explanation["ttlCause"])});
  }
  head.push_back({"scope", "/" + whole_text(explanation["scope"]) + ", " +
                               text_of(explanation["scopeCause"])});
  for (const JsonValue& record : explanation["answer"].items()) {
    head.push_back({"answer", text_of(record)});
  }
  std::string text = in_columns(head, colour);
  for (const JsonValue& step : explanation["steps"].items())
    text += "\n" + step_table(step, colour);
  if (!explanation["complete"].boolean()) text += "\nmore than can be told here\n";
  return text;
}

std::string recover_table(const JsonValue& reply, std::int64_t /*now_ms*/, Colour /*colour*/) {
  if (reply["status"].text() == "healthy") return "the check is healthy again\n";
  return "the check may come back, and will when its probes succeed\n";
}

}  // namespace rhumb
