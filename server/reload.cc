#include "server/reload.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <future>
#include <iterator>
#include <system_error>
#include <utility>

#include "server/check_entry.h"

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
  config.sources = {};
  return config;
}

// What was read, or the first error and how many there are.
std::string summary_of(const ReloadOutcome& outcome) {
  if (outcome.ok) {
    const std::string bad = outcome.bad_zones.empty() ? "" : "; " + words_on(outcome.bad_zones);
    return std::to_string(outcome.read) + " zones read, " + std::to_string(outcome.kept) + " kept" +
           bad;
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

std::string words_on(const std::vector<BadZone>& zones) {
  std::string stay;
  std::string out;
  std::size_t named = 0;
  for (const BadZone& zone : zones) {
    if (named++ == kMaxNamed) break;
    std::string& list = zone.apex.empty() ? out : stay;
    list += (list.empty() ? "" : ", ") + (zone.apex.empty() ? zone.path : zone.apex);
  }
  std::string words = stay.empty() ? "" : "with errors, and as before: " + stay;
  if (!out.empty()) words += (stay.empty() ? "" : "; ") + ("with errors, and left out: " + out);
  if (zones.size() > kMaxNamed) {
    words += "; and " + std::to_string(zones.size() - kMaxNamed) + " more";
  }
  return words;
}

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

void Reloader::note_refused_start(ReloadOutcome refused) {
  const std::lock_guard lock(mutex_);
  last_ = std::make_shared<const ReloadOutcome>(std::move(refused));
}

void Reloader::request(Done done, BadZones bad_zones) {
  std::vector<Asked> asked;
  ReloadOutcome outcome;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(done), bad_zones});
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
    if (error) maps_error_at_ms_ = clock_.now_ms();
  }
  if (error) log_.error(error->message);
}

void Reloader::watch(std::function<void()> adopted) { adopted_.push_back(std::move(adopted)); }

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

std::optional<PendingErrors> Reloader::pending() {
  const std::lock_guard lock(mutex_);
  const std::size_t of_maps = maps_error_.empty() ? 0 : 1;
  const std::size_t of_files = last_ == nullptr ? 0 : last_->diagnostics.error_count();
  if (of_files + of_maps == 0) return std::nullopt;
  return PendingErrors{.at_ms = of_files > 0 ? last_->at_ms : maps_error_at_ms_,
                       .errors = of_files + of_maps};
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
    std::vector<Asked> asked;
    bool maps_wanted = false;
    {
      const std::lock_guard lock(mutex_);
      asked = take_asked();
      maps_wanted = std::exchange(maps_wanted_, false);
      if (asked.empty() && !maps_wanted) {
        busy_ = false;
        return;
      }
    }
    if (!asked.empty()) {
      ReloadOutcome outcome = reload(asked.front().bad_zones);
      maps_wanted = maps_wanted && !outcome.ok;  // it has renewed them too
      conclude(std::move(outcome), asked);
    }
    if (maps_wanted) renew_maps();
  }
}

std::vector<Reloader::Asked> Reloader::take_asked() {
  std::vector<Asked> taken;
  if (waiting_.empty()) return taken;
  const BadZones first = waiting_.front().bad_zones;
  const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [first](const Asked& a) { return a.bad_zones == first; });
  std::move(waiting_.begin(), rest, std::back_inserter(taken));
  waiting_.erase(waiting_.begin(), rest);
  return taken;
}

void Reloader::conclude(ReloadOutcome outcome, const std::vector<Asked>& asked) {
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
  for (const Asked& each : asked) {
    if (each.done) each.done(*kept);
  }
}

ReloadOutcome Reloader::reload(BadZones bad_zones) {
  const std::int64_t begun_ms = clock_.now_ms();
  ReloadOutcome outcome;
  try {
    outcome = load_and_adopt(bad_zones);
  } catch (const std::exception& error) {
    outcome.diagnostics.error({}, std::string("the reload failed: ") + error.what());
  }
  outcome.at_ms = clock_.now_ms();
  outcome.duration_ms = outcome.at_ms - begun_ms;
  report(outcome);
  return outcome;
}

ReloadOutcome Reloader::load_and_adopt(BadZones bad_zones) {
  ReloadOutcome outcome;
  const std::shared_ptr<const Loaded> before = current();
  const auto loaded = load(running_.path, before.get(), outcome.diagnostics, compile_, {},
                           {.sources = {}, .bad_zones = bad_zones});
  outcome.stopped = loaded == nullptr && stopping_;
  if (loaded != nullptr) {
    warn_of_restart(running_, loaded->config, outcome.diagnostics);
    outcome.read = loaded->read;
    outcome.kept = loaded->kept;
    outcome.bad_zones = loaded->bad_zones;
    conclude_adoption(adopt(loaded), outcome);
    if (outcome.ok && !have_same_databases(*loaded, *before)) {
      tell_databases(log_, loaded->databases);
    }
    if (outcome.ok) note_maps_error({});
    if (outcome.ok && before->config.sources.kept() != nullptr) {
      log_.info("the last good files are no longer needed; those on disk are served");
    }
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
  maps_error_at_ms_ = clock_.now_ms();
}

Adoption Reloader::adopt(const std::shared_ptr<const Loaded>& loaded) {
  const auto adopted = std::make_shared<std::promise<Adoption>>();
  monitor_.adopt(loaded, [adopted](Adoption adoption) { adopted->set_value(adoption); });
  const Adoption adoption = adopted->get_future().get();
  if (adoption != Adoption::kInForce) return adoption;
  log_.configure(loaded->config.log_level, loaded->config.log_format);
  {
    const std::lock_guard lock(mutex_);
    current_ = loaded;
  }
  for (const auto& tell : adopted_) tell();
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
  if (outcome.ok && !outcome.bad_zones.empty()) {
    log_.warn("reloaded, but for zones with errors",
              {{"read", std::to_string(outcome.read)},
               {"kept", std::to_string(outcome.kept)},
               {"zones", words_on(outcome.bad_zones)},
               {"took", to_short_duration(outcome.duration_ms)}});
  } else if (outcome.ok) {
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
