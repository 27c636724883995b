// A UDP worker: one thread that blocks on one socket, reads a batch of questions, answers them all
// from one pinned View, and sends the batch. It decides nothing.
#pragma once

#include <atomic>
#include <thread>

#include "answer/view.h"
#include "base/own_lines.h"
#include "base/published.h"
#include "server/counters.h"
#include "server/fault_pace.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/rate_limiter.h"
#include "server/tap_port.h"

namespace rhumb {

// On cache lines of its own, as all that a worker has.
class alignas(kCacheLine) UdpWorker {
 public:
  // Takes the listener and starts the thread. `views` has something published; it, `limiter`, and
  // `counters` and `tap`, which nobody else writes, outlive the worker.
  UdpWorker(Listener listener, Published<View>& views, WorkerCounters& counters, TapPort& tap,
            RateLimiter& limiter, Log& log);
  UdpWorker(const UdpWorker&) = delete;
  UdpWorker& operator=(const UdpWorker&) = delete;
  // Interrupts the thread and waits for it; what has come by then is answered, up to a few batches.
  ~UdpWorker();

 private:
  class Turns;

  void run();
  void note_receive_error(int code);
  void note_received();

  Listener listener_;
  Published<View>& views_;
  WorkerCounters& counters_;
  TapPort& tap_;
  RateLimiter& limiter_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> done_{false};
  FaultPace fault_;  // of the worker's thread, to receive
  std::thread thread_;
};

}  // namespace rhumb
