#include "server/check_reason.h"

#include <string_view>

#include "text/utf8.h"

namespace rhumb {
namespace {

// At most `size` octets of it, and a sign that there was more.
std::string shortened(std::string_view text, std::size_t size) {
  const std::string_view kept = cut(text, size);
  return std::string(kept) + (kept.size() < text.size() ? "…" : "");
}

std::string switch_reason(const CheckSpec& spec) {
  const std::string text = spec.default_healthy ? "default healthy" : "default unhealthy";
  return spec.inverted ? "inverted: " + text : text;
}

// How far a check is on its way to the other verdict.
std::string progress(const CheckSpec& spec, const CheckState& state, const LastProbe& last) {
  if (!is_probed(spec.type) || !last.counts || state.streak == 0) return "";
  const bool fails = state.measured == Health::kHealthy && state.streak_of == Sample::kFailed;
  const bool recovers = state.measured == Health::kUnhealthy && state.streak_of == Sample::kOk;
  const std::uint32_t wanted = fails ? spec.failure_threshold : spec.success_threshold;
  if ((!fails && !recovers) || state.streak >= wanted) return "";
  return std::string(fails ? "; failure " : "; success ") + std::to_string(state.streak) + " of " +
         std::to_string(wanted);
}

std::string told(const CheckSpec& spec, const LastProbe& last) {
  if (!spec.inverted) return last.reason;
  if (!is_probed(spec.type) || !last.counts) return "inverted: " + last.reason;
  return (last.ok ? "inverted: its probe succeeded: " : "inverted: its probe failed: ") +
         last.reason;
}

}  // namespace

std::string own_reason(const CheckSpec& spec, const CheckState& state,
                       const std::optional<LastProbe>& last) {
  if (spec.disabled) {
    return spec.inverted ? "disabled and inverted: always unhealthy" : "disabled: always healthy";
  }
  if (spec.type == CheckType::kSwitch) return switch_reason(spec);
  if (last) return told(spec, *last) + progress(spec, state, *last);
  return spec.type == CheckType::kPush ? "no push yet" : "not probed yet";
}

std::string children_counted(const CheckSpec& spec, std::size_t healthy) {
  return std::to_string(healthy) + " of " + std::to_string(spec.children.size()) +
         (spec.children.size() == 1 ? " child healthy" : " children healthy");
}

std::string children_reason(const CheckSpec& spec, const ChildrenFound& found) {
  const std::size_t needed =
      spec.health_threshold > 0 ? spec.health_threshold : spec.children.size();
  std::string text = spec.inverted ? "inverted: " : "";
  text += children_counted(spec, found.healthy);
  if (found.undecided > 0) text += " (" + std::to_string(found.undecided) + " still undecided)";
  text += ", needs " + std::to_string(needed);
  std::string_view before = "; unhealthy: ";
  for (const ChildrenFound::Child& child : found.unhealthy) {
    text += before;
    text += shortened(child.id, kMaxChildIdShown);
    if (!child.reason.empty()) text += " (" + shortened(child.reason, kMaxChildReasonShown) + ")";
    before = ", ";
  }
  if (found.more > 0) text += " and " + std::to_string(found.more) + " more";
  return text;
}

}  // namespace rhumb
