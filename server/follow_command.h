// `rhumb events --follow`: what has happened at one server or several, and then what happens, until
// it is interrupted or no server goes on.
#pragma once

#include <iosfwd>
#include <vector>

#include "server/api_client.h"
#include "server/command_line.h"

namespace rhumb {

// The exit code.
int follow_events(const Command& command, const std::vector<ApiServer>& servers, std::ostream& out,
                  std::ostream& err);

}  // namespace rhumb
