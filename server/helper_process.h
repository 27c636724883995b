// What the helper does: takes a request, lets a child of its own do it within bounds, tells how the
// child ended, and takes the next. It ends with the server. It opens and reads nothing itself.
#pragma once

#include <sys/types.h>

#include "server/listeners.h"

namespace rhumb {

// Bytes that a child may have in memory, client maps apart. (A sanitizer needs all there are.)
inline constexpr std::size_t kMaxChildMemory = std::size_t{4} << 30U;
// Bytes of one client map.
inline constexpr std::size_t kMaxMapSize = std::size_t{1} << 30U;

// Requires: called in a process forked from `server` by a thread that lives as long as that.
[[noreturn]] void run_helper(const Fd& requests, pid_t server);

}  // namespace rhumb
