// The safetyRules of rhumb.yaml.
#pragma once

#include <vector>

#include "server/safety.h"
#include "text/fields.h"

namespace rhumb {

// What could be read of them; wrong ones are reported and left out.
std::vector<SafetyRule> read_safety_rules(Fields& fields, Diagnostics& diagnostics);

}  // namespace rhumb
