// Bounds that a process puts on itself, what it lays down, and how one watches another.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "server/listeners.h"

namespace rhumb {

// Neither itself nor what it starts gets beyond.
void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard);

// As many files at once as the system lets this process have, which is more than the usual limit.
void raise_file_limit();

// The kernel, when memory ends, takes this process rather than the server.
void be_first_to_go();

// Lets this process be killed when `parent`, which forked it, ends; ends it now if it is late.
void end_with(pid_t parent);

// Opens /dev/null for each of standard input, output and error that this process was started
// without: a file that it opens later would be taken for that one. Requires: it has opened nothing.
void fill_standard_descriptors();

// Leaves open these two, standard error, and nothing for standard input and output.
void close_all_but(const Fd& one, const Fd& other);

// Readable once the process has ended; invalid when it cannot be watched.
Fd watch_process(pid_t pid);

// Blots out this process's environment, which /proc shows to all of its user. What it forks has
// none either.
void forget_environment();

}  // namespace rhumb
