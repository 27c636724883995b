#include "server/reload.h"

#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <future>
#include <system_error>
#include <utility>

namespace rhumb {
namespace {

// Loading gives way to answering.
constexpr int kLoaderNice = 10;

void conclude_adoption(Adoption adoption, ReloadOutcome& outcome) {
  switch (adoption) {
    case Adoption::kInForce:
      outcome.ok = true;
      break;
    case Adoption::kStopped:
      outcome.stopped = true;
      outcome.diagnostics.error({}, "the server is stopping");
      break;
    case Adoption::kNoMemory:
      outcome.diagnostics.error({}, "there is not enough memory to put it in force");
      break;
  }
}

}  // namespace

Reloader::Reloader(std::shared_ptr<const Loaded> running, Monitor& monitor, Clock clock, Log& log)
    : running_(std::move(running)),
      monitor_(monitor),
      clock_(clock),
      log_(log),
      current_(running_) {}

Reloader::~Reloader() {
  if (thread_.joinable()) thread_.join();
}

void Reloader::request(Done done) {
  std::vector<Done> asked;
  ReloadOutcome outcome;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    if (busy_) return;
    if (thread_.joinable()) thread_.join();
    try {
      thread_ = std::thread([this] { run(); });
      busy_ = true;
      return;
    } catch (const std::system_error& error) {
      outcome.diagnostics.error({},
                                "no thread can be started to reload: " + error.code().message());
    }
    asked.swap(waiting_);
  }
  outcome.at_ms = clock_.now_ms();
  report(outcome);
  conclude(std::move(outcome), asked);
}

std::shared_ptr<const ReloadOutcome> Reloader::last() {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::shared_ptr<const Loaded> Reloader::current() {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Reloader::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLoaderNice);  // or as it is
  while (true) {
    std::vector<Done> asked;
    {
      const std::lock_guard lock(mutex_);
      asked.swap(waiting_);
      if (asked.empty()) {
        busy_ = false;
        return;
      }
    }
    conclude(reload(), asked);
  }
}

void Reloader::conclude(ReloadOutcome outcome, const std::vector<Done>& asked) {
  const auto kept = std::make_shared<const ReloadOutcome>(std::move(outcome));
  {
    const std::lock_guard lock(mutex_);
    last_ = kept;
  }
  for (const Done& done : asked) {
    if (done) done(*kept);
  }
}

ReloadOutcome Reloader::reload() {
  const std::int64_t begun_ms = clock_.now_ms();
  ReloadOutcome outcome;
  try {
    outcome = load_and_adopt();
  } catch (const std::exception& error) {
    outcome.diagnostics.error({}, std::string("the reload failed: ") + error.what());
  }
  outcome.at_ms = clock_.now_ms();
  outcome.duration_ms = outcome.at_ms - begun_ms;
  report(outcome);
  return outcome;
}

ReloadOutcome Reloader::load_and_adopt() {
  ReloadOutcome outcome;
  const std::shared_ptr<const Loaded> before = current();
  const auto loaded = load(running_->config.path, before.get(), outcome.diagnostics);
  if (loaded != nullptr) {
    warn_of_restart(running_->config, loaded->config, outcome.diagnostics);
    outcome.read = loaded->read;
    outcome.kept = loaded->kept;
    conclude_adoption(adopt(loaded), outcome);
  }
  return outcome;
}

Adoption Reloader::adopt(const std::shared_ptr<const Loaded>& loaded) {
  const auto adopted = std::make_shared<std::promise<Adoption>>();
  monitor_.adopt(loaded, [adopted](Adoption adoption) { adopted->set_value(adoption); });
  const Adoption adoption = adopted->get_future().get();
  if (adoption != Adoption::kInForce) return adoption;
  log_.configure(loaded->config.log_level, loaded->config.log_format);
  const std::lock_guard lock(mutex_);
  current_ = loaded;
  return adoption;
}

void Reloader::report(const ReloadOutcome& outcome) {
  if (outcome.stopped) {
    return log_.warn("reload given up; the server is stopping",
                     {{"took", to_short_duration(outcome.duration_ms)}});
  }
  log_.write(outcome.diagnostics);
  if (outcome.ok) {
    log_.info("reloaded", {{"read", std::to_string(outcome.read)},
                           {"kept", std::to_string(outcome.kept)},
                           {"took", to_short_duration(outcome.duration_ms)}});
  } else {
    log_.error("reload refused; what was served before stays",
               {{"errors", std::to_string(outcome.diagnostics.error_count())},
                {"took", to_short_duration(outcome.duration_ms)}});
  }
}

}  // namespace rhumb
