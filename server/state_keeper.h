// What ties a server to its stateDirectory: reads what an earlier run knew, hands it to those whom
// it concerns, and has every change written. Without a stateDirectory it keeps nothing.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "server/clock.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/monitor.h"
#include "server/reload.h"
#include "server/saved_state.h"
#include "server/state_folder.h"
#include "server/state_writer.h"

namespace rhumb {

class StateKeeper {
 public:
  // Borrowed.
  explicit StateKeeper(Log& log) : log_(log) {}

  // Holds the folder that `config` names, waits for it a little, reads it, and returns what was
  // served of zones. That another server uses it is an error; all else that is wrong is a warning
  // and a fresh start.
  PastZones open(const Config& config, Diagnostics& diagnostics);
  // Hands over what was read of checks and operators' words, and may still be believed at `clock`'s
  // time. Once, before anything is in force.
  void restore(Monitor& monitor, const Clock& clock);
  // Keeps what they know from now on, until stop(). Both are borrowed, and may tell of changes for
  // as long as this lives.
  void start(Monitor& monitor, Reloader& reloader, const Clock& clock);
  // Calls `done` when all that checks and operators have said by now is on disk, or with false when
  // that failed; from another thread, or at once without a stateDirectory. Not after stop().
  using Kept = StateWriter::Flushed;
  void keep(Kept done);
  // Why what was to be kept last could not be; empty: it was, or nothing is to be. Any thread.
  [[nodiscard]] std::string problem() const;
  // Writes the last state. Requires: the monitor has not stopped.
  void stop();

 private:
  SavedState read(const std::string& name, Diagnostics& diagnostics);

  Log& log_;
  std::optional<StateFolder> folder_;
  SavedState saved_;
  std::unique_ptr<StateWriter> writer_;
  std::atomic<const StateWriter*> writing_{nullptr};  // writer_, for those who ask meanwhile
};

}  // namespace rhumb
