#include "server/state_writer.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

#include "server/clock.h"

namespace rhumb {

using std::chrono::milliseconds;

namespace {

// Writing gives way to answering.
constexpr int kStateNice = 10;

}  // namespace

// What a writer and its thread have in common. It is the thread's own once the writer has left.
class StateWriter::Work {
 public:
  Work(StateFolder folder, std::vector<StateDocument> documents, Log& log, StatePace pace,
       StateWords words)
      : documents_(std::move(documents)),
        log_(log),
        pace_(pace),
        words_(words),
        folder_(std::move(folder)),
        writing_(documents_.size()),
        failed_(documents_.size()),
        wanted_(documents_.size()),
        unsaved_(documents_.size(), true) {}

  void run();
  void changed(std::size_t document);
  void flush(std::size_t document, Flushed done);
  [[nodiscard]] std::string problem() const;
  // False: the disk hangs, and the thread is left to it.
  [[nodiscard]] bool stop();

 private:
  struct Waiting {
    std::size_t document = 0;
    Flushed done;
  };
  enum class Round : std::uint8_t { kOneOfMany, kLast };

  void write(Round round);
  void note_saved(std::size_t document);
  void tell_flushed();
  [[nodiscard]] bool write_one(const StateDocument& document);
  void tell_failing(const StateDocument& document, std::string_view reason);
  void tell_kept_again();
  void tell_left_out(const std::string& what);
  void tell_left(const std::vector<bool>& unsaved) const;
  [[nodiscard]] bool any_wanted() const;
  // All that is not of this object is touched in here alone, and no more once the writer has left.
  // No disk is waited for meanwhile.
  template <typename Use>
  void borrow(Use use) {
    const std::lock_guard lock(borrowing_);
    if (!left_) use();
  }

  const std::vector<StateDocument> documents_;
  Log& log_;
  const StatePace pace_;
  const StateWords words_;
  // The thread alone uses these.
  StateFolder folder_;
  bool failing_ = false;
  bool is_told_ = false;       // that it fails
  std::string left_out_;       // as it was told
  std::vector<bool> writing_;  // by document; all false between two writes
  std::vector<bool> failed_;   // by document, at the last write

  std::mutex borrowing_;  // guards what is borrowed, and `left_`; taken before the other one
  bool left_ = false;

  mutable std::mutex mutex_;  // guards what follows, and is never held over a write
  std::condition_variable wake_;
  std::condition_variable over_;
  std::vector<bool> wanted_;      // by document
  std::vector<Waiting> waiting_;  // to be told after the next write
  std::vector<Waiting> telling_;  // to be told after this one
  std::vector<bool> unsaved_;     // by document: the last write has not saved it yet
  std::string problem_;
  bool stopping_ = false;
  bool ended_ = false;
};

StateWriter::StateWriter(StateFolder folder, std::vector<StateDocument> documents, Log& log,
                         StatePace pace, StateWords words)
    : work_(std::make_shared<Work>(std::move(folder), std::move(documents), log, pace, words)),
      thread_([work = work_] { work->run(); }) {}

StateWriter::~StateWriter() { stop(); }

void StateWriter::changed(std::size_t document) { work_->changed(document); }

void StateWriter::flush(std::size_t document, Flushed done) {
  work_->flush(document, std::move(done));
}

std::string StateWriter::problem() const { return work_->problem(); }

void StateWriter::stop() {
  if (!thread_.joinable()) return;
  work_->stop() ? thread_.join() : thread_.detach();
}

void StateWriter::Work::changed(std::size_t document) {
  {
    const std::lock_guard lock(mutex_);
    wanted_[document] = true;
  }
  wake_.notify_one();
}

void StateWriter::Work::flush(std::size_t document, Flushed done) {
  {
    const std::lock_guard lock(mutex_);
    wanted_[document] = true;
    if (waiting_.size() < kMaxFlushes) {
      waiting_.push_back({document, std::move(done)});
      done = nullptr;
    }
  }
  wake_.notify_one();
  if (done) done(false);
}

std::string StateWriter::Work::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

bool StateWriter::Work::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
    if (over_.wait_for(lock, milliseconds(pace_.stop_ms), [this] { return ended_; })) return true;
  }
  {
    const std::lock_guard lock(borrowing_);
    left_ = true;
  }
  std::unique_lock lock(mutex_);
  const std::vector<Waiting> told_next = std::exchange(telling_, {});
  const std::vector<Waiting> told_last = std::exchange(waiting_, {});
  const std::vector<bool> unsaved = unsaved_;
  const bool ended = ended_;  // in the last moment
  lock.unlock();
  for (const Waiting& each : told_next) each.done(false);
  for (const Waiting& each : told_last) each.done(false);
  tell_left(unsaved);
  return ended;
}

bool StateWriter::Work::any_wanted() const {
  return std::ranges::find(wanted_, true) != wanted_.end();
}

void StateWriter::Work::run() {
  pthread_setname_np(pthread_self(), "state");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kStateNice);  // or as it is
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool told = wake_.wait_for(lock, milliseconds(pace_.refresh_ms),
                                     [this] { return stopping_ || any_wanted(); });
    if (stopping_) break;
    if (!told) wanted_.front() = true;
    std::swap(wanted_, writing_);
    std::swap(waiting_, telling_);
    lock.unlock();
    write(Round::kOneOfMany);
    lock.lock();
    wake_.wait_for(lock, milliseconds(failing_ ? pace_.retry_ms : pace_.gap_ms),
                   [this] { return stopping_ || !waiting_.empty(); });
  }
  writing_.flip();  // it is all false between two writes
  std::swap(waiting_, telling_);
  lock.unlock();
  write(Round::kLast);
  lock.lock();
  ended_ = true;
  over_.notify_one();
}

// What fails stays wanted. No want of memory ends it.
void StateWriter::Work::write(Round round) {
  bool failed = false;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (!writing_[i]) continue;
    failed_[i] = writing_[i] = !write_one(documents_[i]);
    failed = failed || writing_[i];
    if (round == Round::kLast && !writing_[i]) note_saved(i);
  }
  if (!failed && std::exchange(is_told_, false)) tell_kept_again();
  failing_ = failed;
  {
    const std::lock_guard lock(mutex_);
    if (!failed) problem_.clear();
    for (std::size_t i = 0; i < writing_.size(); ++i) {
      if (writing_[i]) wanted_[i] = true;
      writing_[i] = false;
    }
  }
  borrow([this] { tell_flushed(); });
}

void StateWriter::Work::note_saved(std::size_t document) {
  const std::lock_guard lock(mutex_);
  unsaved_[document] = false;
}

void StateWriter::Work::tell_flushed() {
  std::unique_lock lock(mutex_);
  const std::vector<Waiting> told = std::exchange(telling_, {});
  lock.unlock();
  for (const Waiting& each : told) each.done(!failed_[each.document]);
}

bool StateWriter::Work::write_one(const StateDocument& document) {
  try {
    bool asked = false;
    std::optional<std::string> text;
    borrow([&] {
      text = document.text();
      asked = true;
    });
    if (!asked) return false;
    if (!text) return true;
    if (text->size() > document.max_size) {
      tell_failing(document, "it would be larger than " + std::to_string(document.max_size) +
                                 " octets, and could not be read back");
      return false;
    }
    if (!document.keep) {
      const auto error = folder_.replace(document.name, *text);
      if (!error) return true;
      tell_failing(document, error->message);
      return false;
    }
    const Kept kept = document.keep(folder_);
    if (kept.must_wait) return false;
    tell_left_out(kept.left_out);
    if (!kept.error) return true;
    tell_failing(document, kept.error->message);
  } catch (const std::exception& exception) {  // want of memory
    tell_failing(document, exception.what());
  }
  return false;
}

// One line when it begins, for all documents. Where memory ends, it goes untold.
void StateWriter::Work::tell_failing(const StateDocument& document, std::string_view reason) try {
  const bool was_told = std::exchange(is_told_, true);
  const std::string path = folder_.path_of(document.name);
  std::string problem = path + ": " + std::string(reason);
  {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
  }
  if (was_told) return;
  borrow([&] { log_.warn(words_.failing, {{"file", path}, {"reason", std::string(reason)}}); });
} catch (const std::bad_alloc&) {
}

void StateWriter::Work::tell_kept_again() try {
  borrow([this] { log_.info(words_.again, {{"folder", folder_.path()}}); });
} catch (const std::bad_alloc&) {
}

void StateWriter::Work::tell_left_out(const std::string& what) try {
  if (what == left_out_) return;
  left_out_ = what;
  if (what.empty()) return;
  borrow([&] { log_.warn(words_.left_out, {{"reason", what}}); });
} catch (const std::bad_alloc&) {
}

// The folder may be in use by its thread; its path stays what it is.
void StateWriter::Work::tell_left(const std::vector<bool>& unsaved) const try {
  std::string files;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (!unsaved[i]) continue;
    files += (files.empty() ? "" : ",") + folder_.path_of(documents_[i].name);
  }
  if (files.empty()) return;
  log_.warn(
      "the disk does not answer, and is not waited for; a restart may not know of what "
      "changed last",
      {{"files", files}, {"waited", to_short_duration(pace_.stop_ms)}});
} catch (const std::bad_alloc&) {
}

}  // namespace rhumb
