#include "server/config_safety.h"

#include <optional>
#include <string>

#include "health/check.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

constexpr char kExampleOf[] = "{labels: {tier: web}}";
constexpr ForeignKey kForeignRuleKeys[] = {{"labels", "of"}, {"min", "atLeast"}};

// The labels of `of: {labels: …}`; none when they are wrong, which is reported.
std::vector<std::pair<std::string, std::string>> read_subject(YamlNode map,
                                                              Diagnostics& diagnostics) {
  Fields of(map, diagnostics);
  std::vector<std::pair<std::string, std::string>> labels;
  if (of.require("labels", "{tier: web}")) {
    const auto given = of.map("labels");
    if (given && given->size() == 0) {
      of.error("labels", "there is no label; write one, such as {tier: web}");
    } else if (given) {
      labels = read_labels(*given, diagnostics);
    }
  }
  of.finish();
  return labels;
}

std::optional<SafetyRule> read_rule(YamlNode item, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  Fields fields(item, diagnostics);
  if (!item.is_map()) return std::nullopt;
  SafetyRule rule;
  rule.place = item.place();
  if (fields.require("atLeast", "1")) {
    const auto given = fields.whole("atLeast", 1, static_cast<std::int64_t>(kMaxChecks));
    rule.at_least = static_cast<std::uint32_t>(given.value_or(1));
  }
  if (fields.require("of", kExampleOf)) {
    if (const auto map = fields.map("of")) rule.labels = read_subject(*map, diagnostics);
  }
  fields.finish(kForeignRuleKeys);
  if (diagnostics.error_count() > errors) return std::nullopt;
  return rule;
}

}  // namespace

std::vector<SafetyRule> read_safety_rules(Fields& fields, Diagnostics& diagnostics) {
  std::vector<SafetyRule> rules;
  const auto items = fields.list("safetyRules");
  if (!items) return rules;
  if (items->size() > kMaxSafetyRules) {
    fields.error("safetyRules", "there are more than " + std::to_string(kMaxSafetyRules));
    return rules;
  }
  for (const YamlNode item : *items) {
    if (auto rule = read_rule(item, diagnostics)) rules.push_back(*std::move(rule));
  }
  return rules;
}

}  // namespace rhumb
