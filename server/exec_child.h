// The process between the helper and one command: starts it in a session of its own, keeps the
// first of what it writes, and reports how it ended. Whatever came of the command has gone when
// this ends: at the command's end or deadline, or when helper or server no longer wait for it.
#pragma once

#include <sys/types.h>

#include "server/listeners.h"

namespace rhumb {

// `job` is the sealed memory of an ExecJob. Requires: called in a child of `helper`, which has
// nothing else to do.
void run_exec_job(const Fd& job, const Fd& reports, pid_t helper);

}  // namespace rhumb
