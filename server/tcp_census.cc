#include "server/tcp_census.h"

#include <algorithm>

namespace rhumb {
namespace {

bool is_older(const TcpSeat* a, const TcpSeat* b) {
  return a->progress_ms.load(std::memory_order_relaxed) <
         b->progress_ms.load(std::memory_order_relaxed);
}

}  // namespace

IpPrefix client_prefix(const IpAddress& address) {
  return IpPrefix::of(address, address.is_v4() ? 32 : 56);
}

bool TcpCensus::enter(TcpSeat& seat) {
  const std::lock_guard lock(mutex_);
  if (leaving_ >= limits_.connections) return false;
  const IpPrefix client = client_prefix(seat.client);
  if (const auto found = clients_.find(client);
      found != clients_.end() && found->second.size() >= limits_.connections_a_client) {
    evict(**std::ranges::min_element(found->second, is_older));
  } else if (staying_ >= limits_.connections) {
    evict(oldest());
  }
  clients_[client].push_back(&seat);
  ++staying_;
  return true;
}

void TcpCensus::leave(TcpSeat& seat) {
  const std::lock_guard lock(mutex_);
  if (!take_out(seat)) --leaving_;
}

bool TcpCensus::lacks_descriptor(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return no_descriptor_.begins(now_ms);
}

bool TcpCensus::has_descriptor(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return no_descriptor_.ends(now_ms) > 0;
}

// Requires: somebody stays.
TcpSeat& TcpCensus::oldest() const {
  TcpSeat* oldest = nullptr;
  for (const auto& [client, seats] : clients_) {
    TcpSeat* of_client = *std::ranges::min_element(seats, is_older);
    if (oldest == nullptr || is_older(of_client, oldest)) oldest = of_client;
  }
  return *oldest;
}

void TcpCensus::evict(TcpSeat& seat) {
  take_out(seat);
  ++leaving_;
  seat.must_leave = true;
  seat.wake();
}

// False: it does not stay.
bool TcpCensus::take_out(TcpSeat& seat) {
  const auto found = clients_.find(client_prefix(seat.client));
  if (found == clients_.end() || std::erase(found->second, &seat) == 0) return false;
  if (found->second.empty()) clients_.erase(found);
  --staying_;
  return true;
}

}  // namespace rhumb
