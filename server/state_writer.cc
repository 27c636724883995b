#include "server/state_writer.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
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
    std::vector<bool> wanted = std::exchange(wanted_, std::vector<bool>(documents_.size()));
    lock.unlock();
    write(std::move(wanted));
    lock.lock();
    wake_.wait_for(lock, milliseconds(failing_ ? pace_.retry_ms : pace_.gap_ms),
                   [this] { return stopping_; });
  }
  lock.unlock();
  write(std::vector<bool>(documents_.size(), true));
}

// What fails stays wanted.
void StateWriter::write(std::vector<bool> wanted) {
  bool failed = false;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (!wanted[i]) continue;
    wanted[i] = !write_one(documents_[i]);
    failed = failed || wanted[i];
  }
  if (!failed && failing_) log_.info("state is kept again", {{"folder", folder_.path()}});
  failing_ = failed;
  if (!failed) return;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) wanted_[i] = true;
  }
}

// One line when it begins to fail.
bool StateWriter::write_one(const StateDocument& document) {
  std::string reason;
  try {
    const std::optional<std::string> text = document.text();
    if (!text) return true;
    const auto error = folder_.replace(document.name, *text);
    if (!error) return true;
    reason = error->message;
  } catch (const std::exception& exception) {  // want of memory
    reason = exception.what();
  }
  if (!failing_) {
    log_.warn("state cannot be kept; a restart would not know of what changes now",
              {{"file", folder_.path_of(document.name)}, {"reason", reason}});
  }
  failing_ = true;  // one line for all documents
  return false;
}

}  // namespace rhumb
