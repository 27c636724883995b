// Has a copy made of every file that is accepted, by a thread of its own, so that a start with
// --last-good can be made with them. Where zones with errors were passed over, what was accepted
// before stays. Without a stateDirectory it does nothing.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "server/log.h"
#include "server/reload.h"
#include "server/state_writer.h"

namespace rhumb {

class LastGoodKeeper {
 public:
  // Borrowed.
  explicit LastGoodKeeper(Log& log) : log_(log) {}
  // Keeps what is in force now, and what is accepted from now on until stop(), below
  // `state_directory`. The reloader is borrowed, and may tell of changes for as long as this lives.
  void start(const std::string& state_directory, Reloader& reloader);
  // Why what was accepted last could not be kept; empty: it was, or nothing is to be. Any thread.
  [[nodiscard]] std::string problem() const;
  // Keeps what there is a last time, unless the disk is too slow.
  void stop();

 private:
  Log& log_;
  std::unique_ptr<StateWriter> writer_;
  std::atomic<const StateWriter*> writing_{nullptr};  // writer_, for those who ask meanwhile
};

}  // namespace rhumb
