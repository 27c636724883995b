// The keys `user` and `confine` of rhumb.yaml: who the server becomes and what holds it in. It
// looks nobody up but to warn.
#pragma once

#include "base/error.h"
#include "server/config.h"
#include "text/fields.h"

namespace rhumb {

void read_confinement(Fields& fields, Config& config, Diagnostics& diagnostics);

// Warns of a user that this machine does not know. No error: rhumb.yaml may well be checked on
// another machine than the one that will serve it, and there a start says so.
void warn_of_user(const Config& config, Diagnostics& diagnostics);

}  // namespace rhumb
