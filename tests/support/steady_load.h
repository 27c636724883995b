// A steady load of questions on a running server, each answer of which is judged.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/ip.h"
#include "server/listeners.h"
#include "tests/support/dns_client.h"

namespace rhumb::test {

// Asks a few names at a steady pace from several sockets until it is stopped. A question that is
// not answered in kLostAfterMs is lost; few enough are under way for no buffer to overflow.
class SteadyLoad {
 public:
  // Judges an answer's lines; an empty text means that it is a right one.
  using Judge = std::function<std::string(const Reply&)>;

  SteadyLoad(const Endpoint& server, std::vector<std::string> names, Judge judge);
  SteadyLoad(const SteadyLoad&) = delete;
  SteadyLoad& operator=(const SteadyLoad&) = delete;
  ~SteadyLoad() { stop(); }

  // Waits for the answers that are still to come.
  void stop();
  // Until now.
  [[nodiscard]] int answered() const { return answered_; }
  // After stop().
  // Answers a second.
  [[nodiscard]] double rate() const { return answered_ * 1000.0 / (stopped_ms_ - started_ms_); }
  [[nodiscard]] int lost() const { return lost_; }
  [[nodiscard]] const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  static constexpr int kSockets = 4;
  static constexpr std::size_t kMostUnderWay = 16;  // a socket
  static constexpr double kLostAfterMs = 5000;
  static constexpr int kPaceMs = 1;
  static constexpr std::size_t kMostWrongKept = 20;

  struct Client {
    Fd fd;
    std::map<std::uint16_t, double> under_way;  // id → when it was sent
  };

  void run();
  void send_next(Client& client);
  bool receive(Client& client);
  void count_lost(Client& client);
  void note(const std::string& fault);

  std::vector<std::string> names_;
  Judge judge_;
  std::vector<Client> clients_;
  std::uint16_t last_id_ = 0;
  std::atomic<int> answered_ = 0;
  double started_ms_ = 0;
  double stopped_ms_ = 0;
  int lost_ = 0;
  std::vector<std::string> wrong_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace rhumb::test
