#include "server/reload.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
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

Config without_bulk(Config config) {
  config.atlas = {};
  config.checks.clear();
  return config;
}

// What was read, or the first error and how many there are.
std::string summary_of(const ReloadOutcome& outcome) {
  if (outcome.ok) {
    return std::to_string(outcome.read) + " zones read, " + std::to_string(outcome.kept) + " kept";
  }
  for (const Diagnostic& found : outcome.diagnostics.all()) {
    if (found.severity != Severity::kError) continue;
    return std::to_string(outcome.diagnostics.error_count()) + " errors: " + to_string(found);
  }
  return {};
}

bool have_same_databases(const Loaded& now, const Loaded& before) {
  return std::ranges::equal(now.databases, before.databases,
                            [](const LoadedDatabase& a, const LoadedDatabase& b) {
                              return a.file.path == b.file.path && a.file.stamp == b.file.stamp;
                            });
}

}  // namespace

void tell_databases(Log& log, const std::vector<LoadedDatabase>& databases) {
  for (const auto& [file, info] : databases) {
    const auto built_ms = static_cast<std::int64_t>(info.build_time_s) * 1000;
    log.info("database in use", {{"file", file.path},
                                 {"type", info.type},
                                 {"built", to_rfc3339(built_ms)},
                                 {"networks", std::to_string(info.networks)}});
  }
}

Reloader::Reloader(std::shared_ptr<const Loaded> running, Monitor& monitor, Clock clock, Log& log,
                   MapCompiler compile)
    : running_(without_bulk(running->config)),
      monitor_(monitor),
      clock_(clock),
      log_(log),
      compile_(std::move(compile)),
      current_(std::move(running)),
      counts_{.last_success_ms = clock.now_ms()} {}

Reloader::~Reloader() {
  if (thread_.joinable()) thread_.join();
}

void Reloader::request(Done done) {
  std::vector<Done> asked;
  ReloadOutcome outcome;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    const auto error = start();
    if (!error) return;
    outcome.diagnostics.error({}, error->message);
    asked.swap(waiting_);
  }
  outcome.at_ms = clock_.now_ms();
  report(outcome);
  conclude(std::move(outcome), asked);
}

void Reloader::request_maps() {
  std::optional<Error> error;
  {
    const std::lock_guard lock(mutex_);
    maps_wanted_ = true;
    error = start();
    if (error) maps_error_ = error->message;
  }
  if (error) log_.error(error->message);
}

void Reloader::watch(std::function<void()> adopted) { adopted_ = std::move(adopted); }

std::string Reloader::maps_error() {
  const std::lock_guard lock(mutex_);
  return maps_error_;
}

std::shared_ptr<const ReloadOutcome> Reloader::last() {
  const std::lock_guard lock(mutex_);
  return last_;
}

ReloadCounts Reloader::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

bool Reloader::is_busy() {
  const std::lock_guard lock(mutex_);
  return busy_ || !waiting_.empty() || maps_wanted_;
}

std::shared_ptr<const Loaded> Reloader::current() {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Reloader::on_config(std::function<void(const Config&)> take) {
  const std::lock_guard lock(telling_);
  take_config_ = std::move(take);
}

std::optional<Error> Reloader::start() {
  if (busy_) return std::nullopt;
  if (thread_.joinable()) thread_.join();
  try {
    thread_ = std::thread([this] { run(); });
    busy_ = true;
  } catch (const std::system_error& error) {
    return Error{"no thread can be started to reload: " + error.code().message()};
  }
  return std::nullopt;
}

void Reloader::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLoaderNice);  // or as it is
  while (true) {
    std::vector<Done> asked;
    bool maps_wanted = false;
    {
      const std::lock_guard lock(mutex_);
      asked.swap(waiting_);
      maps_wanted = std::exchange(maps_wanted_, false);
      if (asked.empty() && !maps_wanted) {
        busy_ = false;
        return;
      }
    }
    if (!asked.empty()) {
      ReloadOutcome outcome = reload();
      maps_wanted = maps_wanted && !outcome.ok;  // it has renewed them too
      conclude(std::move(outcome), asked);
    }
    if (maps_wanted) renew_maps();
  }
}

void Reloader::conclude(ReloadOutcome outcome, const std::vector<Done>& asked) {
  const auto kept = std::make_shared<const ReloadOutcome>(std::move(outcome));
  {
    const std::lock_guard lock(mutex_);
    last_ = kept;
    if (kept->ok) {
      ++counts_.ok;
      counts_.last_success_ms = kept->at_ms;
    } else if (!kept->stopped) {
      ++counts_.failed;
    }
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
  const auto loaded = load(running_.path, before.get(), outcome.diagnostics, compile_);
  outcome.stopped = loaded == nullptr && stopping_;
  if (loaded != nullptr) {
    warn_of_restart(running_, loaded->config, outcome.diagnostics);
    outcome.read = loaded->read;
    outcome.kept = loaded->kept;
    conclude_adoption(adopt(loaded), outcome);
    if (outcome.ok && !have_same_databases(*loaded, *before)) {
      tell_databases(log_, loaded->databases);
    }
    if (outcome.ok) note_maps_error({});
  }
  return outcome;
}

void Reloader::renew_maps() {
  const std::int64_t begun_ms = clock_.now_ms();
  ReloadOutcome outcome;
  try {
    if (!put_maps_in_force(outcome)) return put_off_maps();
  } catch (const std::exception& error) {
    outcome.diagnostics.error({}, std::string("the maps cannot be renewed: ") + error.what());
  }
  if (outcome.stopped) return;
  const std::string took = to_short_duration(clock_.now_ms() - begun_ms);
  log_.write(outcome.diagnostics);
  note_maps_error(outcome);
  if (outcome.ok) {
    log_.info("maps renewed, since a database changed", {{"took", took}});
  } else {
    log_.error("a database that changed is refused; the maps in use stay", {{"took", took}});
  }
}

bool Reloader::put_maps_in_force(ReloadOutcome& outcome) {
  const std::shared_ptr<const Loaded> before = current();
  bool gives_way = false;
  const auto is_wanted = [&] {
    gives_way = is_reload_waiting();
    return !gives_way;
  };
  const auto loaded = load_maps_again(*before, compile_, outcome.diagnostics, is_wanted);
  outcome.stopped = loaded == nullptr && stopping_;
  if (loaded == nullptr) return !gives_way || outcome.stopped;
  conclude_adoption(adopt(loaded), outcome);
  if (outcome.ok) tell_databases(log_, loaded->databases);
  return true;
}

bool Reloader::is_reload_waiting() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void Reloader::put_off_maps() {
  {
    const std::lock_guard lock(mutex_);
    maps_wanted_ = true;  // unless the reload does it
  }
  log_.info("renewing the maps gives way to a reload");
}

void Reloader::note_maps_error(const ReloadOutcome& outcome) {
  std::string first;
  for (const Diagnostic& found : outcome.diagnostics.all()) {
    if (first.empty() && found.severity == Severity::kError) first = to_string(found);
  }
  const std::lock_guard lock(mutex_);
  maps_error_ = std::move(first);
}

Adoption Reloader::adopt(const std::shared_ptr<const Loaded>& loaded) {
  const auto adopted = std::make_shared<std::promise<Adoption>>();
  monitor_.adopt(loaded, [adopted](Adoption adoption) { adopted->set_value(adoption); });
  const Adoption adoption = adopted->get_future().get();
  if (adoption != Adoption::kInForce) return adoption;
  log_.configure(loaded->config.log_level, loaded->config.log_format);
  bool has_other_zones = false;
  {
    const std::lock_guard lock(mutex_);
    has_other_zones = current_->zones != loaded->zones;
    current_ = loaded;
  }
  if (has_other_zones && adopted_) adopted_();
  const std::lock_guard lock(telling_);
  if (take_config_) take_config_(loaded->config);
  return adoption;
}

void Reloader::report(const ReloadOutcome& outcome) {
  if (outcome.stopped) {
    return log_.warn("reload given up; the server is stopping",
                     {{"took", to_short_duration(outcome.duration_ms)}});
  }
  monitor_.events().add({.at_ms = outcome.at_ms,
                         .kind = EventKind::kReload,
                         .id = running_.path,
                         .from = "",
                         .to = outcome.ok ? "done" : "refused",
                         .reason = summary_of(outcome)});
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
