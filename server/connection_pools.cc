#include "server/connection_pools.h"

#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <string>

namespace rhumb {

std::size_t most_kept_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  return std::clamp<std::size_t>(limit.rlim_cur / 2, 1, kMaxKeptConnections);
}

void ConnectionPools::keep(std::size_t count) {
  kept_ = count;
  pools_ = std::clamp(count / kConnectionsPerPool, pools_, kMaxPools);
}

std::size_t ConnectionPools::pool_of(const TransferRequest& request) const {
  if (!request.reuse) return 0;
  std::string target = std::to_string(request.port) + " ";
  for (const std::uint8_t octet : request.address.bytes()) target += static_cast<char>(octet);
  const std::size_t hash = std::hash<std::string>{}(target);
  return is_tls(request) ? kMaxPools + hash % std::min(pools_, kMaxTlsPools) : hash % pools_;
}

std::size_t ConnectionPools::size_of(std::size_t pool) const {
  const std::size_t pools = pool < kMaxPools ? pools_ : std::min(pools_, kMaxTlsPools);
  if (pools == 1) return kept_;
  return kept_ / pools * 5 / 4 + kConnectionsPerPool / 4;
}

}  // namespace rhumb
