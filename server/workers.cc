#include "server/workers.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include "server/clock.h"

namespace rhumb {

Workers::Workers(std::vector<Listener> listeners, Published<View>& views, Counters& counters,
                 Tap& tap, RateLimiter& limiter, Log& log) {
  std::map<int, std::vector<Listener>> of_worker;
  for (Listener& listener : listeners) {
    if (listener.transport == Transport::kUdp) {
      udp_.push_back(std::make_unique<UdpWorker>(
          std::move(listener), views, counters.add(Transport::kUdp), tap.add_port(), limiter, log));
    } else {
      of_worker[listener.worker].push_back(std::move(listener));
    }
  }
  for (auto& [worker, own] : of_worker) {
    tcp_.push_back(std::make_unique<TcpWorker>(std::move(own), census_, views,
                                               counters.add(Transport::kTcp), tap.add_port(), log));
  }
}

void Workers::step_back() {
  const std::int64_t until_ms = monotonic_ms() + kTcpDrainMs;
  for (const auto& worker : tcp_) worker->drain();
  udp_.clear();
  for (const auto& worker : tcp_) {
    const std::int64_t left_ms = std::max<std::int64_t>(until_ms - monotonic_ms(), 0);
    if (!worker->wait_drained(std::chrono::milliseconds(left_ms))) break;
  }
  tcp_.clear();
}

}  // namespace rhumb
