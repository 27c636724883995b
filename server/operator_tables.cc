#include "server/operator_tables.h"

#include <algorithm>

namespace rhumb {
namespace {

std::string reason_of(const JsonValue& said) {
  const std::string reason = text_of(said["reason"]);
  return said["orphaned"].boolean() ? reason + (reason.empty() ? "" : "; ") + "orphaned" : reason;
}

std::string change_of(const JsonValue& event) {
  const std::string from = text_of(event["from"]);
  const std::string to = text_of(event["to"]);
  return from.empty() ? to : from + " -> " + to;
}

Paint paint_of(const JsonValue& event) {
  const std::string_view kind = event["kind"].text();
  if (kind == "override" || kind == "drain") return Paint::kMagenta;
  const std::string_view to = event["to"].text();
  if (to == "unhealthy" || to == "refused" || to == "lastResort") return Paint::kRed;
  return to == "unknown" ? Paint::kYellow : Paint::kNone;
}

std::string missed_line(const JsonValue& event) {
  const auto missed =
      static_cast<std::uint64_t>(std::max<std::int64_t>(whole_of(event["missed"]), 0));
  return missed == 0 ? "" : counted(missed, "event") + " missed\n";
}

// "12 events are gone"
std::string gone(std::int64_t count) {
  return counted(static_cast<std::uint64_t>(count), "event") + (count == 1 ? " is" : " are") +
         " gone";
}

std::string filled(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string overrides_table(const JsonValue& overrides, std::int64_t now_ms, Colour colour) {
  Rows rows = {{"OVERRIDE", "STATE", "LASTS", "REASON"}};
  for (const JsonValue& said : overrides.items()) {
    rows.push_back({text_of(said["id"]),
                    {text_of(said["state"]), Paint::kMagenta},
                    time_left(said["until"], now_ms),
                    reason_of(said)});
  }
  return in_columns(rows, colour);
}

std::string drains_table(const JsonValue& drains, std::int64_t now_ms, Colour colour) {
  Rows rows = {{"DRAIN", "CHECKS", "SETS", "LASTS", "REASON"}};
  for (const JsonValue& said : drains.items()) {
    rows.push_back({{text_of(said["label"]), Paint::kMagenta},
                    whole_text(said["checks"]),
                    whole_text(said["recordSets"]),
                    time_left(said["until"], now_ms),
                    reason_of(said)});
  }
  return in_columns(rows, colour);
}

// Sequences begin with 1 and have no gaps but for events that are no longer kept.
std::string events_table(const JsonValue& events, std::int64_t /*now_ms*/, Colour colour) {
  Rows rows = {{"AT", "KIND", "ID", "CHANGE", "REASON"}};
  std::int64_t last = 0;
  for (const JsonValue& event : events.items()) {
    const std::int64_t sequence = std::max(whole_of(event["sequence"]), last);
    if (sequence - last > 1) rows.push_back({gone(sequence - last - 1)});
    last = sequence;
    rows.push_back({text_of(event["at"]),
                    text_of(event["kind"]),
                    text_of(event["id"]),
                    {change_of(event), paint_of(event)},
                    text_of(event["reason"])});
  }
  return in_columns(rows, colour);
}

std::string event_line(const JsonValue& event, Colour colour) {
  constexpr std::size_t kKindWidth = 8;
  constexpr std::size_t kIdWidth = 24;
  constexpr std::size_t kChangeWidth = 24;
  return missed_line(event) +
         in_columns({{text_of(event["at"]),
                      filled(text_of(event["kind"]), kKindWidth),
                      filled(text_of(event["id"]), kIdWidth),
                      {filled(change_of(event), kChangeWidth), paint_of(event)},
                      text_of(event["reason"])}},
                    colour);
}

std::string override_table(const JsonValue& check, std::int64_t now_ms, Colour colour) {
  const JsonValue& said = check["override"];
  if (said.is_null()) return done_table(check, now_ms, colour);
  std::string text = text_of(check["id"]) + " is overridden: " + text_of(said["state"]) + ", " +
                     time_left(said["until"], now_ms);
  if (!check["drains"].items().empty()) text += "; a drain keeps it unhealthy";
  return harmless(text) + "\n";
}

std::string drain_table(const JsonValue& drain, std::int64_t now_ms, Colour /*colour*/) {
  const auto count = [&](const char* what) {
    return static_cast<std::uint64_t>(whole_of(drain[what]));
  };
  std::string text = text_of(drain["label"]) + " is drained, " + time_left(drain["until"], now_ms) +
                     ": " + counted(count("checks"), "check") + " and " +
                     counted(count("recordSets"), "record set");
  if (drain["orphaned"].boolean()) text += "; nothing has this label now";
  return harmless(text) + "\n";
}

std::string done_table(const JsonValue& reply, std::int64_t /*now_ms*/, Colour /*colour*/) {
  return harmless(reply["status"].text()) + "\n";
}

}  // namespace rhumb
