// A thread that keeps files of a StateFolder as they should be: told of a change, it asks what the
// file is to hold and replaces it. Whoever tells it never waits for a disk; a disk that fails is
// told once, and tried again; one that hangs is waited for a while at the end, never for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "server/log.h"
#include "server/state_folder.h"

namespace rhumb {

// What became of what is not kept by replacing one file.
struct Kept {
  std::optional<Error> error{};  // of the disk: it may go at another time
  std::string left_out{};        // what is not kept, and why; empty: nothing
  bool must_wait = false;        // it is tried again later, and nothing is told of it
};

struct StateDocument {
  std::string name;
  // Called by the writer's thread. Null: there is nothing to keep yet, and the file stays.
  std::function<std::optional<std::string>()> text;
  // Octets. What could not be read back for its size is not written.
  std::size_t max_size = std::numeric_limits<std::size_t>::max();
  // Instead of replacing the file by the text; called by the writer's thread right after text(),
  // with nothing but what it owns itself.
  std::function<Kept(StateFolder& folder)> keep{};
};

// What the log says.
struct StateWords {
  std::string_view failing = "state cannot be kept; a restart would not know of what changes now";
  std::string_view again = "state is kept again";
  std::string_view left_out{};
};

struct StatePace {
  std::int64_t gap_ms = 200;         // between two writes of all that changed
  std::int64_t retry_ms = 1'000;     // after one that failed
  std::int64_t refresh_ms = 60'000;  // the first document, when nothing tells of a change
  std::int64_t stop_ms = 5'000;      // that a stop waits for the disk
};

// Flushes that wait for a disk that hangs.
inline constexpr std::size_t kMaxFlushes = 1'024;

class StateWriter {
 public:
  // The documents are known by their number. What they and `log` lead to outlives the writer.
  StateWriter(StateFolder folder, std::vector<StateDocument> documents, Log& log,
              StatePace pace = {}, StateWords words = {});
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;
  ~StateWriter();

  // A document is to be written. From any thread.
  void changed(std::size_t document);
  // The same, but at once, whatever the pace: calls `done`, which throws nothing, on the writer's
  // thread when the document is on disk as it is now, or with false when it could not be written;
  // at once with false where kMaxFlushes wait already. From any thread, before stop(). bad_alloc:
  // it is not called.
  using Flushed = std::function<void(bool written)>;
  void flush(std::size_t document, Flushed done);
  // Why what was to be kept last could not be; empty: it was. From any thread.
  [[nodiscard]] std::string problem() const;
  // Writes all of them a last time and ends. A disk that hangs is left to itself after
  // StatePace::stop_ms: a warning names the files that may not hold what changed last, and the
  // thread, which then touches nothing that is not its own, ends with the disk or with the process.
  // The destructor does it too.
  void stop();

 private:
  class Work;
  std::shared_ptr<Work> work_;  // shared with the thread
  std::thread thread_;
};

}  // namespace rhumb
