// Where a server waits for the one that is to take its place, and how the two come together: an
// abstract socket that is named after the control socket's file, so that whoever reaches that file
// finds it. Only the same user or root is let in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/handover.h"
#include "server/listeners.h"
#include "server/saved_state.h"

namespace rhumb {

// That one side waits for the other's next word, or for room to say its own.
inline constexpr std::int64_t kHandoverPatienceMs = 10'000;

// Listens for successors of the server whose control socket is bound to `control_path`.
Result<Fd> bind_handover_socket(const std::string& control_path);

// From now on who connects sees this process's user at the other end, not that of who has bound it.
void listen_anew(const Fd& listener);

// The connection of a successor that waits at `listener`; not valid when there is none. The error
// says why one cannot be had: it waits on.
Result<Fd> accept_successor(const Fd& listener);

// Connects to the server with this control socket. The error says why it cannot be replaced.
Result<Fd> connect_to_predecessor(const std::string& control_path);

struct HandoverPeer {
  std::int64_t pid = 0;
  bool is_trusted = false;  // is of our own user, or root
};
HandoverPeer handover_peer(const Fd& connection);

// Says it, with `fd` (-1: none) beside it. False: nobody is there, or takes it in time.
bool say(const Fd& connection, const HandoverMessage& message, int fd = -1);

struct HandoverWord {
  HandoverMessage message;
  std::vector<Fd> fds;
  std::int64_t from = 0;  // its process, where it is the old server; else 0
};

// The other side's next word, a refusal too. The error says why there is none.
Result<HandoverWord> hear_any(const Fd& connection, std::int64_t patience_ms = kHandoverPatienceMs);
// The same, and the reason of a refusal is an error too.
Result<HandoverWord> hear(const Fd& connection, std::int64_t patience_ms = kHandoverPatienceMs);

// A saved state in memory of its own, to go beside a message, and back.
Result<Fd> seal_state(const std::string& text);
Result<SavedState> unseal_state(const Fd& memory);

}  // namespace rhumb
