// The keys of rhumb.yaml on what OPT carries and on what the server says of itself.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

// Reads `edns` and `identity` into the config's options. A secret for cookies that was drawn is
// kept from `before` (null: nothing).
void read_answer_options(Fields& fields, const Config* before, Config& config,
                         Diagnostics& diagnostics);

}  // namespace rhumb
