// Health checks as they are written in rhumb.yaml and in YAML zones: one reader for both, so that a
// check means the same wherever it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "health/check.h"
#include "text/yaml.h"

namespace rhumb {

inline constexpr std::int64_t kMaxIntervalMs = 86'400'000;  // a day; of recheckInterval, too
inline constexpr std::int64_t kMaxHoldDownMs = 7 * kMaxIntervalMs;
inline constexpr int kMaxThreshold = 100;
inline constexpr std::size_t kMaxCheckHeaders = 64;
inline constexpr std::size_t kMaxCheckLabels = 64;    // of a check or record set
inline constexpr std::size_t kMaxCheckText = 2048;    // octets of a path, a header, a label …
inline constexpr std::size_t kMaxMetricQuery = 8192;  // octets
inline constexpr std::size_t kMaxCommandArguments = 64;
inline constexpr int kMaxDaysLeft = 3650;
inline constexpr std::int64_t kMaxExpiresAfterMs = 366 * kMaxIntervalMs;

// The fields of `map` over `base`: what `healthCheckDefaults` gives. An id, an address or labels in
// it are errors.
CheckDefaults read_check_defaults(YamlNode map, const CheckDefaults& base,
                                  Diagnostics& diagnostics);

struct ReadCheck {
  CheckSpec spec;
  bool good = false;  // false: something in it was wrong, which is told
};

struct CheckList {
  std::vector<CheckSpec> good;
  std::vector<CheckSpec>
      wrong;              // with an error: no more than their ids and places can be relied on
  bool all_named = true;  // false: the id of a wrong one could not be read
};

// A list of checks, each over `defaults`.
CheckList read_checks(YamlNode list, const CheckDefaults& defaults, Diagnostics& diagnostics);

// An inline check of a record set, of a type that is probed: `defaults` already has the id, the
// address and the host that it takes from its set, and the absence of an address that its type
// needs is an error here.
ReadCheck read_inline_check(YamlNode map, const CheckDefaults& defaults, Diagnostics& diagnostics);

// The labels of a check or a record set: a map of texts. Wrong ones are reported and left out.
std::vector<std::pair<std::string, std::string>> read_labels(YamlNode map,
                                                             Diagnostics& diagnostics);

}  // namespace rhumb
