// The signals that steer the server, as events that the main thread waits for together with those
// of other threads.
#pragma once

#include <array>
#include <cstdint>

#include "server/listeners.h"

namespace rhumb {

enum class Event : std::uint8_t { kReload, kStop, kNotified, kReadable, kNothing };

class Signals {
 public:
  // Blocks SIGHUP, SIGTERM and SIGINT, in threads started later too, and ignores SIGPIPE.
  Signals();
  // The next event; kNothing when there was none for `timeout_ms` (negative: waits for ever).
  // kReadable: one of `others` is, or has ended; -1 is none.
  Event wait(int timeout_ms = -1, std::array<int, 2> others = {-1, -1});
  // Any thread: lets wait() return kNotified.
  void notify();
  // From now on SIGTERM and SIGINT end the process at once.
  static void end_at_once();

 private:
  Fd signals_;
  Fd notified_;
};

}  // namespace rhumb
