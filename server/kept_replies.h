// Replies to operators' words that are in force: each waits until the word is on disk, though not
// for ever. A disk that fails or hangs costs the reply a warning and a little time, never the
// operator his answer. The waiting replies belong to the thread that adds them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace rhumb {

struct ControlReply;

// How long a disk may take.
inline constexpr std::int64_t kKeepPatienceMs = 3'000;

class KeptReplies {
 public:
  // Calls its argument once, from any thread, when all that operators have said by now would
  // outlast a kill -9; with false when that cannot be had. Throws if and only if it never will.
  using Keep = std::function<void(std::function<void(bool kept)>)>;
  using Done = std::function<void(ControlReply)>;

  // Without a `keep`, no reply waits.
  explicit KeptReplies(Keep keep, std::int64_t patience_ms);
  KeptReplies(const KeptReplies&) = delete;
  KeptReplies& operator=(const KeptReplies&) = delete;
  ~KeptReplies();

  // Calls `done` once with this reply, an object, or the same with a warning: from any thread, and
  // then without taking memory, or at once. bad_alloc: it will not be called.
  void add(ControlReply reply, const Done& done, std::int64_t now_ms);
  // Tells what has waited for too long.
  void tell_overdue(std::int64_t now_ms);

 private:
  class Waiting;

  const Keep keep_;
  const std::int64_t patience_ms_;
  std::vector<std::shared_ptr<Waiting>> waiting_;
};

}  // namespace rhumb
