// The new server's side of `rhumb serve --replace`: asks the one that runs for its sockets and what
// it knows, and, once all is ready to serve, for the last of it and for its place. What fails on
// this side at any time leaves that one serving: it goes when it is told, and not before.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "server/given_sockets.h"
#include "server/handover.h"
#include "server/handover_socket.h"
#include "server/listeners.h"
#include "server/saved_state.h"
#include "server/service_manager.h"

namespace rhumb {

class TakeOver {
 public:
  // What the server with this control socket has. The error says why it gives nothing.
  static Result<TakeOver> begin(const std::string& control_path);

  // Once each: what was given, and what it knew then, its zones' serials too.
  GivenSockets take_sockets() { return std::move(sockets_); }
  SavedState take_state() { return std::move(state_); }
  // Whom it tells of itself.
  [[nodiscard]] const ManagerTerms& manager() const { return manager_; }

  // From here until finish() it lets nobody change anything, and keeps no state: what it returns is
  // the last that it knows, without serials, which have not changed.
  Result<SavedState> last_state();
  // Whether the other one has ended for certain, after one of the two failed: nobody will read its
  // sockets any more but this one. Waits a little for its process, whose files are closed before.
  [[nodiscard]] bool has_other_ended() const;
  // This one serves. Without an error the other one steps back, or has ended; with one it does not.
  std::optional<Error> finish();

 private:
  explicit TakeOver(Fd connection) : connection_(std::move(connection)) {}
  std::optional<Error> receive_all();
  std::optional<Error> keep(const HandoverSocket& socket, Fd fd);
  Result<HandoverWord> hear_kind(HandoverKind kind, std::size_t fds);

  Fd connection_;
  Fd process_;              // readable once the other one has ended; not valid: it is not known
  bool is_silent_ = false;  // where a word was waited for, there was none
  GivenSockets sockets_;
  SavedState state_;
  ManagerTerms manager_;
};

}  // namespace rhumb
