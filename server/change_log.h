// Logs by whom a change was made over the API, beside the line that tells what it did. Pushes and
// probes are no changes by an operator.
#pragma once

#include <string>

#include "server/control_api.h"
#include "server/log.h"

namespace rhumb {

// `from`: a peer's address, or the socket's with its user.
void note_change(const std::string& from, const ControlRequest& request, const ControlReply& reply,
                 Log& log);

}  // namespace rhumb
