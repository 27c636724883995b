// The part of the API that reloads, and that tells which files are in force and what is wrong with
// the others.
#pragma once

#include <string_view>

#include "base/error.h"
#include "server/control_api.h"
#include "server/loader.h"
#include "server/reload.h"
#include "text/json.h"

namespace rhumb {

// {"keepBadZones":true}; may be empty.
Result<BadZones> read_reload_body(std::string_view text);

// Answers when the reload is over.
void reload(const ControlRequest& request, Reloader& reloader, const ControlApi::Done& done);

// Of a status: "lastGood", "badZones", "restartWouldFail", "lastReload".
void write_file_state(JsonWriter& json, Reloader& reloader);

}  // namespace rhumb
