// Which keys are for checks of which types. A key that the type of a check does not use is an error
// where it is written, and none where it is inherited from defaults.
#pragma once

#include "base/error.h"
#include "health/check.h"
#include "text/fields.h"

namespace rhumb {

// Reports the keys in `fields` that a check of `type` does not use.
void judge_check_keys(Fields& fields, CheckType type, Diagnostics& diagnostics);

// What the type does not use becomes what is built in, as far as defaults that are meant for others
// could tell on it: times and thresholds where nothing is probed, addresses where nobody is asked.
void forget_unused(CheckSpec& spec);

}  // namespace rhumb
