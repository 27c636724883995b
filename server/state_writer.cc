#include "server/state_writer.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace rhumb {

using std::chrono::milliseconds;

namespace {

// Writing gives way to answering.
constexpr int kStateNice = 10;

}  // namespace

StateWriter::StateWriter(StateFolder& folder, std::vector<StateDocument> documents, Log& log,
                         StatePace pace)
    : folder_(folder),
      documents_(std::move(documents)),
      log_(log),
      pace_(pace),
      writing_(documents_.size()),
      failed_(documents_.size()),
      wanted_(documents_.size()),
      thread_([this] { run(); }) {}

StateWriter::~StateWriter() { stop(); }

void StateWriter::changed(std::size_t document) {
  {
    const std::lock_guard lock(mutex_);
    wanted_[document] = true;
  }
  wake_.notify_one();
}

void StateWriter::flush(std::size_t document, Flushed done) {
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

std::string StateWriter::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void StateWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool StateWriter::any_wanted() const { return std::ranges::find(wanted_, true) != wanted_.end(); }

void StateWriter::run() {
  pthread_setname_np(pthread_self(), "state");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kStateNice);  // or as it is
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool told = wake_.wait_for(lock, milliseconds(pace_.refresh_ms),
                                     [this] { return stopping_ || any_wanted(); });
    if (stopping_) break;
    if (!told) wanted_.front() = true;
    std::swap(wanted_, writing_);
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    lock.unlock();
    write();
    tell_flushed(waiting);
    lock.lock();
    wake_.wait_for(lock, milliseconds(failing_ ? pace_.retry_ms : pace_.gap_ms),
                   [this] { return stopping_ || !waiting_.empty(); });
  }
  const std::vector<Waiting> waiting = std::exchange(waiting_, {});
  lock.unlock();
  writing_.flip();  // it is all false between two writes
  write();
  tell_flushed(waiting);
}

void StateWriter::tell_flushed(const std::vector<Waiting>& waiting) {
  for (const Waiting& each : waiting) each.done(!failed_[each.document]);
}

// What fails stays wanted. No want of memory ends it.
void StateWriter::write() {
  bool failed = false;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (!writing_[i]) continue;
    failed_[i] = writing_[i] = !write_one(documents_[i]);
    failed = failed || writing_[i];
  }
  if (!failed && failing_) tell_kept_again();
  failing_ = failed;
  const std::lock_guard lock(mutex_);
  if (!failed) problem_.clear();
  for (std::size_t i = 0; i < writing_.size(); ++i) {
    if (writing_[i]) wanted_[i] = true;
    writing_[i] = false;
  }
}

bool StateWriter::write_one(const StateDocument& document) {
  try {
    const std::optional<std::string> text = document.text();
    if (!text) return true;
    if (text->size() > document.max_size) {
      tell_failing(document, "it would be larger than " + std::to_string(document.max_size) +
                                 " octets, and could not be read back");
      return false;
    }
    const auto error = folder_.replace(document.name, *text);
    if (!error) return true;
    tell_failing(document, error->message);
  } catch (const std::exception& exception) {  // want of memory
    tell_failing(document, exception.what());
  }
  return false;
}

// One line when it begins, for all documents. Where memory ends, it goes untold.
void StateWriter::tell_failing(const StateDocument& document, std::string_view reason) try {
  const bool was_failing = std::exchange(failing_, true);
  std::string problem = folder_.path_of(document.name) + ": " + std::string(reason);
  {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
  }
  if (was_failing) return;
  log_.warn("state cannot be kept; a restart would not know of what changes now",
            {{"file", folder_.path_of(document.name)}, {"reason", std::string(reason)}});
} catch (const std::bad_alloc&) {
}

void StateWriter::tell_kept_again() try {
  log_.info("state is kept again", {{"folder", folder_.path()}});
} catch (const std::bad_alloc&) {
}

}  // namespace rhumb
