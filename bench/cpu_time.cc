#include "bench/cpu_time.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>

#include "bench/generator.h"

namespace rhumb::bench {
namespace {

// Of the rest of a line of /proc/stat: user, nice, system, idle, iowait, …
double idle_ticks(std::istream& fields) {
  std::array<double, 5> ticks{};
  for (double& field : ticks) fields >> field;
  return ticks[3] + ticks[4];
}

// "cpu1" is a core; "cpu" is all of them.
bool is_wanted(const std::string& name, const std::vector<int>& cores) {
  if (name == "cpu") return false;
  return cores.empty() ||
         std::ranges::any_of(cores, [&](int core) { return name == "cpu" + std::to_string(core); });
}

}  // namespace

// Linux takes the time that a core idles by the clock, and samples what else it does.
double cores_cpu_s(const std::vector<int>& cores) {
  double seconds = 0;
  const double now_s = static_cast<double>(now_ns()) * 1e-9;
  const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream stat("/proc/stat");
  for (std::string line; std::getline(stat, line) && line.starts_with("cpu");) {
    std::istringstream fields(line);
    std::string name;
    fields >> name;
    if (is_wanted(name, cores)) seconds += now_s - idle_ticks(fields) / ticks_a_second;
  }
  return seconds;
}

double processes_cpu_s(const std::vector<int>& pids) {
  double seconds = 0;
  for (const int pid : pids) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) continue;
    seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  return seconds;
}

double own_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace rhumb::bench
