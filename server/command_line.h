// The command line as a value. The door to CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/columns.h"
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
  kEvents,
  kProbe,
  kOverride,
  kClear,
  kDrain,
  kRestore,
  kVersion,
};

inline constexpr std::size_t kMaxServersAsked = 64;

// What is said with an override or a drain.
struct Said {
  std::string state;     // "healthy" or "unhealthy"; empty: it is a drain
  std::string duration;  // as in YAML; empty: without an end
  std::string reason;
  bool force = false;  // past the safety rules
};

// The servers that a command asks, and how.
struct Targets {
  std::vector<std::string> sockets;  // with no server either: the default one
  std::vector<std::string> servers;  // http://… or https://…
  std::string token_file;            // empty: no token is sent
  std::string ca_file;               // PEM; empty: the system's
};

struct Command {
  Verb verb = Verb::kVersion;
  std::string config{kDefaultConfigPath};  // serve, check; explain and probe, where it may be empty
  Targets targets;                         // what asks a running server
  std::string id;    // a check's; health: empty means all. drain, restore: LABEL=VALUE
  std::string name;  // explain: what is asked, and by whom
  std::string type;
  std::string client;
  std::string subnet;
  std::vector<std::string> unhealthy;  // explain with a config: checks taken for unhealthy
  Said said;                           // override, drain
  bool json = false;
  bool strict = false;          // check: warnings fail too
  bool follow = false;          // events: goes on
  bool last_good = false;       // serve: where the files have errors
  bool replace = false;         // serve: in the place of the server that runs
  bool keep_bad_zones = false;  // reload
  Colour colour = Colour::kNo;
};

// A command, or none and the exit code: 0 for help, 2 for bad usage, which has been told.
struct ParsedCommand {
  std::optional<Command> command;
  int exit_code = 0;
};

ParsedCommand parse_command_line(int argc, const char* const* argv);

}  // namespace rhumb
