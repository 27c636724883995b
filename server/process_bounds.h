// Bounds that a process of the helper's puts on itself.
#pragma once

#include <sys/resource.h>

namespace rhumb {

// Neither itself nor what it starts gets beyond.
void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard);

// The kernel, when memory ends, takes this process rather than the server.
void be_first_to_go();

}  // namespace rhumb
