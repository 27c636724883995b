// Counts TCP connections over all workers, so that no client prefix and no crowd can take them all.
// Touched when a connection opens or closes, never by a question.
#pragma once

#include <map>
#include <mutex>

#include "base/ip.h"

namespace rhumb {

struct TcpLimits {
  int connections = 4096;
  int connections_a_client = 64;  // of one IPv4 address or IPv6 /56
};

// Whom a limit of connections counts as one client: an IPv4 address or an IPv6 /56.
IpPrefix client_prefix(const IpAddress& address);

class TcpCensus {
 public:
  explicit TcpCensus(TcpLimits limits) : limits_(limits) {}
  // Counts a connection in, unless it would pass a limit: then false, and it must be closed.
  [[nodiscard]] bool enter(const IpAddress& client);
  // Counts a connection out that was let in.
  void leave(const IpAddress& client);

 private:
  const TcpLimits limits_;
  std::mutex mutex_;
  int connections_ = 0;
  std::map<IpPrefix, int> clients_;
};

}  // namespace rhumb
