#include "server/kept_replies.h"

#include <atomic>
#include <new>
#include <string_view>
#include <utility>

#include "server/control_api.h"
#include "text/json.h"

namespace rhumb {
namespace {

constexpr std::string_view kNotKept =
    "in force, but it cannot be kept over a restart: the state cannot be written";

// Of a reply that is an object.
ControlReply with_warning(ControlReply reply, std::string_view warning) {
  reply.body.pop_back();
  reply.body += ",\"warning\":";
  JsonWriter(reply.body).text(warning);
  reply.body += '}';
  return reply;
}

}  // namespace

// Both replies are there from the beginning: whoever tells one has no memory to ask for.
class KeptReplies::Waiting {
 public:
  Waiting(ControlReply reply, const Done& done, std::int64_t due_ms)
      : not_kept_(with_warning(reply, kNotKept)),
        kept_(std::move(reply)),
        done_(done),
        due_ms_(due_ms) {}

  // Any thread; the first word counts.
  void tell(bool kept) {
    if (!told_.exchange(true)) done_(std::move(kept ? kept_ : not_kept_));
  }
  [[nodiscard]] bool is_told() const { return told_; }
  [[nodiscard]] bool is_due(std::int64_t now_ms) const { return now_ms >= due_ms_; }

 private:
  ControlReply not_kept_;
  ControlReply kept_;
  const Done done_;
  const std::int64_t due_ms_;
  std::atomic<bool> told_{false};
};

KeptReplies::KeptReplies(Keep keep, std::int64_t patience_ms)
    : keep_(std::move(keep)), patience_ms_(patience_ms) {}

KeptReplies::~KeptReplies() = default;

void KeptReplies::add(ControlReply reply, const Done& done, std::int64_t now_ms) {
  if (!keep_) return done(std::move(reply));
  const auto waiting = std::make_shared<Waiting>(std::move(reply), done, now_ms + patience_ms_);
  try {
    waiting_.push_back(waiting);
    keep_([waiting](bool kept) { waiting->tell(kept); });
  } catch (const std::bad_alloc&) {
    waiting->tell(false);
  }
}

void KeptReplies::tell_overdue(std::int64_t now_ms) {
  std::erase_if(waiting_, [&](const auto& waiting) {
    if (waiting->is_due(now_ms)) waiting->tell(false);
    return waiting->is_told();
  });
}

}  // namespace rhumb
