// The API's clients and until when each has to have sent its request or taken its reply; who is
// late is cut off, and who is idlest where others need the room. It reads and writes nothing.
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

struct ControlRoom {
  std::size_t clients = 0;               // of a door
  std::size_t clients_of_an_origin = 0;  // of them, of an IPv4 address or IPv6 /56
};

class ControlClients {
 public:
  // `patience_ms` is how long a client may take.
  ControlClients(std::int64_t patience_ms, ControlRoom room)
      : patience_ms_(patience_ms), room_(room) {}

  // Called for each that is cut off, with whether it was between two requests.
  using OnCut = std::function<void(MHD_Connection* client, bool is_idle)>;

  // `from` counts if it came over TCP.
  void add(MHD_Connection* client, ControlDoor& door, int fd, const Endpoint& from);
  void remove(MHD_Connection* client);
  // Null if it was not added.
  [[nodiscard]] ControlDoor* door_of(MHD_Connection* client) const;
  // Where it came from, for the log.
  [[nodiscard]] std::string name_of(MHD_Connection* client) const;
  // Where the newcomer is one too many of its origin or its door, one is cut off for it: who has
  // gone longest without sending a whole request, else without taking the reply. Who waits for us
  // is spared; if all do, it is the newcomer.
  void make_room(MHD_Connection* newcomer, const OnCut& on_cut);
  // Its request has begun; whether the target holds what would cut it.
  void begin_request(MHD_Connection* client, bool holds_nul);
  // It may send another one, and has time for that.
  void end_request(MHD_Connection* client);
  // Its request is whole.
  void note_whole_request(MHD_Connection* client);
  [[nodiscard]] bool sent_nul(MHD_Connection* client) const;
  // It is the client's turn, from now on.
  void give_time(MHD_Connection* client);
  // It is ours.
  void stop_time(MHD_Connection* client);

  void cut_overdue(const OnCut& on_cut);
  void cut(MHD_Connection* client);
  // Calls `act` for each that came by this door.
  template <typename Act>
  void each_of(const ControlDoor& door, Act act) {
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
    bool idle = false;       // between two requests
    bool has_asked = false;  // a whole request
    bool is_cut = false;     // and not yet noticed
    std::uint64_t turn = 0;  // grows with each time that is given
  };
  using Clients = std::map<MHD_Connection*, Client>;

  template <typename Crowd>
  void thin(MHD_Connection* newcomer, std::size_t most, Crowd is_of_crowd, const OnCut& on_cut);

  const std::int64_t patience_ms_;
  const ControlRoom room_;
  std::uint64_t last_turn_ = 0;
  Clock clock_;
  Clients clients_;
};

}  // namespace rhumb
