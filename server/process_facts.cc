#include "server/process_facts.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace rhumb {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(DIR* folder) const { closedir(folder); }
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void read_memory(ProcessFacts& facts) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen("/proc/self/statm", "re"));
  unsigned long all = 0;
  unsigned long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%lu %lu", &all, &resident) != 2) return;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  facts.virtual_bytes = all * page;
  facts.resident_bytes = resident * page;
}

std::uint64_t count_open_files() {
  const std::unique_ptr<DIR, Close> folder(opendir("/proc/self/fd"));
  if (folder == nullptr) return 0;
  std::uint64_t entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;
  constexpr std::uint64_t kOthers = 3;  // ".", "..", and the folder's own
  return entries > kOthers ? entries - kOthers : 0;
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    facts.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  read_memory(facts);
  facts.open_files = count_open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_files = limit.rlim_cur;
  return facts;
}

}  // namespace rhumb
