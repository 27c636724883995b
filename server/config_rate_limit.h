// The key of rhumb.yaml on response rate limiting, and what is said where it is off.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

// Reads `rateLimit` into the config's options.
void read_rate_limit(Fields& fields, Config& config, Diagnostics& diagnostics);

// Warns where strangers can ask and no reply is limited.
void advise_rate_limit(const Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
