// A thread that keeps files of a StateFolder as they should be: told of a change, it asks what the
// file is to hold and replaces it. Whoever tells it never waits for a disk; a disk that fails is
// told once, and tried again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/log.h"
#include "server/state_folder.h"

namespace rhumb {

struct StateDocument {
  std::string name;
  // Called by the writer's thread. Null: there is nothing to keep yet, and the file stays.
  std::function<std::optional<std::string>()> text;
  // Octets. What could not be read back for its size is not written.
  std::size_t max_size = std::numeric_limits<std::size_t>::max();
};

struct StatePace {
  std::int64_t gap_ms = 200;         // between two writes of all that changed
  std::int64_t retry_ms = 1'000;     // after one that failed
  std::int64_t refresh_ms = 60'000;  // the first document, when nothing tells of a change
};

// Flushes that wait for a disk that hangs.
inline constexpr std::size_t kMaxFlushes = 1'024;

class StateWriter {
 public:
  // The documents are known by their number. `folder` is the writer's own until stop() is over; it
  // and `log` outlive it.
  StateWriter(StateFolder& folder, std::vector<StateDocument> documents, Log& log,
              StatePace pace = {});
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
  // Writes all of them a last time and ends. The destructor does it too.
  void stop();

 private:
  struct Waiting {
    std::size_t document = 0;
    Flushed done;
  };
  void run();
  void write();
  void tell_flushed(const std::vector<Waiting>& waiting);
  [[nodiscard]] bool write_one(const StateDocument& document);
  void tell_failing(const StateDocument& document, std::string_view reason);
  void tell_kept_again();
  [[nodiscard]] bool any_wanted() const;

  StateFolder& folder_;
  const std::vector<StateDocument> documents_;
  Log& log_;
  const StatePace pace_;
  // The writer's thread alone uses these two.
  bool failing_ = false;
  std::vector<bool> writing_;  // by document; all false between two writes
  std::vector<bool> failed_;   // by document, at the last write

  mutable std::mutex mutex_;  // guards what follows, and is never held over a write
  std::condition_variable wake_;
  std::vector<bool> wanted_;      // by document
  std::vector<Waiting> waiting_;  // to be told after the next write
  std::string problem_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rhumb
