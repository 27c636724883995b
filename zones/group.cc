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
  }
  return "";
}

}  // namespace rhumb
