// What is known of a zone that cannot be served: of its health checks enough to find, in the same
// load, what is wrong between them and the checks of elsewhere. Never served.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "dns/name.h"
#include "health/check.h"

namespace rhumb {

// Where a record set names a check.
struct CheckUse {
  std::string id;
  Place place;
};

struct ZoneRemains {
  std::vector<CheckSpec> checks;  // wrong ones among them
  std::vector<CheckUse> uses;
  bool all_named = true;          // no check is missing among them
  std::optional<Name> apex = {};  // nullopt: it is not known either
};

}  // namespace rhumb
