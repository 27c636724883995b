// The threads that answer: one for each UDP socket, and one for the TCP sockets of each worker.
#pragma once

#include <memory>
#include <vector>

#include "answer/view.h"
#include "base/published.h"
#include "server/counters.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/rate_limiter.h"
#include "server/tap.h"
#include "server/tcp.h"
#include "server/tcp_census.h"
#include "server/udp.h"

namespace rhumb {

// That connections may take to end whose server another one has taken the place of.
inline constexpr int kTcpDrainMs = 5'000;

class Workers {
 public:
  // All but the listeners is borrowed; something is published.
  Workers(std::vector<Listener> listeners, Published<View>& views, Counters& counters, Tap& tap,
          RateLimiter& limiter, Log& log);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Another server reads the same sockets now: answers what was read, lets connections finish, and
  // ends.
  void step_back();

 private:
  TcpCensus census_{TcpLimits{}};
  std::vector<std::unique_ptr<UdpWorker>> udp_;
  std::vector<std::unique_ptr<TcpWorker>> tcp_;
};

}  // namespace rhumb
