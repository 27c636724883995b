// rhumb.yaml as a value: read strictly, every error with its place. It opens no zone and no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answer/view.h"
#include "base/error.h"
#include "base/ip.h"
#include "geo/atlas.h"
#include "health/check.h"
#include "server/confine_config.h"
#include "server/http_access.h"
#include "server/log.h"
#include "server/safety.h"
#include "server/tap_config.h"
#include "zones/sources.h"
#include "zones/zone_set.h"

namespace rhumb {

inline constexpr std::string_view kDefaultConfigPath = "/etc/rhumb/rhumb.yaml";
inline constexpr std::string_view kDefaultControlSocket = "/run/rhumb/control.sock";
inline constexpr std::size_t kMaxConfigSizeBytes = std::size_t{64} << 20U;
inline constexpr std::size_t kMaxListenAddresses = 64;
inline constexpr int kMaxWorkers = 128;  // their threads must fit Published::kMaxReaders
inline constexpr std::int64_t kMaxMetricsZones = 100'000;
// sockaddr_un has room for so much beside the final NUL.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

// An entry of `zones`: a path, or a pattern of them, that starts from the folder of rhumb.yaml.
struct ZonePattern {
  std::string path;
  std::string folder;   // where `written` starts, with a final slash; empty: it is absolute, or
                        // starts from the current folder
  std::string written;  // as it stands in the file
  Place place;
};

// The files that the atlas was read from, or, of databases, is to be compiled from.
struct AtlasFiles {
  std::optional<SourceFile> database;
  std::optional<SourceFile> asn_database;
  std::optional<SourceFile> overrides;
  std::optional<SourceFile> latency;
  Place database_place;  // where rhumb.yaml names it
  Place asn_database_place;
};

// The API and the metrics over TCP.
struct HttpConfig {
  Endpoint listen;
  HttpAccess access;
  bool has_tls = false;  // is said to have, whether its files could be read or not
};

struct Config {
  std::string path;
  FileStamp stamp;               // of itself, as it was read
  Sources sources;               // where it was read from, and what it names is
  std::vector<Endpoint> listen;  // empty: the default ones
  int workers = 0;               // 0: one a core
  std::string control_socket{kDefaultControlSocket};
  std::string state_directory;     // empty: no state is kept
  std::optional<HttpConfig> http;  // nullopt: off
  std::string user;                // empty: the server stays who it was started as
  Place user_place;
  ConfineConfig confine;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
  std::vector<ZonePattern> zones;
  CheckDefaults check_defaults;
  std::vector<CheckSpec> checks;
  std::vector<SafetyRule> safety_rules;
  std::int64_t startup_wait_ms = 5'000;
  std::int64_t shutdown_delay_ms = 0;
  AnswerOptions options;
  Place rate_limit_place;                   // for what is to be said of its absence
  std::optional<SipKey> own_cookie_secret;  // drawn at the start, for when no file names any
  TapConfig tap;
  std::uint32_t metrics_max_zones = 1'000;
  Atlas atlas;
  AtlasFiles atlas_files;
  std::vector<std::string> files;       // that it names for itself: of tokens, keys, secrets
  std::vector<CheckSpec> wrong_checks;  // with errors, which other errors must not follow
  Extent extent = kPart;                // what of it could be read
};

// What could be read of the file, with all errors and warnings in `diagnostics`; with an error in
// it the value is only good for finding more. Of `before` (null: nothing), overrides and latencies
// are kept whose files have not changed. Secrets are read where they are, whatever `sources` say.
Config read_config(const std::string& path, Diagnostics& diagnostics,
                   const Config* before = nullptr, const Sources& sources = {});

// The same of a text, which is said to stand at `path`: what it names relatively lies beside that.
Config read_config_text(std::string_view text, const std::string& path, Diagnostics& diagnostics,
                        const Config* before = nullptr, const Sources& sources = {});

// The same file before anything is bound and the user changes: what of it is needed for that
// (`listen`, `workers`, `controlSocket`, `stateDirectory`, where `http` listens, `log`, `user` and
// `confine`), and their errors. No other file is read.
Config read_config_to_bind(const std::string& path, Diagnostics& diagnostics,
                           const Sources& sources = {});

// Warns of what differs between a server's own config and the next one and takes effect only with a
// restart.
void warn_of_restart(const Config& running, const Config& next, Diagnostics& diagnostics);

}  // namespace rhumb
