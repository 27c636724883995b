// A server that was killed keeps its files and sockets until the kernel is done with its memory,
// which takes a second or two. The next one waits a little for what it finds taken.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/log.h"

namespace rhumb {

inline constexpr std::int64_t kPredecessorWaitMs = 3'000;

// Returns when `is_taken` is false, or after kPredecessorWaitMs. That it waits for `what` is logged
// once.
void wait_while_taken(const std::string& what, const std::function<bool()>& is_taken, Log& log);

}  // namespace rhumb
