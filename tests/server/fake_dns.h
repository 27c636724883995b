// A DNS server on the loopback for tests: one thread, one UDP socket, a table of names.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/server/hostile_server.h"

namespace rhumb {

class FakeDns {
 public:
  static constexpr std::uint8_t kServfail = 2;
  static constexpr std::uint8_t kNxdomain = 3;

  struct Answer {
    std::uint8_t rcode = 0;
    std::vector<IpAddress> addresses;  // those of the asked family are given
    bool silent = false;
  };

  // Port 0: any that is free.
  explicit FakeDns(const std::string& address = "127.0.0.1", std::uint16_t port = 0)
      : socket_(ip(address), SOCK_DGRAM, port), thread_([this] { run(); }) {}
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;
  ~FakeDns() {
    stop_ = true;
    thread_.join();
  }

  // Names that are not set are NXDOMAIN. `name` as in "www.example.com".
  void set(const std::string& name, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[name] = std::move(answer);
  }
  [[nodiscard]] const Endpoint& endpoint() const { return socket_.endpoint(); }
  [[nodiscard]] int queries() const { return queries_; }

 private:
  void run() {
    while (!stop_) {
      pollfd wanted{socket_.fd(), POLLIN, 0};
      if (poll(&wanted, 1, 20) <= 0) continue;
      std::string query(1500, '\0');
      SocketAddress from;
      from.size = sizeof from.storage;
      auto* const address = reinterpret_cast<sockaddr*>(&from.storage);
      const ssize_t size =
          recvfrom(socket_.fd(), query.data(), query.size(), 0, address, &from.size);
      if (size < 17) continue;
      ++queries_;
      query.resize(static_cast<std::size_t>(size));
      if (const auto reply = answer(query)) {
        sendto(socket_.fd(), reply->data(), reply->size(), 0, address, from.size);
      }
    }
  }

  // RFC 1035 §4.1: header, the question as it came, and an answer record an address.
  std::optional<std::string> answer(const std::string& query) {
    std::string name;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const std::size_t length = static_cast<unsigned char>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1;
    }
    const std::size_t end = at + 5;
    if (end > query.size()) return std::nullopt;
    const bool wants_v4 = query[at + 2] == 1;
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find(name);
    const Answer entry = found != answers_.end() ? found->second : Answer{kNxdomain, {}, false};
    if (entry.silent) return std::nullopt;
    std::string records;
    char count = 0;
    for (const IpAddress& address : entry.addresses) {
      if (address.is_v4() != wants_v4) continue;
      ++count;
      const auto bytes = address.bytes();
      records += std::string("\xC0\x0C\x00", 3) + (wants_v4 ? '\x01' : '\x1C');
      records += std::string("\x00\x01\x00\x00\x00\x1E\x00", 7) + static_cast<char>(bytes.size());
      records.append(bytes.begin(), bytes.end());
    }
    std::string reply = query.substr(0, 2) + std::string("\x81\x80\x00\x01\x00", 5);
    reply[3] = static_cast<char>(0x80U | entry.rcode);
    reply += count;
    return reply + std::string(4, '\0') + query.substr(12, end - 12) + records;
  }

  BoundSocket socket_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> queries_ = 0;
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::thread thread_;
};

}  // namespace rhumb
