// Which checks are one probe: those that ask the same target the same thing and expect the same,
// whatever their ids, labels and thresholds are. Pure functions of the specs.
#pragma once

#include <cstdint>

#include "health/check.h"

namespace rhumb {

// Equal for checks that are one probe; also their place within the interval, so that they are due
// together. The same in every run.
std::uint64_t probe_key(const CheckSpec& spec);

// Whether one probe serves both. Their intervals may differ.
bool is_same_probe(const CheckSpec& left, const CheckSpec& right);

}  // namespace rhumb
