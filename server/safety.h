// Safety rules: so many checks of a kind must stay healthy, whatever an operator takes out. Pure
// judgements of values; nothing here acts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "health/check_refs.h"

namespace rhumb {

inline constexpr std::size_t kMaxSafetyRules = 256;

struct SafetyRule {
  std::uint32_t at_least = 1;
  std::vector<std::pair<std::string, std::string>> labels;  // a check must have them all
  Place place;

  bool operator==(const SafetyRule&) const = default;
};

// A check before and after what an operator asks for. Healthy is: not unhealthy.
struct CheckChange {
  const CheckSpec* spec = nullptr;
  bool healthy_now = true;
  bool healthy_after = true;
};

struct BrokenRule {
  const SafetyRule* rule = nullptr;
  std::size_t checks = 0;  // that it is about
  std::size_t healthy_after = 0;
  bool once_healthy =
      false;  // not as checks are now, but as they are once all are measured healthy
};

// The rules that the change would break, or that are broken already and that it would make worse.
// `changes` has all checks; a rule that is about none of them is never broken.
std::vector<BrokenRule> broken_rules(std::span<const SafetyRule> rules,
                                     std::span<const CheckChange> changes);

// Adds to what is broken `now` what would be once all checks are measured healthy: operators' words
// outlast an outage, and are not to become the next one.
std::vector<BrokenRule> with_those_once_healthy(std::vector<BrokenRule> now,
                                                std::span<const BrokenRule> once_healthy);

// Which rules those are, and what would be left of their checks; empty: there are none.
std::string danger(std::span<const BrokenRule> broken);
// Why what brings this danger is refused, and how to do it all the same.
std::string refusal(std::string_view danger);

// Warns of rules that no check fits, and of those that no state of the checks can keep.
void warn_of_rules(std::span<const SafetyRule> rules, const CheckRefs& checks,
                   Diagnostics& diagnostics);

}  // namespace rhumb
