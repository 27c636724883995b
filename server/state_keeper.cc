#include "server/state_keeper.h"

#include <exception>
#include <utility>
#include <vector>

#include "server/predecessor.h"
#include "server/state_file.h"
#include "text/quote.h"

namespace rhumb {
namespace {

// Documents of the writer. Serials change with reloads alone, and may be a million.
enum Document : std::size_t { kHealth, kSerials };
constexpr char kHealthFile[] = "health.jsonl";
constexpr char kSerialsFile[] = "serials.jsonl";

// What of the checks is worth keeping: of those that are probed, what a result has decided.
std::vector<SavedCheck> saved_checks(const CheckReport& report) {
  std::vector<SavedCheck> checks;
  for (std::size_t i = 0; i < report.statuses.size(); ++i) {
    const CheckSpec& spec = report.zones->checks()[report.first + i];
    const CheckStatus& status = report.statuses[i];
    if (is_probed(spec.type) && !status.last) continue;
    checks.push_back({spec.id, status.state, status.last, status.pushed_ms});
  }
  return checks;
}

void add_words(const Operator& words, SavedState& state) {
  for (const auto& [id, said] : words.overrides()) {
    state.overrides.push_back({id, said.state, said.until_ms, said.reason});
  }
  for (const auto& [label, said] : words.drains()) {
    state.drains.push_back({to_string(label), said.until_ms, said.reason});
  }
}

std::optional<std::string> health_text(Monitor& monitor, const Clock& clock) {
  const auto state = known_state(monitor, clock);
  return state ? std::optional(write_state(*state)) : std::nullopt;
}

std::string serials_text(const Loaded& loaded) {
  SavedState state;
  state.zones = known_serials(loaded);
  return write_state(state);
}

PastZones past_zones(const std::vector<SavedZone>& zones) {
  PastZones past;
  past.reserve(zones.size());
  for (const SavedZone& zone : zones) past[zone.apex] = {zone.serial, zone.digest};
  return past;
}

}  // namespace

void StateKeeper::take_over(SavedState state) {
  saved_ = std::move(state);
  is_taken_over_ = true;
}

PastZones StateKeeper::open(const Config& config, Diagnostics& diagnostics) {
  path_ = config.state_directory;
  if (!path_.empty()) folder_.emplace(path_);
  if (is_taken_over_) return past_zones(saved_.zones);  // kept: it may be opened for other files
  if (path_.empty()) return {};
  StateFolder::Held held;
  const auto is_others = [&] {
    held = folder_->hold();
    return held.hold == StateFolder::Hold::kOthers;
  };
  wait_while_taken(folder_->path(), is_others, log_);
  const std::string what =
      "\"stateDirectory\" " + path_in_quotes(folder_->path()) + ": " + held.reason;
  switch (held.hold) {
    case StateFolder::Hold::kOurs:
      break;
    case StateFolder::Hold::kOthers:
      diagnostics.error({config.path, 0, 0}, what + "; give each server one of its own");
      return {};
    case StateFolder::Hold::kFailed:
      diagnostics.warn({config.path, 0, 0}, what + "; nothing is kept until it can be written");
      break;
  }
  saved_ = read(kHealthFile, diagnostics);
  return past_zones(read(kSerialsFile, diagnostics).zones);
}

std::optional<Error> StateKeeper::hold_left() {
  if (!is_taken_over_ || !folder_) return std::nullopt;
  StateFolder::Held held;
  const auto is_others = [&] {
    held = folder_->hold();
    return held.hold == StateFolder::Hold::kOthers;
  };
  wait_while_taken(path_, is_others, log_);
  const std::string what = "\"stateDirectory\" " + path_in_quotes(path_) + ": " + held.reason;
  if (held.hold == StateFolder::Hold::kOthers) return Error{what};
  if (held.hold == StateFolder::Hold::kFailed) {
    log_.warn(what + "; nothing is kept until it can be written");
  }
  return std::nullopt;
}

// A server that still runs has grown no older since it said so.
void StateKeeper::restore(Monitor& monitor, const Clock& clock) {
  const std::size_t read = saved_.checks.size();
  SavedState state = std::exchange(saved_, {});
  if (!is_taken_over_) state = believable(std::move(state), clock.now_ms());
  if (read + state.overrides.size() + state.drains.size() == 0) return;
  log_.info("state restored", {{"checks", std::to_string(state.checks.size())},
                               {"outdated", std::to_string(read - state.checks.size())},
                               {"overrides", std::to_string(state.overrides.size())},
                               {"drains", std::to_string(state.drains.size())}});
  monitor.restore(std::move(state));
}

void StateKeeper::start(Monitor& monitor, Reloader& reloader, const Clock& clock) {
  if (!folder_) return;
  documents_ = [&monitor, &reloader, clock] {
    std::vector<StateDocument> documents(2);
    documents[kHealth] = {kHealthFile, [&monitor, clock] { return health_text(monitor, clock); },
                          kMaxStateSizeBytes};
    documents[kSerials] = {kSerialsFile, [&reloader] { return serials_text(*reloader.current()); },
                           kMaxStateSizeBytes};
    return documents;
  };
  resume();
  monitor.watch([this] { changed(kHealth); });
  reloader.watch([this] { changed(kSerials); });
}

void StateKeeper::resume() try {
  const std::lock_guard lock(mutex_);
  if (!documents_ || writer_ != nullptr) return;
  if (!folder_) folder_.emplace(path_);
  writer_ =
      std::make_unique<StateWriter>(*std::exchange(folder_, std::nullopt), documents_(), log_);
  writer_->changed(kHealth);
  writer_->changed(kSerials);
} catch (const std::exception& error) {
  log_.error("state is no longer kept", {{"reason", error.what()}});
}

void StateKeeper::changed(std::size_t document) {
  const std::lock_guard lock(mutex_);
  if (writer_ != nullptr) writer_->changed(document);
}

std::string StateKeeper::problem() const {
  const std::lock_guard lock(mutex_);
  return writer_ == nullptr ? std::string() : writer_->problem();
}

void StateKeeper::pause() {
  std::unique_lock lock(mutex_);
  const std::unique_ptr<StateWriter> writer = std::move(writer_);
  lock.unlock();
  if (writer != nullptr) writer->stop();
}

void StateKeeper::keep(Kept done) {
  std::unique_lock lock(mutex_);
  if (writer_ != nullptr) return writer_->flush(kHealth, std::move(done));
  lock.unlock();
  done(path_.empty());
}

// What cannot be believed is set aside: somebody may still learn from it what was drained.
SavedState StateKeeper::read(const std::string& name, Diagnostics& diagnostics) {
  const auto text = folder_->read(name, kMaxStateSizeBytes);
  if (text.ok() && !text.value()) return {};
  ReadState read = text.ok() ? read_state(*text.value()) : ReadState{{}, text.error(), 0, 0};
  if (read.too_long != 0) {
    diagnostics.warn({folder_->path_of(name), read.too_long, 0},
                     "the line has more than " + std::to_string(kMaxStateLineBytes) +
                         " octets and is passed over; the rest of the saved state is taken");
  }
  if (read.wrong.empty()) return std::move(read.state);
  const auto error = folder_->set_aside(name);
  const std::string rest = error ? "it cannot be kept beside, " + error->message
                                 : "it is kept as " + path_in_quotes(name + ".bad");
  const std::string lost =
      name == kHealthFile
          ? "; overrides and drains are lost with it: say again those that still hold"
          : "";
  diagnostics.warn(
      {folder_->path_of(name), read.line, 0},
      "the saved state is passed over, and begins afresh: " + read.wrong + "; " + rest + lost);
  return {};
}

// The server's clock is right by its own start, what is saved by the system's as it is now.
std::optional<SavedState> known_state(Monitor& monitor, const Clock& clock) {
  const CheckReport report = monitor.checks(Words::kLeftOut);
  if (report.zones == nullptr) return std::nullopt;
  SavedState state;
  state.checks = saved_checks(report);
  add_words(monitor.said().said, state);
  return moved_by(std::move(state), wall_clock_ms() - clock.now_ms());
}

std::vector<SavedZone> known_serials(const Loaded& loaded) {
  std::vector<SavedZone> zones;
  for (const auto& zone : loaded.zones->zones()) {
    const ZoneInfo& info = zone->info();
    zones.push_back({apex_key(info.apex), info.serial, info.digest});
  }
  for (const auto& [apex, served] : loaded.past) {
    zones.push_back({apex, served.serial, served.digest});
  }
  return zones;
}

}  // namespace rhumb
