// The old server's side of `rhumb serve --replace`: shows a successor the sockets and what is
// known, and when that one says that it could serve, the last of it. Until it says that it does
// serve, whatever becomes of it changes nothing here. Used by the main thread alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"
#include "server/fault_pace.h"
#include "server/handover.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/obtain.h"
#include "server/service_manager.h"

namespace rhumb {

// That a successor may take to load; nobody is held up by it.
inline constexpr std::int64_t kHandoverLoadMs = 3'600'000;
// After one could not be let in, for want of descriptors say, and waits on.
inline constexpr std::int64_t kHandoverRestMs = 100;

// What is handed out with the sockets, asked for when it is.
struct HandOutSource {
  // What is known now, with the serials of zones: a text of write_state().
  std::function<std::string()> first_state;
  // From its return on nothing changes, until thaw(); what is known then. The error says why that
  // cannot be now, and nothing is frozen.
  std::function<Result<std::string>()> freeze;
  std::function<void()> thaw;
};

class HandOut {
 public:
  // Copies of the sockets that `obtained` has now. `obtained`.handover is taken.
  HandOut(ObtainedSockets& obtained, const Config& config, ManagerTerms manager,
          HandOutSource source, Log& log);
  HandOut(const HandOut&) = delete;
  HandOut& operator=(const HandOut&) = delete;

  // When one of these is readable, turn() has something to do; -1: there is none, or not now.
  [[nodiscard]] std::array<int, 2> watched() const;
  // To be called from time to time, too. Its process, once a successor serves in this one's place;
  // 0: not yet.
  [[nodiscard]] std::int64_t turn();
  // Instead, where nobody can be let in now: tells one who asks why.
  void turn_away(const std::string& reason);
  // Whether a successor may have copies of the sockets: it serves on them should this one end.
  [[nodiscard]] bool is_shared() const { return is_shared_; }

 private:
  struct Handed {
    HandoverSocket socket;
    Fd fd;
  };
  void let_in();
  [[nodiscard]] Fd next_newcomer();
  void tell_what_is_over();
  void hear_successor();
  void give_all();
  void give_place();
  // Null: it has been said.
  [[nodiscard]] std::optional<Error> say_state(const std::string& state, int sockets);
  void refuse(const std::string& reason);
  void end(const std::string& reason);

  std::vector<Handed> handed_;
  Fd listener_;
  const ManagerTerms manager_;
  const HandOutSource source_;
  Log& log_;
  FaultPace strangers_;             // who are not to take over
  FaultPace faults_;                // to let anybody in
  std::int64_t rest_until_ms_ = 0;  // by the monotonic clock: nobody is let in before
  Fd successor_;
  std::int64_t successor_pid_ = 0;
  std::int64_t until_ms_ = 0;  // by the monotonic clock: its time to load is over then
  bool is_shared_ = false;
  bool is_frozen_ = false;
  bool is_taken_ = false;
};

}  // namespace rhumb
