// The API's replies as text for people: aligned columns, times as how long ago. `now_ms` is the
// Unix time that these are told from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"

namespace rhumb {

std::string status_table(const JsonValue& status, std::int64_t now_ms);
std::string checks_table(const JsonValue& checks, std::int64_t now_ms);
std::string check_table(const JsonValue& check, std::int64_t now_ms);
std::string zones_table(const JsonValue& zones, std::int64_t now_ms);
std::string reload_table(const JsonValue& reply, std::int64_t now_ms);
std::string explain_table(const JsonValue& explanation, std::int64_t now_ms);
std::string recover_table(const JsonValue& reply, std::int64_t now_ms);

// Rows in columns two spaces apart; the last column is not filled up. Control characters are made
// harmless.
std::string in_columns(const std::vector<std::vector<std::string>>& rows);

// "1 zone", "2 zones"
std::string counted(std::uint64_t count, std::string_view what);

}  // namespace rhumb
