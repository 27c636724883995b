// Counts TCP connections over all workers, so that no client prefix and no crowd can take them all.
// A connection past a limit takes the place of the one that has gone longest without progress
// (RFC 7766 §6.2.3). Touched when a connection opens or closes, never by a question. At a limit, to
// find that one takes a look at each connection of the client, or of all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/ip.h"
#include "server/fault_pace.h"

namespace rhumb {

struct TcpLimits {
  std::size_t connections = 4096;
  std::size_t connections_a_client = 64;  // of one IPv4 address or IPv6 /56
};

// Whom a limit of connections counts as one client: an IPv4 address or an IPv6 /56.
IpPrefix client_prefix(const IpAddress& address);

// A connection as the census knows it. It stays where it is from enter() to leave().
struct TcpSeat {
  IpAddress client;
  // Makes the connection's thread look at must_leave. Safe from every thread.
  std::function<void()> wake;
  // When a whole question was last read or a whole reply taken; milliseconds, of one clock for all.
  std::atomic<std::int64_t> progress_ms = 0;
  std::atomic<bool> must_leave = false;  // it has lost its place, and is to be closed
};

class TcpCensus {
 public:
  explicit TcpCensus(TcpLimits limits) : limits_(limits) {}
  // Counts a connection in. Where it is one too many of its client or of all, another one must
  // leave. False: so many are still to do that that this one must be closed.
  [[nodiscard]] bool enter(TcpSeat& seat);
  // Counts a connection out that was let in.
  void leave(TcpSeat& seat);

  // There is no descriptor for another connection, which concerns all workers at once. True: that
  // this began is to be told.
  [[nodiscard]] bool lacks_descriptor(std::int64_t now_ms);
  // There was one. True: that it is over is to be told.
  [[nodiscard]] bool has_descriptor(std::int64_t now_ms);

 private:
  using Seats = std::vector<TcpSeat*>;  // in the order in which they came

  [[nodiscard]] TcpSeat& oldest() const;
  void evict(TcpSeat& seat);
  bool take_out(TcpSeat& seat);

  const TcpLimits limits_;
  std::mutex mutex_;
  std::size_t staying_ = 0;
  std::size_t leaving_ = 0;
  std::map<IpPrefix, Seats> clients_;  // of those that stay
  FaultPace no_descriptor_;
};

}  // namespace rhumb
