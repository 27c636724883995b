// Drives a DNS server over TCP from one thread: so many connections at once, each of which asks its
// questions one after the other, waits for each reply, and closes; then the next is opened in its
// place. Never pipelines, and is the one who closes, as most clients do.
#pragma once

#include "bench/generator.h"

namespace rhumb::bench {

// Of the plan, `sockets` is how many connections there are at once; `window` and
// `questions_a_second` mean nothing here. A question is lost when there is no reply in time or its
// connection ends.
LoadResult run_tcp_load(const LoadPlan& plan, const Questions& questions);

}  // namespace rhumb::bench
