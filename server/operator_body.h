// The body of a request that overrides a check or drains a label, read strictly: what is wrong is
// an error that says what to write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "health/machine.h"

namespace rhumb {

inline constexpr std::int64_t kMaxForMs = std::int64_t{3'650} * 86'400'000;  // ten years

struct OperatorBody {
  Health state = Health::kUnhealthy;   // of an override
  std::optional<std::int64_t> for_ms;  // nullopt: until it is taken back
  std::string reason;
  bool force = false;  // though a safety rule speaks against it

  bool operator==(const OperatorBody&) const = default;
};

// {"state":"unhealthy","for":"30m","reason":"…","force":false}; `state` alone must be there.
Result<OperatorBody> read_override_body(std::string_view text);
// The same without `state`; may be empty.
Result<OperatorBody> read_drain_body(std::string_view text);

}  // namespace rhumb
