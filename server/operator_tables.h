// What operators have said and what has happened, as text for people; see server/tables.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/columns.h"
#include "text/json.h"

namespace rhumb {

std::string overrides_table(const JsonValue& overrides, std::int64_t now_ms, Colour colour);
std::string drains_table(const JsonValue& drains, std::int64_t now_ms, Colour colour);
std::string events_table(const JsonValue& events, std::int64_t now_ms, Colour colour);
// One event as a line of its own, in columns of fixed width.
std::string event_line(const JsonValue& event, Colour colour);

// What a command has brought about.
std::string override_table(const JsonValue& check, std::int64_t now_ms, Colour colour);
std::string drain_table(const JsonValue& drain, std::int64_t now_ms, Colour colour);
std::string done_table(const JsonValue& reply, std::int64_t now_ms, Colour colour);

}  // namespace rhumb
