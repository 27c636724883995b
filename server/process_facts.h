// What the kernel says of this process.
#pragma once

#include <cstdint>

namespace rhumb {

// Zero where the kernel does not say.
struct ProcessFacts {
  double cpu_seconds = 0;  // user and system, all threads; not those of child processes
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;  // the soft limit
};

ProcessFacts process_facts();

}  // namespace rhumb
