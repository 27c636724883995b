#include "server/operator_words.h"

#include "server/clock.h"

namespace rhumb {
namespace {

std::string with_terms(std::string text, const std::string& reason,
                       std::optional<std::int64_t> until_ms) {
  if (!reason.empty()) text += ": " + reason;
  return until_ms ? text + ", until " + to_rfc3339(*until_ms) : text;
}

// Without the operator's word on the check itself.
std::string words_found(const CheckSpec& spec, const CheckStatus& status, std::int64_t now_ms) {
  if (spec.disabled) return "is " + status.reason;
  std::string words(to_string(status.followed));
  if (status.followed == Health::kUnknown) words += " (counts as healthy)";
  // What a CALCULATED check would be without a word on itself has no time of its own.
  const bool follows = spec.type == CheckType::kCalculated;
  const std::int64_t since_ms = follows ? status.turned_ms : status.state.since_ms;
  if (!follows || status.said_reason.empty())
    words += " for " + to_short_duration(now_ms - since_ms);
  return status.reason.empty() ? words : words + ": " + status.reason;
}

}  // namespace

std::string words_on(const CheckOverride& said) {
  const bool is_out = !is_alive(said.state);
  return with_terms(is_out ? "taken out by override" : "held healthy by override", said.reason,
                    said.until_ms);
}

std::string words_on(const Label& label, const Drain& said) {
  return with_terms("taken out by the drain of " + to_string(label), said.reason, said.until_ms);
}

std::string words_on(const Operator& said, std::span<const Label> labels) {
  std::string words;
  for (const Label& label : said.drains_of(labels)) {
    if (!words.empty()) words += "; ";
    words += words_on(label, *said.find(label));
  }
  return words;
}

CheckWords words_on(const CheckSpec& spec, const CheckStatus& status, std::int64_t now_ms) {
  const std::string found = words_found(spec, status, now_ms);
  std::string words;
  for (const auto& [label, said] : status.drains) words += words_on(label, said) + "; ";
  if (status.override_of) words += words_on(*status.override_of) + "; ";
  const bool switched_off = spec.type == CheckType::kSwitch && !is_alive(status.verdict);
  if (words.empty()) return {found, switched_off};
  return {words + "else " + found, true};
}

}  // namespace rhumb
