// A TCP worker: one thread with a uv loop that serves all TCP listeners of one worker. Connections
// are pipelined (RFC 7766 §6.2.1.1) and bounded in number, in memory and in idle time. It decides
// nothing.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "answer/view.h"
#include "base/published.h"
#include "server/counters.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/tap_port.h"
#include "server/tcp_census.h"

namespace rhumb {

// Time without a whole question read or a whole reply taken (RFC 7766 §6.2.3).
inline constexpr int kTcpIdleTimeoutMs = 10'000;

// Of a connection whose server another one has taken the place of: a question on its way arrives.
inline constexpr int kTcpDrainSilenceMs = 1'000;

class TcpWorker {
 public:
  // Takes the listeners and starts the thread. `census`, `views`, which has something published,
  // and `counters` and `tap`, which nobody else writes, outlive it.
  TcpWorker(std::vector<Listener> listeners, TcpCensus& census, Published<View>& views,
            WorkerCounters& counters, TapPort& tap, Log& log,
            int idle_timeout_ms = kTcpIdleTimeoutMs);
  TcpWorker(const TcpWorker&) = delete;
  TcpWorker& operator=(const TcpWorker&) = delete;
  // Accepts no more connections. Those that there are are served until they fall silent for
  // kTcpDrainSilenceMs; who asks how long he may is told (RFC 7828).
  void drain();
  // Whether by then all are closed; waits for it.
  [[nodiscard]] bool wait_drained(std::chrono::milliseconds patience);
  // Closes every connection and waits for the thread.
  ~TcpWorker();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace rhumb
