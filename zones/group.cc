#include "zones/group.h"

namespace rhumb {

std::string_view to_string(Policy policy) {
  switch (policy) {
    case Policy::kSimple:
      return "simple";
    case Policy::kFailover:
      return "failover";
    case Policy::kPriority:
      return "priority";
    case Policy::kWeighted:
      return "weighted";
    case Policy::kMultivalue:
      return "multivalue";
    case Policy::kLatency:
      return "latency";
    case Policy::kGeolocation:
      return "geolocation";
    case Policy::kGeoproximity:
      return "geoproximity";
    case Policy::kCidr:
      return "CIDR";
  }
  return "";
}

}  // namespace rhumb
