// The child's side of a map job: takes it out of its memory, does it, and sends what comes of it. A
// hostile database may kill the process that calls this, and do no more: before it is opened, the
// process has put away all but what it takes to read it and to compute.
#pragma once

#include "server/confine_config.h"
#include "server/listeners.h"

namespace rhumb {

void run_map_job(const Fd& job, const Fd& reports, const ConfineConfig& confine);

}  // namespace rhumb
