// Text in aligned columns for a terminal, and the pieces of JSON that stand in them. Control
// characters are made harmless, since some of this text comes from other machines; colours are our
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json.h"

namespace rhumb {

// Whether a person looks at it in a terminal that can show them.
enum class Colour : std::uint8_t { kNo, kYes };

enum class Paint : std::uint8_t { kNone, kRed, kYellow, kMagenta };

struct Cell {
  Cell(std::string of, Paint with = Paint::kNone)  // NOLINT: a text is a cell
      : text(std::move(of)), paint(with) {}
  Cell(const char* of) : text(of) {}  // NOLINT: so is a literal
  std::string text;
  Paint paint = Paint::kNone;
};

using Rows = std::vector<std::vector<Cell>>;

// Two spaces apart; the last column is not filled up.
std::string in_columns(const Rows& rows, Colour colour = Colour::kNo);

std::string harmless(std::string_view text);

// "1 zone", "2 zones"
std::string counted(std::uint64_t count, std::string_view what);

std::string text_of(const JsonValue& value);
// "a, b" of a list.
std::string list_of(const JsonValue& texts);
std::int64_t whole_of(const JsonValue& value);
std::string whole_text(const JsonValue& value);
// "2026-11-20" of a time in a reply.
std::string date_of(const JsonValue& time);
// "3m12s" since a time in a reply; "-" when there is none.
std::string age(const JsonValue& time, std::int64_t now_ms);
// "for 3m12s more", "over", or "without end" for null.
std::string time_left(const JsonValue& until, std::int64_t now_ms);

}  // namespace rhumb
