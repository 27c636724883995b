// The child's side of a map job: takes it out of its memory, does it, and sends what comes of it. A
// hostile database may kill the process that calls this.
#pragma once

#include "server/listeners.h"

namespace rhumb {

void run_map_job(const Fd& job, const Fd& reports);

}  // namespace rhumb
