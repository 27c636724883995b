// The signals that steer the server, as events that the main thread waits for together with those
// of other threads.
#pragma once

#include <cstdint>

#include "server/listeners.h"

namespace rhumb {

enum class Event : std::uint8_t { kReload, kStop, kNotified, kNothing };

class Signals {
 public:
  // Blocks SIGHUP, SIGTERM and SIGINT, in threads started later too, and ignores SIGPIPE.
  Signals();
  // The next event; kNothing when there was none for `timeout_ms` (negative: waits for ever).
  Event wait(int timeout_ms = -1);
  // Any thread: lets wait() return kNotified.
  void notify();
  // From now on SIGTERM and SIGINT end the process at once.
  static void end_at_once();

 private:
  Fd signals_;
  Fd notified_;
};

}  // namespace rhumb
