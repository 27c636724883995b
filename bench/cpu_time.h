// Processor time in seconds: of cores, of processes, and of this one. What two of them differ by is
// what others took.
#pragma once

#include <vector>

namespace rhumb::bench {

// Since some moment, that these cores were not idle; no cores: the whole machine. What its host
// gave to others counts too. In steps of 10 ms a core.
double cores_cpu_s(const std::vector<int>& cores = {});

// User and system, of all threads, those that ended included. A process that is unknown has none.
double processes_cpu_s(const std::vector<int>& pids);

double own_cpu_s();

}  // namespace rhumb::bench
