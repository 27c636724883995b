// What one probe has found, as text for people; see server/tables.h.
#pragma once

#include <cstdint>
#include <string>

#include "server/columns.h"
#include "text/json.h"

namespace rhumb {

std::string probe_table(const JsonValue& report, std::int64_t now_ms, Colour colour);

}  // namespace rhumb
