#include "server/predecessor.h"

#include <chrono>
#include <thread>

#include "server/clock.h"

namespace rhumb {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};

}  // namespace

void wait_while_taken(const std::string& what, const std::function<bool()>& is_taken, Log& log) {
  if (!is_taken()) return;
  log.info("another rhumb still has what this one needs; waiting for it to go",
           {{"what", what}, {"for", to_short_duration(kPredecessorWaitMs)}});
  const std::int64_t until_ms = monotonic_ms() + kPredecessorWaitMs;
  do {
    std::this_thread::sleep_for(kLookAgain);
  } while (is_taken() && monotonic_ms() < until_ms);
}

}  // namespace rhumb
