// Advice on the health checks themselves: who uses them, and whether their verdict can ever change.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "zones/advice_view.h"

namespace rhumb {

// From so many days on, minDaysLeft takes a site out before its certificate is renewed: commonly
// that is when 30 days of 90 are left.
inline constexpr int kRenewalDays = 30;

// `uses[i]` names a record set that uses check i, if any does.
void advise_on_checks(const AdviceView& view, std::span<const std::optional<std::string>> uses);

}  // namespace rhumb
