// The fields that belong to one or two types of check: of TLS, DNS, GRPC, EXEC, PROMETHEUS, PUSH,
// SWITCH and CALCULATED.
#pragma once

#include "base/error.h"
#include "health/check.h"
#include "text/fields.h"

namespace rhumb {

// Reads over what `check` begins as, whatever its type; `query` needs to know that.
void read_check_type_fields(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics);

// What only the whole of a check can tell. Requires: its type is known.
void judge_check_type(Fields& fields, CheckDefaults& check, Diagnostics& diagnostics);

}  // namespace rhumb
