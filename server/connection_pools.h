// Which pool of kept connections a target's belongs to, and how many each may hold. libcurl walks
// through all connections of a pool with each transfer that leaves one there, so 10,000 in one pool
// cost more than as many fresh ones; in pools of a hundred that is nothing. Opens no connection.
#pragma once

#include <cstddef>

#include "server/transfer.h"

namespace rhumb {

constexpr std::size_t kConnectionsPerPool = 128;
constexpr std::size_t kMaxPools = 64;
constexpr std::size_t kMaxTlsPools = 8;  // beside these; each reads its CA file for itself
// Connections that wait to be used again, for each CA file; and never more than half of the files
// that the process may have open.
constexpr std::size_t kMaxKeptConnections = 65'536;
std::size_t most_kept_connections();

class ConnectionPools {
 public:
  // How many connections may be kept in all. There never become fewer pools, so that none is left
  // alone with what it keeps.
  void keep(std::size_t count);
  [[nodiscard]] std::size_t kept() const { return kept_; }

  // The same for the same target; 0 for connections that are not kept.
  [[nodiscard]] std::size_t pool_of(const TransferRequest& request) const;
  // How many connections the pool may hold: its share, and room for chance.
  [[nodiscard]] std::size_t size_of(std::size_t pool) const;

 private:
  std::size_t kept_ = 1;
  std::size_t pools_ = 1;
};

}  // namespace rhumb
