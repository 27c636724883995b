// How long health checks take to find a death, which is what TTLs are measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "health/check_refs.h"

namespace rhumb {

// The longest that a check takes from the death of a silent target to its verdict, but for the
// spread of probes: an interval, then failureThreshold probes that time out, with the rechecks'
// pauses. Of a PUSH check, how long it waits. nullopt: it finds nothing itself.
[[nodiscard]] std::optional<std::int64_t> detection_ms(const CheckSpec& check);

// The same of all checks: a CALCULATED one takes as long as the slowest of its children.
class Detections {
 public:
  using Numbers = std::unordered_map<std::string_view, std::size_t>;
  // Borrows both while it is made. Requires: no check depends on itself.
  Detections(const CheckRefs& checks, const Numbers& numbers);

  [[nodiscard]] std::optional<std::int64_t> of(std::size_t check) const { return found_[check]; }

 private:
  std::vector<std::optional<std::int64_t>> found_;
};

}  // namespace rhumb
