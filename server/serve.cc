#include "server/serve.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "server/confinement.h"
#include "server/control.h"
#include "server/control_api.h"
#include "server/control_socket.h"
#include "server/counters.h"
#include "server/database_watch.h"
#include "server/entropy.h"
#include "server/first_load.h"
#include "server/hand_out.h"
#include "server/last_good_keeper.h"
#include "server/listeners.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/monitor.h"
#include "server/obtain.h"
#include "server/privileges.h"
#include "server/process_bounds.h"
#include "server/rate_limiter.h"
#include "server/reload.h"
#include "server/reload_reminder.h"
#include "server/service_manager.h"
#include "server/signals.h"
#include "server/state_keeper.h"
#include "server/succession.h"
#include "server/take_over.h"
#include "server/tap.h"
#include "server/version.h"
#include "server/workers.h"

namespace rhumb {
namespace {

// How often it is looked whether a database has changed, and after what nobody tells of.
constexpr int kLookForSignalMs = 2'000;
constexpr std::int64_t kStartGraceMs = 60'000;  // to start, beyond what is waited for

// Everything that has to be had before the first thread answers.
struct Prepared {
  std::shared_ptr<const Loaded> loaded;
  ObtainedSockets sockets;
  int workers = 1;
  std::string confined;  // by what, for people
};

int worker_count(const Config& config) {
  if (config.workers > 0) return config.workers;
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return std::clamp(CPU_COUNT(&cores), 1, kMaxWorkers);
}

// From here on nothing needs to be root. False: it cannot be, which is told.
bool drop_privileges(const Config& config, const User* user, Log& log) {
  allow_nice(kHealthNice);
  if (user == nullptr) {
    give_up_capabilities();
    return true;
  }
  if (!config.state_directory.empty()) {
    make_folder_for(config.state_directory, kStateFolderMode, user);
  }
  const auto error = become(*user);
  if (error)
    log.error("cannot become the user", {{"user", user->name}, {"reason", error->message}});
  return !error;
}

std::string addresses_of(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints)
    text += (text.empty() ? "" : ",") + to_string(endpoint);
  return text;
}

HttpAccess access_of(const Config& config) {
  return config.http ? config.http->access : HttpAccess();
}

// As long as it lives, what is not of the View is taken up of a reload: tokens, certificates, the
// tap.
class AdoptConfig {
 public:
  AdoptConfig(Reloader& reloader, ControlServer& control, Tap& tap) : reloader_(reloader) {
    reloader_.on_config([&control, &tap](const Config& config) {
      tap.configure(config.tap);
      if (config.http) control.adopt(config.http->access);  // else it needs a restart to end
    });
  }
  AdoptConfig(const AdoptConfig&) = delete;
  AdoptConfig& operator=(const AdoptConfig&) = delete;
  ~AdoptConfig() { reloader_.on_config({}); }

 private:
  Reloader& reloader_;
};

// What runs, in the order in which it is started; it ends in reverse.
class RunningServer {
 public:
  RunningServer(const Prepared& prepared, Signals& signals, Helper& helper, StateKeeper& state,
                const ServiceManager& manager, Log& log)
      : signals_(signals),
        helper_(helper),
        state_(state),
        manager_(manager),
        log_(log),
        counters_(prepared.loaded->counter_slots.limit()),
        tap_(log),
        limiter_(draw_entropy(), log),
        monitor_(views_, facts_.clock, log, &helper),
        kept_(log),
        reloader_(prepared.loaded, monitor_, facts_.clock, log, compiler_of(&helper)),
        api_(facts_, monitor_, reloader_, [&state](auto done) { state.keep(std::move(done)); }) {
    facts_.listen = endpoints_of(prepared.sockets.listeners);
    facts_.http = prepared.loaded->config.http;
    facts_.state_directory = prepared.loaded->config.state_directory;
    facts_.workers = prepared.workers;
    facts_.helper = &helper;
    facts_.state_problem = [&state, this] {
      const std::string problem = state.problem();
      return problem.empty() ? kept_.problem() : problem;
    };
    facts_.counters = &counters_;
    facts_.tap = &tap_;
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  // A reload that waits for its checks or for its maps is let go first.
  ~RunningServer() {
    reloader_.stop();
    helper_.stop();
    kept_.stop();
    state_.stop();
    monitor_.stop();
  }

  // The files on disk were refused; others are served.
  void note_refused_start(ReloadOutcome refused) {
    reloader_.note_refused_start(std::move(refused));
  }
  int run(Prepared prepared);

 private:
  using Control = std::unique_ptr<ControlServer>;

  Control serve_api(ControlSockets sockets);
  Adoption wait_for_first_round(const Prepared& prepared, HandOut& hand_out);
  bool take_place(TakeOver& from, ControlSockets sockets, Control& control);
  std::int64_t wait_for_end(HandOut& hand_out);
  void wait_shutdown_delay(HandOut& hand_out);
  void look_around(Event event);
  void request_reload();
  void show_alive();
  void say_serving();
  [[nodiscard]] std::string serving();

  Signals& signals_;
  Helper& helper_;
  StateKeeper& state_;
  const ServiceManager& manager_;
  Log& log_;
  ServerFacts facts_;
  Counters counters_;
  Tap tap_;
  RateLimiter limiter_;
  Published<View> views_;
  Monitor monitor_;
  LastGoodKeeper kept_;
  Reloader reloader_;
  ControlApi api_;
  DatabaseWatch watch_;
  ReloadReminder reminder_;
  std::atomic<Adoption> first_round_{Adoption::kStopped};
  std::string confined_;
  std::string control_file_;       // to be removed in the end; empty: it is not this server's
  bool reload_wanted_ = false;     // asked for before the first round was over
  std::int64_t next_sign_ms_ = 0;  // of life, by the monotonic clock
  std::int64_t next_look_ms_ = 0;  // around, likewise
  // Whether the health thread has been heard of since the last one.
  std::shared_ptr<std::atomic<bool>> health_lives_ = std::make_shared<std::atomic<bool>>(true);
};

int RunningServer::run(Prepared prepared) {
  if (prepared.sockets.take_over) monitor_.stand_by();
  state_.restore(monitor_, facts_.clock);  // before anybody can see or change what is said
  confined_ = prepared.confined;
  control_file_ = prepared.sockets.control_file;
  HandOut hand_out(prepared.sockets, prepared.loaded->config, manager_.terms(),
                   hand_out_source(state_, monitor_, reloader_, api_, facts_.clock), log_);
  std::optional<TakeOver>& take_over = prepared.sockets.take_over;
  Control control;  // not yet while another server serves it
  if (!take_over) control = serve_api(std::move(prepared.sockets.control));
  if (!take_over && control == nullptr) return 1;
  tap_.configure(prepared.loaded->config.tap);
  switch (wait_for_first_round(prepared, hand_out)) {
    case Adoption::kInForce:
      break;
    case Adoption::kStopped:
      log_.info("stopped before serving");
      return 0;
    case Adoption::kNoMemory:
      log_.error("there is not enough memory to put the zones in force");
      return 1;
  }
  prepared.loaded.reset();  // or it would outlive the reloads
  if (take_over && !learn_last(*take_over, state_, monitor_, facts_.clock, log_)) return 1;
  Workers workers(std::move(prepared.sockets.listeners), views_, counters_, tap_, limiter_, log_);
  if (take_over && !take_place(*take_over, std::move(prepared.sockets.control), control)) return 1;
  state_.start(monitor_, reloader_, facts_.clock);
  kept_.start(facts_.state_directory, reloader_);
  std::optional<AdoptConfig> adopt;
  adopt.emplace(reloader_, *control, tap_);
  api_.thaw();
  facts_.readiness = Readiness::kReady;
  say_serving();
  const std::int64_t successor = wait_for_end(hand_out);
  if (successor == 0) facts_.readiness = Readiness::kStopping;
  Signals::end_at_once();
  if (successor != 0) {
    log_.info("another rhumb serves now in place of this one",
              {{"pid", std::to_string(successor)}});
    manager_.successor(successor);
    adopt.reset();
    control->set_path("");
    control.reset();  // whoever has a question for a server has it for that one
    workers.step_back();
    return 0;
  }
  wait_shutdown_delay(hand_out);
  // One that goes on alone is reached there.
  if (hand_out.is_shared()) control->set_path("");
  return 0;
}

void RunningServer::wait_shutdown_delay(HandOut& hand_out) {
  const std::int64_t delay_ms = reloader_.current()->config.shutdown_delay_ms;
  manager_.stopping(delay_ms);
  log_.info("stopping", {{"delay", to_short_duration(delay_ms)}});
  const std::int64_t until_ms = monotonic_ms() + delay_ms;
  for (std::int64_t left_ms = delay_ms; left_ms > 0; left_ms = until_ms - monotonic_ms()) {
    const auto turn_ms = static_cast<int>(std::min<std::int64_t>(left_ms, kLookForSignalMs));
    const bool is_asked = signals_.wait(turn_ms, hand_out.watched()) == Event::kReadable;
    if (is_asked) hand_out.turn_away("it is stopping; start the new one once it has ended");
  }
}

// Null: it cannot be, which is told.
RunningServer::Control RunningServer::serve_api(ControlSockets sockets) {
  Control control =
      ControlServer::start(std::move(sockets), access_of(reloader_.current()->config), api_, log_);
  if (control == nullptr) log_.error("the API cannot be served");
  return control;
}

// From here on both servers answer, until the other one steps back. Nothing may be said to this one
// before: it would be lost if that one did not. False: it does not.
bool RunningServer::take_place(TakeOver& from, ControlSockets sockets, Control& control) {
  api_.freeze();
  facts_.readiness = Readiness::kReady;
  control = serve_api(std::move(sockets));
  if (control == nullptr) return false;
  if (const auto error = from.finish()) {
    tell_not_taken(log_, *error);
    return false;
  }
  control->set_path(control_file_);
  // To bind it anew is beyond what is left of this process's rights.
  if (!control_file_.empty() && why_not_reached(control_file_)) {
    log_.warn(
        "the control socket's file is gone; no command reaches this server until a plain restart",
        {{"socket", control_file_}});
  }
  return true;
}

// Stopped: a signal ended it before.
Adoption RunningServer::wait_for_first_round(const Prepared& prepared, HandOut& hand_out) {
  const std::shared_ptr<const Loaded>& loaded = prepared.loaded;
  // While another server runs, who wants to take over comes to that one.
  const bool is_alone = !prepared.sockets.take_over;
  manager_.extend_timeout(loaded->config.startup_wait_ms + kStartGraceMs);
  manager_.status("waiting for the first results of health checks");
  monitor_.adopt(loaded, [this](Adoption adoption) {
    first_round_ = adoption;
    if (adoption != Adoption::kStopped) signals_.notify();
  });
  while (true) {
    const auto watched = is_alone ? hand_out.watched() : std::array<int, 2>{-1, -1};
    switch (signals_.wait(kLookForSignalMs, watched)) {
      case Event::kNotified:
        return first_round_;
      case Event::kStop:
        return Adoption::kStopped;
      case Event::kReload:
        reload_wanted_ = true;
        break;
      case Event::kReadable:
        hand_out.turn_away("it is starting itself; try again");
        break;
      case Event::kNothing:
        break;
    }
  }
}

// Returns the process of the server that has taken this one's place; 0: a signal ends it.
std::int64_t RunningServer::wait_for_end(HandOut& hand_out) {
  const std::int64_t every_ms = manager_.alive_every_ms();
  const auto turn_ms = static_cast<int>(
      every_ms > 0 ? std::clamp<std::int64_t>(every_ms, 1, kLookForSignalMs) : kLookForSignalMs);
  if (reload_wanted_) request_reload();
  while (true) {
    const Event event = signals_.wait(turn_ms, hand_out.watched());
    if (const std::int64_t successor = hand_out.turn(); successor != 0) return successor;
    show_alive();
    look_around(event);
    switch (event) {
      case Event::kStop:
        return 0;
      case Event::kReload:
        request_reload();
        break;
      case Event::kReadable:
      case Event::kNotified:
      case Event::kNothing:
        break;
    }
  }
}

// By the clock too: events may come all the time.
void RunningServer::look_around(Event event) {
  if (event != Event::kNothing && monotonic_ms() < next_look_ms_) return;
  next_look_ms_ = monotonic_ms() + kLookForSignalMs;
  if (watch_.look(reloader_.current())) reloader_.request_maps();
  reminder_.look(reloader_, facts_.clock.now_ms(), log_);
}

void RunningServer::request_reload() {
  manager_.reloading();
  reloader_.request([this](const ReloadOutcome& outcome) {
    if (outcome.stopped) return;
    manager_.ready(outcome.ok ? serving() : "serving what was before; the last reload was refused");
  });
}

// That this thread and the health thread are.
void RunningServer::show_alive() try {
  const std::int64_t every_ms = manager_.alive_every_ms();
  if (every_ms == 0 || monotonic_ms() < next_sign_ms_ || !health_lives_->exchange(false)) return;
  next_sign_ms_ = monotonic_ms() + every_ms;
  manager_.alive();
  monitor_.echo([lives = health_lives_] { *lives = true; });
} catch (const std::bad_alloc&) {
  *health_lives_ = true;
}

std::string RunningServer::serving() {
  const auto now = reloader_.current()->zones;
  return "serving " + std::to_string(now->zones().size()) + " zones with " +
         std::to_string(now->checks().size()) + " health checks on " + addresses_of(facts_.listen);
}

void RunningServer::say_serving() {
  const Overview overview = monitor_.overview();
  log_.info("serving", {{"version", std::string(version())},
                        {"listen", addresses_of(facts_.listen)},
                        {"workers", std::to_string(facts_.workers)},
                        {"zones", std::to_string(overview.zones->zones().size())},
                        {"records", std::to_string(record_count(*overview.zones))},
                        {"checks", std::to_string(overview.zones->checks().size())},
                        {"confined", confined_}});
  manager_.ready(serving());
}

int load_and_run(const ServeOptions& options, const Beginning& begun, Prepared prepared,
                 Signals& signals, Helper& helper, Log& log) {
  StateKeeper state(log);
  ManagerTerms terms = manager_terms_of_environment();
  if (auto& take_over = prepared.sockets.take_over) {
    state.take_over(take_over->take_state());
    if (terms.socket.empty()) terms = take_over->manager();
  }
  const ServiceManager manager(std::move(terms));
  manager.status("loading");
  FirstLoad first = load_first(options, compiler_of(&helper), begun, state, log);
  prepared.loaded = std::move(first.loaded);
  if (prepared.loaded == nullptr) {
    if (!prepared.sockets.control.path.empty()) unlink(prepared.sockets.control.path.c_str());
    return 1;
  }
  if (!prepared.loaded->config.http) prepared.sockets.control.http = Fd();
  prepared.confined = confine(*prepared.loaded, log);
  log.write_by_thread();
  int code = 0;
  {
    RunningServer running(prepared, signals, helper, state, manager, log);
    if (first.refused) running.note_refused_start(*std::move(first.refused));
    code = running.run(std::move(prepared));
  }
  log.info("stopped");
  return code;
}

// First what needs root, in as little as can be: rhumb.yaml alone is read, to know what to bind and
// whom to become. All else is read as that user, and rhumb.yaml again with it.
int start_and_run(const ServeOptions& options, Signals& signals, Helper& helper, Log& log) {
  Diagnostics found;
  const Beginning begun = find_beginning(options, found, log);
  const Config& first = begun.config;
  log.configure(first.log_level, first.log_format);
  const User* const user = begun.user ? &*begun.user : nullptr;
  Prepared prepared;
  if (!found.has_errors()) {
    prepared.workers = worker_count(first);
    auto sockets =
        obtain_sockets(first, prepared.workers, user, options.start, options.passed, log);
    if (!sockets) return 1;
    prepared.sockets = *std::move(sockets);
  }
  if (!drop_privileges(first, user, log)) return 1;
  helper.begin({.user = begun.user, .confine = first.confine});
  if (!found.has_errors()) {
    return load_and_run(options, begun, std::move(prepared), signals, helper, log);
  }
  StateKeeper none(log);
  // All errors, those of other files too. None: it was mended meanwhile.
  const ServeOptions as_they_are{.config = options.config};
  if (load_first(as_they_are, compiler_of(&helper), begun, none, log).loaded != nullptr) {
    log.write(found);
  }
  return 1;
}

}  // namespace

int serve(const ServeOptions& options, Helper& helper) {
  Signals signals;
  raise_file_limit();  // for connections and probes
  // As long as there must be no thread: what it gives up, each thread would have to give up.
  Log log(LogLevel::kInfo, LogFormat::kText, LogWriter::kCaller);
  try {
    return start_and_run(options, signals, helper, log);
  } catch (const std::exception& error) {
    log.error("cannot be started", {{"reason", error.what()}});
  }
  return 1;
}

}  // namespace rhumb
