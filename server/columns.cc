#include "server/columns.h"

#include <algorithm>
#include <optional>

#include "server/clock.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (; !text.empty(); ++width) text.remove_prefix(std::max<std::size_t>(utf8_size(text), 1));
  return width;
}

std::vector<std::size_t> widths_of(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i].text));
    }
  }
  return widths;
}

std::string_view escape_of(Paint paint) {
  switch (paint) {
    case Paint::kNone:
      return "";
    case Paint::kRed:
      return "\x1b[31m";
    case Paint::kYellow:
      return "\x1b[33m";
    case Paint::kMagenta:
      return "\x1b[35m";
  }
  return "";
}

std::string painted(const Cell& cell, Colour colour) {
  if (colour == Colour::kNo || cell.paint == Paint::kNone) return cell.text;
  return std::string(escape_of(cell.paint)) + cell.text + "\x1b[0m";
}

}  // namespace

std::string in_columns(const Rows& rows, Colour colour) {
  constexpr std::size_t kGap = 2;
  Rows clean = rows;
  for (auto& row : clean) {
    for (Cell& cell : row) cell.text = harmless(cell.text);
  }
  const std::vector<std::size_t> widths = widths_of(clean);
  std::string text;
  for (const auto& row : clean) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += painted(row[i], colour) + std::string(widths[i] - width_of(row[i].text) + kGap, ' ');
    }
    text += painted(row.back(), colour) + "\n";
  }
  return text;
}

std::string harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(utf8_size(text), 1);
    out += control_size(text) > 0 ? "?" : text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string text_of(const JsonValue& value) { return std::string(value.text()); }

std::string date_of(const JsonValue& time) {
  constexpr std::size_t kDateSize = 10;  // of 2026-11-20T10:00:00.123Z
  return text_of(time).substr(0, kDateSize);
}

std::string list_of(const JsonValue& texts) {
  std::string all;
  for (const JsonValue& item : texts.items()) all += (all.empty() ? "" : ", ") + text_of(item);
  return all;
}

std::int64_t whole_of(const JsonValue& value) { return value.whole().value_or(0); }

std::string whole_text(const JsonValue& value) { return std::to_string(whole_of(value)); }

std::string age(const JsonValue& time, std::int64_t now_ms) {
  const std::optional<std::int64_t> then_ms = parse_rfc3339(time.text());
  if (!then_ms) return "-";
  return to_short_duration(std::max<std::int64_t>(now_ms - *then_ms, 0));
}

std::string time_left(const JsonValue& until, std::int64_t now_ms) {
  const std::optional<std::int64_t> end_ms = parse_rfc3339(until.text());
  if (!end_ms) return "without end";
  return *end_ms > now_ms ? "for " + to_short_time_left(*end_ms - now_ms) + " more" : "over";
}

}  // namespace rhumb
