#include "zones/detection.h"

#include <algorithm>

namespace rhumb {
namespace {

struct Step {
  std::size_t check;
  std::size_t next;  // of its children
};

}  // namespace

std::optional<std::int64_t> detection_ms(const CheckSpec& check) {
  if (check.disabled) return std::nullopt;
  if (check.type == CheckType::kPush) return check.expires_after_ms;
  if (!is_probed(check.type)) return std::nullopt;
  const auto probes = static_cast<std::int64_t>(check.failure_threshold);
  const std::int64_t pause_ms = std::min(check.recheck_interval_ms, check.interval_ms);
  return check.interval_ms + probes * check.timeout_ms + (probes - 1) * pause_ms;
}

// Depth first without recursion: each check after its children.
Detections::Detections(const CheckRefs& checks, const Numbers& numbers) : found_(checks.size()) {
  std::vector<bool> seen(checks.size());
  std::vector<Step> path;
  const auto open = [&](std::size_t check) {
    if (seen[check]) return;
    seen[check] = true;
    found_[check] = detection_ms(checks[check]);
    const bool asks_children = checks[check].type == CheckType::kCalculated;
    if (asks_children && !checks[check].disabled) path.push_back({check, 0});
  };
  for (std::size_t start = 0; start < checks.size(); ++start) {
    open(start);
    while (!path.empty()) {
      const std::size_t parent = path.back().check;
      const std::vector<std::string>& children = checks[parent].children;
      if (path.back().next == children.size()) {
        path.pop_back();
        if (!path.empty())
          found_[path.back().check] = std::max(found_[path.back().check], found_[parent]);
        continue;
      }
      const auto child = numbers.find(children[path.back().next++]);
      if (child == numbers.end()) continue;
      open(child->second);
      if (path.back().check == parent)
        found_[parent] = std::max(found_[parent], found_[child->second]);
    }
  }
}

}  // namespace rhumb
