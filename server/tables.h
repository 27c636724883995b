// What the API tells of the server, its checks and zones as text for people: aligned columns, times
// as how long ago. `now_ms` is the Unix time that these are told from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/columns.h"
#include "text/json.h"

namespace rhumb {

std::string status_table(const JsonValue& status, std::int64_t now_ms, Colour colour = Colour::kNo);
std::string checks_table(const JsonValue& checks, std::int64_t now_ms, Colour colour = Colour::kNo);
std::string check_table(const JsonValue& check, std::int64_t now_ms, Colour colour = Colour::kNo);
std::string zones_table(const JsonValue& zones, std::int64_t now_ms, Colour colour = Colour::kNo);
std::string reload_table(const JsonValue& reply, std::int64_t now_ms, Colour colour = Colour::kNo);
std::string explain_table(const JsonValue& explanation, std::int64_t now_ms,
                          Colour colour = Colour::kNo);
std::string recover_table(const JsonValue& reply, std::int64_t now_ms, Colour colour = Colour::kNo);

}  // namespace rhumb
