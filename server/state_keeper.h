// What ties a server to its stateDirectory: reads what an earlier run knew, hands it to those whom
// it concerns, and has every change written. Without a stateDirectory it keeps nothing. Where a
// server takes another one's place, that one's word stands for the files.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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

  // What the server says whose place this one is to take: open() leaves the folder to it. Before
  // open().
  void take_over(SavedState state);
  // Holds the folder that `config` names, waits for it a little, reads it, and returns what was
  // served of zones. That another server uses it is an error; all else that is wrong is a warning
  // and a fresh start. Where a first load fails and a second is tried with other files, once more.
  PastZones open(const Config& config, Diagnostics& diagnostics);
  // Of a folder that was left to another server, which has let go of it: holds it. The error is of
  // one that yet another server uses.
  std::optional<Error> hold_left();
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
  // Writes the last state and lets go of the folder; resume() takes it up again, where nothing has
  // come of it. Requires: no keep() runs meanwhile, and the monitor has not stopped.
  void pause();
  void resume();
  // Writes the last state. Requires: the monitor has not stopped.
  void stop() { pause(); }

 private:
  SavedState read(const std::string& name, Diagnostics& diagnostics);
  void changed(std::size_t document);

  Log& log_;
  std::string path_;  // of the folder; empty: nothing is kept
  std::optional<StateFolder> folder_;
  SavedState saved_;
  bool is_taken_over_ = false;
  std::function<std::vector<StateDocument>()> documents_;

  mutable std::mutex mutex_;             // guards what follows, never over a write
  std::unique_ptr<StateWriter> writer_;  // null: nothing is written now
};

// What is known now, by the system's clock; null: nothing is in force yet.
std::optional<SavedState> known_state(Monitor& monitor, const Clock& clock);
// What has been served of zones.
std::vector<SavedZone> known_serials(const Loaded& loaded);

}  // namespace rhumb
