// Advice on one record set and its health check: whether the check tells of what is answered, and
// whether caches let go of it in time.
#pragma once

#include <cstddef>

#include "zones/advice_view.h"

namespace rhumb {

// A TTL up to here is never too long.
inline constexpr std::uint32_t kShortTtlS = 60;
// Nor is one of up to so many times what the check needs to find a death.
inline constexpr std::int64_t kTtlPerDetection = 4;

void advise_on_set(const AdviceView& view, const AdvisedGroup& at, std::size_t number);

}  // namespace rhumb
