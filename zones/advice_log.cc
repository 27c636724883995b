#include "zones/advice_log.h"

#include <string_view>

namespace rhumb {
namespace {

// What is meant by "and 12 more".
std::string_view others(Advice kind) {
  switch (kind) {
    case Advice::kNoPrimary:
      return "groups without a PRIMARY";
    case Advice::kNoDefault:
      return "groups without a default";
    case Advice::kNeverChosen:
      return "record sets that are never chosen";
    case Advice::kUncheckedPrimary:
      return "PRIMARY sets without a health check";
    case Advice::kZeroWeights:
      return "groups with weights of 0 alone";
    case Advice::kCommitted:
      return "aliases that do not ask for their target's health";
    case Advice::kUnknownPlace:
      return "groups that choose by places that are not known";
    case Advice::kLongTtl:
      return "TTLs that outlast what health checks find";
    case Advice::kSeveralValues:
      return "record sets with several addresses behind one health check";
    case Advice::kOtherAddress:
      return "health checks of addresses that are not answered";
    case Advice::kHint:
      return "address hints beside routed addresses";
    case Advice::kFamilies:
      return "names whose A and AAAA records are routed differently";
    case Advice::kUnusedCheck:
      return "health checks that no record set uses";
    case Advice::kDisabledCheck:
      return "disabled health checks";
    case Advice::kFixedCheck:
      return "calculated health checks that cannot turn unhealthy";
    case Advice::kWeakSwitch:
      return "switches that are not needed";
    case Advice::kEarlyDays:
      return "certificates that are to be renewed early";
  }
  return {};
}

}  // namespace

void AdviceLog::add(Advice kind, const Place& place, std::string message) {
  const std::string key = std::to_string(static_cast<int>(kind)) + " " + to_string(place);
  if (!told_.insert(key).second) return;
  if (++counts_[{place.file, kind}] > kMaxAdviceOfKind) return;
  diagnostics_.warn(place, std::move(message));
}

void AdviceLog::finish() {
  for (const auto& [of, count] : counts_) {
    if (count <= kMaxAdviceOfKind) continue;
    const std::string more = std::to_string(count - kMaxAdviceOfKind);
    diagnostics_.warn({.file = of.first},
                      "and " + more + " more " + std::string(others(of.second)));
  }
}

}  // namespace rhumb
