#include "server/tcp_census.h"

namespace rhumb {

IpPrefix client_prefix(const IpAddress& address) {
  return IpPrefix::of(address, address.is_v4() ? 32 : 56);
}

bool TcpCensus::enter(const IpAddress& client) {
  const std::lock_guard lock(mutex_);
  if (connections_ >= limits_.connections) return false;
  int& count = clients_[client_prefix(client)];
  if (count >= limits_.connections_a_client) return false;
  ++count;
  ++connections_;
  return true;
}

void TcpCensus::leave(const IpAddress& client) {
  const std::lock_guard lock(mutex_);
  --connections_;
  const auto found = clients_.find(client_prefix(client));
  if (--found->second == 0) clients_.erase(found);
}

}  // namespace rhumb
