// What a server keeps over restarts, as plain values, and what of it may still be believed. Times
// are Unix time in milliseconds, never read from a clock here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/machine.h"
#include "server/last_probe.h"

namespace rhumb {

// A verdict is taken over when the last result for it is no older than this.
inline constexpr std::int64_t kMaxVerdictAgeMs = 600'000;

struct SavedCheck {
  std::string id;
  CheckState state;
  std::optional<LastProbe> last;          // of a check that is probed or pushed
  std::optional<std::int64_t> pushed_ms;  // of PUSH alone: last, or else when the check was new

  bool operator==(const SavedCheck&) const = default;
};

struct SavedOverride {
  std::string id;
  Health state = Health::kHealthy;       // never unknown
  std::optional<std::int64_t> until_ms;  // none: until it is cleared
  std::string reason;

  bool operator==(const SavedOverride&) const = default;
};

struct SavedDrain {
  std::string label;  // LABEL=VALUE
  std::optional<std::int64_t> until_ms;
  std::string reason;

  bool operator==(const SavedDrain&) const = default;
};

// The last that was served of a zone.
struct SavedZone {
  std::string apex;  // with the final dot, in lower case
  std::uint32_t serial = 0;
  std::uint64_t digest = 0;

  bool operator==(const SavedZone&) const = default;
};

struct SavedState {
  std::vector<SavedCheck> checks;
  std::vector<SavedOverride> overrides;
  std::vector<SavedDrain> drains;
  std::vector<SavedZone> zones;

  bool operator==(const SavedState&) const = default;
};

// All times moved by so much: from the server's clock, which never jumps, to the system's. None
// leaves 0 to kMaxSavedTimeMs.
SavedState moved_by(SavedState state, std::int64_t difference_ms);
inline constexpr std::int64_t kMaxSavedTimeMs = 253'402'300'799'999;  // the end of the year 9999

// What of it may still be believed at `now_ms`. Dropped are verdicts whose last result is older
// than kMaxVerdictAgeMs, and those of a later time than `now_ms`. A push is as good as its own
// expiry, however old. Overrides and drains stay: to end them, and say so, is up to who takes them
// over.
SavedState believable(SavedState state, std::int64_t now_ms);

}  // namespace rhumb
