#include "zones/group_info.h"

#include <optional>
#include <string>

#include "zones/report.h"

namespace rhumb {
namespace {

// "country GB", "tier 2, weight 10"; empty when the policy has nothing to say of a set.
std::string suits_of(Policy policy, const GroupSpec::Set& set) {
  if (set.location) return to_string(*set.location);
  std::string weight = "weight " + std::to_string(set.weight);
  switch (policy) {
    case Policy::kFailover:
      return set.tier == 1 ? "PRIMARY" : "SECONDARY";
    case Policy::kPriority:
      return "priority " + std::to_string(set.tier) + (set.weight == 1 ? "" : ", " + weight);
    case Policy::kWeighted:
      return weight;
    case Policy::kSimple:
    case Policy::kMultivalue:
    case Policy::kLatency:
    case Policy::kGeolocation:
    case Policy::kGeoproximity:
    case Policy::kCidr:
      break;
  }
  return {};
}

}  // namespace

GroupInfo info_of(const std::vector<SourceFile>& sources, const GroupSpec& spec) {
  GroupInfo info{.owner = spec.owner,
                 .type = spec.type,
                 .policy = spec.policy,
                 .min_healthy = spec.min_healthy,
                 .no_match_meant = spec.no_match_meant,
                 .sets = {},
                 .place = place_of(sources, spec.place)};
  // A place has the file's name, so only those are kept of which an error may be told.
  const auto place_if = [&](bool is_told, RecordPlace place) {
    return is_told ? place_of(sources, place) : Place();
  };
  info.sets.reserve(spec.sets.size());
  for (const GroupSpec::Set& set : spec.sets) {
    info.sets.push_back({.identifier = set.identifier,
                         .check_id = set.check_id,
                         .check_place = place_if(!set.check_id.empty(), set.check_place),
                         .link = std::nullopt,
                         .suits = suits_of(spec.policy, set),
                         .location = set.location,
                         .location_place = place_if(set.location.has_value(), set.location_place),
                         .tier = set.tier,
                         .weight = set.weight,
                         .ttl_s = set.ttl_s,
                         .values = static_cast<std::uint32_t>(set.rdata.size()),
                         .labels = set.labels,
                         .place = place_of(sources, set.place)});
  }
  return info;
}

}  // namespace rhumb
