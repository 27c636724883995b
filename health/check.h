// What one health check is: whom it asks, what it expects, and how many results decide. A plain
// value, filled by the loader, which also judges it; nothing here probes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "health/expectation.h"

namespace rhumb {

constexpr std::size_t kMaxChecks = 100'000;
constexpr std::size_t kMaxCheckChildren = 1'024;
constexpr std::int64_t kMinIntervalMs = 100;
constexpr std::size_t kMaxBodySearchBytes = 5120;  // bodyContains looks no further (as Route 53)

enum class CheckType : std::uint8_t {
  kHttp,
  kHttps,
  kTcp,
  kTls,         // a handshake, and how long the certificate lasts
  kDns,         // one question over UDP
  kGrpc,        // grpc.health.v1.Health/Check
  kExec,        // a command; exit status 0 is healthy
  kPrometheus,  // an instant query's value held against a condition
  kPush,        // healthy while somebody says so
  kSwitch,      // an operator's, who overrides it
  kCalculated   // n of its children
};

enum class CheckFamily : std::uint8_t { kAny, kV4, kV6 };

enum class Recovery : std::uint8_t { kAuto, kManual };

enum class InitialState : std::uint8_t { kProbe, kHealthy, kUnhealthy };

// Where a check is written. Any two are equal: a check that only moved in its file is the same
// check.
struct Origin {
  Place place;
  std::vector<Place> children;  // of each of CheckSpec::children
  bool in_set = false;          // inside a record set, after which it is named

  friend bool operator==(const Origin& /*left*/, const Origin& /*right*/) { return true; }
};

struct CheckSpec {
  std::string id;
  std::vector<std::pair<std::string, std::string>> labels;
  bool disabled = false;  // never probed; counts as healthy
  bool inverted = false;  // the verdict is turned round, after `disabled`

  CheckType type = CheckType::kHttp;
  std::string address;     // an IP address without brackets, or a host name looked up at each probe
  std::uint16_t port = 0;  // 0: the type's own, see default_port()
  CheckFamily family = CheckFamily::kAny;

  std::string host;  // Host header, SNI and the certificate's name; empty: the address
  std::string path = "/";
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<StatusRange> expected_status = {StatusRange{}};
  std::string body_contains;  // empty: the body is not read
  bool tls = false;           // GRPC, PROMETHEUS: over TLS; HTTPS and TLS always are
  bool verify_tls = true;
  std::string ca_file;             // PEM, instead of the system's; empty: the system's
  std::int64_t min_days_left = 0;  // TLS: of the certificate; 0: it need only be valid
  bool keep_alive = false;         // HTTP, HTTPS: the next probe may use this one's connection

  DnsExpectation dns;
  std::string service;               // GRPC; empty: the server as a whole
  std::vector<std::string> command;  // EXEC: an absolute path and its arguments
  MetricExpectation metric;          // PROMETHEUS; `path` ends where "/api/v1/query" is to follow
  std::string token_file;  // PROMETHEUS: sent as a bearer; PUSH: accepted as one; empty: none
  std::int64_t expires_after_ms = 0;   // PUSH
  bool default_healthy = true;         // SWITCH
  std::vector<std::string> children;   // CALCULATED: ids
  std::uint32_t health_threshold = 0;  // CALCULATED: so many healthy children; 0: all

  std::int64_t interval_ms = 10'000;
  std::int64_t timeout_ms = 2'000;  // of a whole probe: lookup, connect, TLS and reply
  std::uint32_t failure_threshold = 3;
  std::uint32_t success_threshold = 2;
  std::int64_t recheck_interval_ms = 1'000;
  std::int64_t hold_down_ms = 30'000;
  Recovery recovery = Recovery::kAuto;
  InitialState initial_state = InitialState::kProbe;

  Origin origin;

  // Same spec: everything but the origin. A reload leaves such a check's streak alone.
  bool operator==(const CheckSpec&) const = default;
};

// What checks begin as: `healthCheckDefaults`.
struct CheckDefaults {
  CheckSpec spec;
  bool has_type = false;       // the type, which has no default of its own, is given
  bool has_condition = false;  // PROMETHEUS: and so is the condition
  std::string url;             // PROMETHEUS: not in the spec yet, whose address others share

  bool operator==(const CheckDefaults&) const = default;
};

// As it is written: HTTP.
std::string_view to_string(CheckType type);

// 80, 443 or 53; 0 for a type that has none: it must name its port, or connects to nothing.
constexpr std::uint16_t default_port(CheckType type) {
  switch (type) {
    case CheckType::kHttp:
      return 80;
    case CheckType::kHttps:
    case CheckType::kTls:
      return 443;
    case CheckType::kDns:
      return 53;
    case CheckType::kTcp:
    case CheckType::kGrpc:
    case CheckType::kExec:
    case CheckType::kPrometheus:  // its URL says it
    case CheckType::kPush:
    case CheckType::kSwitch:
    case CheckType::kCalculated:
      return 0;
  }
  return 0;
}

// Whether a check of this type is probed by us at its interval.
constexpr bool is_probed(CheckType type) { return type < CheckType::kPush; }

// Makes when it is probed, and what its results in a row come to, as in a new spec. What a probe
// asks and expects, and how long it may take, stays.
void forget_pace(CheckSpec& spec);

// Whether a check of this type has an address of its own, which is that of what it judges.
constexpr bool has_address(CheckType type) { return type < CheckType::kExec; }

// The port that a probe connects to.
constexpr std::uint16_t port_of(const CheckSpec& spec) {
  return spec.port != 0 ? spec.port : default_port(spec.type);
}

}  // namespace rhumb
