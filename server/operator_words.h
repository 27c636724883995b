// What operators have said, in words for people.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "health/check.h"
#include "server/check_status.h"
#include "server/explain.h"
#include "server/operator.h"

namespace rhumb {

// "taken out by override: disk full, until 2026-11-20T10:00:00.000Z"
std::string words_on(const CheckOverride& said);
// "taken out by the drain of site=london: power, until it is restored"
std::string words_on(const Label& label, const Drain& said);
// The drains that a set of these labels is under; empty: none.
std::string words_on(const Operator& said, std::span<const Label> labels);

// What a check says, and who says otherwise.
CheckWords words_on(const CheckSpec& spec, const CheckStatus& status, std::int64_t now_ms);

}  // namespace rhumb
