// The API's clients and until when each has to have sent its request or taken its reply; who is
// late is cut off. It reads and writes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/ip.h"
#include "server/clock.h"
#include "server/control_exchange.h"

namespace rhumb {

class ControlClients {
 public:
  // `patience_ms` is how long a client may take.
  explicit ControlClients(std::int64_t patience_ms) : patience_ms_(patience_ms) {}

  // `from` counts if it came over TCP.
  void add(MHD_Connection* client, ControlDoor& door, int fd, const Endpoint& from);
  void remove(MHD_Connection* client);
  // Null if it was not added.
  [[nodiscard]] ControlDoor* door_of(MHD_Connection* client) const;
  // Where it came from, for the log.
  [[nodiscard]] std::string name_of(MHD_Connection* client) const;
  // Those of this address over TCP.
  [[nodiscard]] std::size_t count_of(const IpAddress& address) const;
  // Its request has begun; whether the target holds what would cut it.
  void begin_request(MHD_Connection* client, bool holds_nul);
  // It may send another one, and has time for that.
  void end_request(MHD_Connection* client);
  [[nodiscard]] bool sent_nul(MHD_Connection* client) const;
  // It is the client's turn, from now on.
  void give_time(MHD_Connection* client);
  // It is ours.
  void stop_time(MHD_Connection* client);

  // Calls `on_cut` for each that is cut off, with whether it was between two requests.
  void cut_overdue(const std::function<void(MHD_Connection* client, bool is_idle)>& on_cut);
  void cut(MHD_Connection* client) const;
  // Calls `act` for each that came by this door.
  template <typename Act>
  void each_of(const ControlDoor& door, Act act) const {
    for (const auto& [client, of] : clients_) {
      if (of.door == &door) act(client);
    }
  }
  // One who is not read is not noticed when he goes.
  [[nodiscard]] bool has_hung_up(MHD_Connection* client) const;

 private:
  struct Client {
    ControlDoor* door = nullptr;
    int fd = -1;
    std::int64_t deadline_ms = 0;    // 0: none
    std::optional<Endpoint> from{};  // over TCP
    bool sent_nul = false;
    bool idle = false;  // between two requests
  };

  const std::int64_t patience_ms_;
  Clock clock_;
  std::map<MHD_Connection*, Client> clients_;
};

}  // namespace rhumb
