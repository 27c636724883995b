#include "server/safety.h"

#include <algorithm>

namespace rhumb {
namespace {

bool concerns(const SafetyRule& rule, const CheckSpec& spec) {
  return std::ranges::all_of(rule.labels, [&](const auto& label) {
    return std::ranges::find(spec.labels, label) != spec.labels.end();
  });
}

std::string labels_of(const SafetyRule& rule) {
  std::string text;
  for (const auto& [name, value] : rule.labels) {
    if (!text.empty()) text += " and ";
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

std::string to_text(const BrokenRule& broken) {
  const SafetyRule& rule = *broken.rule;
  return "the safety rule at " + to_string(rule.place) + " wants at least " +
         std::to_string(rule.at_least) + " healthy with " + labels_of(rule) + ", and " +
         std::to_string(broken.healthy_after) + " of " + std::to_string(broken.checks) +
         " would be left" + (broken.once_healthy ? ", even once all are measured healthy" : "");
}

}  // namespace

std::vector<BrokenRule> broken_rules(std::span<const SafetyRule> rules,
                                     std::span<const CheckChange> changes) {
  std::vector<BrokenRule> broken;
  for (const SafetyRule& rule : rules) {
    BrokenRule found{.rule = &rule};
    std::size_t healthy_now = 0;
    for (const CheckChange& change : changes) {
      if (!concerns(rule, *change.spec)) continue;
      ++found.checks;
      if (change.healthy_now) ++healthy_now;
      if (change.healthy_after) ++found.healthy_after;
    }
    const bool fewer = found.healthy_after < healthy_now;
    if (fewer && found.healthy_after < rule.at_least) broken.push_back(found);
  }
  return broken;
}

std::vector<BrokenRule> with_those_once_healthy(std::vector<BrokenRule> now,
                                                std::span<const BrokenRule> once_healthy) {
  for (BrokenRule broken : once_healthy) {
    const bool is_known = std::ranges::find(now, broken.rule, &BrokenRule::rule) != now.end();
    broken.once_healthy = true;
    if (!is_known) now.push_back(broken);
  }
  return now;
}

std::string danger(std::span<const BrokenRule> broken) {
  std::string text;
  for (const BrokenRule& each : broken) text += (text.empty() ? "" : "; ") + to_text(each);
  return text;
}

std::string refusal(std::string_view danger) {
  return std::string(danger) + "; with --force it is done all the same";
}

void warn_of_rules(std::span<const SafetyRule> rules, const CheckRefs& checks,
                   Diagnostics& diagnostics) {
  for (const SafetyRule& rule : rules) {
    const auto count =
        std::ranges::count_if(checks, [&](const CheckSpec& spec) { return concerns(rule, spec); });
    if (count == 0) {
      diagnostics.warn(rule.place, "no check has " + labels_of(rule) + "; the rule does nothing");
    } else if (static_cast<std::size_t>(count) < rule.at_least) {
      diagnostics.warn(rule.place, "only " + std::to_string(count) + " of the checks have " +
                                       labels_of(rule) + "; " + std::to_string(rule.at_least) +
                                       " can never be healthy");
    }
  }
}

}  // namespace rhumb
