// The command line as a value. The door to CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/config.h"

namespace rhumb {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotReached = 3;

enum class Verb : std::uint8_t {
  kServe,
  kCheck,
  kStatus,
  kHealth,
  kZones,
  kReload,
  kRecover,
  kExplain,
  kVersion,
};

struct Command {
  Verb verb = Verb::kVersion;
  std::string config{kDefaultConfigPath};     // serve, check; explain, where it may be empty
  std::string socket{kDefaultControlSocket};  // what asks a running server
  std::string id;                             // recover; health, where empty means all
  std::string name;                           // explain: what is asked, and by whom
  std::string type;
  std::string client;
  std::string subnet;
  std::vector<std::string> unhealthy;  // explain with a config: checks taken for unhealthy
  bool json = false;
  bool strict = false;  // check: warnings fail too
};

// A command, or none and the exit code: 0 for help, 2 for bad usage, which has been told.
struct ParsedCommand {
  std::optional<Command> command;
  int exit_code = 0;
};

ParsedCommand parse_command_line(int argc, const char* const* argv);

}  // namespace rhumb
