#include "tests/support/steady_load.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "server/socket_address.h"
#include "tests/support/process.h"

namespace rhumb::test {

SteadyLoad::SteadyLoad(const Endpoint& server, std::vector<std::string> names, Judge judge)
    : names_(std::move(names)), judge_(std::move(judge)) {
  const SocketAddress peer = to_socket_address(server);
  for (int i = 0; i < kSockets; ++i) {
    clients_.push_back({Fd(socket(peer.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)), {}});
    EXPECT_EQ(connect(clients_.back().fd.get(), peer.get(), peer.size), 0);
  }
  started_ms_ = now_ms();
  thread_ = std::thread([this] { run(); });
}

void SteadyLoad::stop() {
  stop_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  stopped_ms_ = now_ms();
}

void SteadyLoad::run() {
  const auto any_under_way = [this] {
    for (const Client& client : clients_) {
      if (!client.under_way.empty()) return true;
    }
    return false;
  };
  while (!stop_ || any_under_way()) {
    for (Client& client : clients_) {
      if (!stop_ && client.under_way.size() < kMostUnderWay) send_next(client);
      while (receive(client)) {
      }
      count_lost(client);
    }
    poll(nullptr, 0, kPaceMs);
  }
}

void SteadyLoad::send_next(Client& client) {
  const std::uint16_t id = ++last_id_;
  const Bytes message = encode({.name = names_[id % names_.size()], .edns_size = 1232, .id = id});
  client.under_way[id] = now_ms();
  ASSERT_GT(send(client.fd.get(), message.data(), message.size(), 0), 0);
}

bool SteadyLoad::receive(Client& client) {
  Bytes message(4096);
  const ssize_t size = recv(client.fd.get(), message.data(), message.size(), MSG_DONTWAIT);
  if (size < 0) return false;
  message.resize(static_cast<std::size_t>(size));
  const auto reply = decode(message);
  if (!reply || client.under_way.erase(reply->id) == 0) {
    note("no reply to what was asked");
    return true;
  }
  ++answered_;
  const std::string fault = judge_(*reply);
  if (!fault.empty()) note(fault);
  return true;
}

void SteadyLoad::count_lost(Client& client) {
  const double now = now_ms();
  lost_ += static_cast<int>(std::erase_if(
      client.under_way, [&](const auto& entry) { return now - entry.second > kLostAfterMs; }));
}

void SteadyLoad::note(const std::string& fault) {
  if (wrong_.size() < kMostWrongKept) wrong_.push_back(fault);
}

}  // namespace rhumb::test
