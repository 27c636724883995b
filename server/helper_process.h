// What the helper does: takes requests, lets a child of its own do each within bounds, many at
// once, and tells how each ended. It waits for none, and ends with the server. It opens and reads
// nothing itself.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>

#include "server/confine_config.h"
#include "server/listeners.h"

namespace rhumb {

// Jobs at once; further requests wait. More than there are probe slots, since what a command has
// left behind may take its time to end.
inline constexpr std::size_t kMaxJobs = 640;
// Bytes that a child may have in memory, client maps apart. (A sanitizer needs all there are.)
inline constexpr std::size_t kMaxChildMemory = std::size_t{4} << 30U;
// Bytes of one client map.
inline constexpr std::size_t kMaxMapSize = std::size_t{1} << 30U;

// Files that a child which compiles maps may have open.
inline constexpr rlim_t kMaxChildFiles = 64;

// Requires: called in a process forked from `keeper` by a thread that lives as long as that.
[[noreturn]] void run_helper(const Fd& requests, pid_t keeper, const ConfineConfig& confine);

}  // namespace rhumb
