#include "server/serve.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "server/confinement.h"
#include "server/control.h"
#include "server/control_api.h"
#include "server/control_socket.h"
#include "server/counters.h"
#include "server/database_watch.h"
#include "server/entropy.h"
#include "server/listeners.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/monitor.h"
#include "server/predecessor.h"
#include "server/privileges.h"
#include "server/process_bounds.h"
#include "server/rate_limiter.h"
#include "server/reload.h"
#include "server/signals.h"
#include "server/state_keeper.h"
#include "server/tap.h"
#include "server/tcp.h"
#include "server/tcp_census.h"
#include "server/udp.h"
#include "server/version.h"

namespace rhumb {
namespace {

// How often it is looked whether a database has changed, in the absence of other events.
constexpr int kLookForSignalMs = 2'000;

// Everything that has to be had before the first thread answers.
struct Prepared {
  std::shared_ptr<const Loaded> loaded;
  std::vector<Listener> listeners;
  ControlSockets control;
  int workers = 1;
  std::string confined;  // by what, for people
};

int worker_count(const Config& config) {
  if (config.workers > 0) return config.workers;
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return std::clamp(CPU_COUNT(&cores), 1, kMaxWorkers);
}

// Whom to become, and nobody if rhumb.yaml names none. False: that cannot be, which is told.
bool find_wanted_user(const Config& config, std::optional<User>& user, Log& log) {
  if (config.user.empty()) return true;
  Diagnostics found;
  Result<User> known = find_user(config.user);
  const std::string why = known.ok() ? why_not_become(known.value()) : known.error();
  if (!why.empty()) {
    found.error(config.user_place, why);
    log.write(found);
    return false;
  }
  user = std::move(known).value();
  return true;
}

bool bind_all(const Config& config, const User* owner, Prepared& prepared, Log& log) {
  // Which a server opens last: when it is free, so are the others of one that was killed.
  const auto is_reached = [&] { return why_not_reached(config.control_socket).empty(); };
  wait_while_taken(config.control_socket, is_reached, log);
  const bool is_default = config.listen.empty();
  const std::vector<Endpoint> endpoints = is_default ? default_endpoints() : config.listen;
  prepared.workers = worker_count(config);
  BoundListeners bound = bind_listeners(endpoints, prepared.workers, is_default);
  for (const std::string& error : bound.errors) log.error(error);
  for (const std::string& warning : bound.warnings) log.warn(warning);
  if (!bound.errors.empty()) return false;
  Result<Fd> http = config.http ? bind_http_socket(config.http->listen) : Fd();
  if (!http.ok()) {
    log.error(http.error());
    return false;
  }
  auto socket = bind_control_socket(config.control_socket, owner);
  if (!socket.ok()) {
    log.error(socket.error());
    return false;
  }
  prepared.listeners = std::move(bound.listeners);
  prepared.control = {std::move(socket.value()), config.control_socket, std::move(http.value())};
  return true;
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

std::shared_ptr<const Loaded> load_first(const std::string& config_path, const MapCompiler& compile,
                                         const User* user, StateKeeper& state, Log& log) {
  Diagnostics diagnostics;
  const auto past = [&state, &log](const Config& config, Diagnostics& found) {
    log.configure(config.log_level, config.log_format);
    return state.open(config, found);
  };
  auto loaded = load(config_path, nullptr, diagnostics, compile, past);
  if (loaded != nullptr) log.configure(loaded->config.log_level, loaded->config.log_format);
  log.write(user == nullptr ? diagnostics : said_of(*user, diagnostics));
  if (loaded == nullptr) return nullptr;
  log.info("zones loaded", {{"zones", std::to_string(loaded->zones->zones().size())},
                            {"records", std::to_string(record_count(*loaded->zones))},
                            {"checks", std::to_string(loaded->zones->checks().size())}});
  tell_databases(log, loaded->databases);
  return loaded;
}

std::vector<Endpoint> endpoints_of(const std::vector<Listener>& listeners) {
  std::vector<Endpoint> all;
  for (const Listener& listener : listeners) {
    if (std::find(all.begin(), all.end(), listener.endpoint) == all.end()) {
      all.push_back(listener.endpoint);
    }
  }
  return all;
}

// The threads that answer.
struct Workers {
  TcpCensus census{TcpLimits{}};
  std::vector<std::unique_ptr<UdpWorker>> udp;
  std::vector<std::unique_ptr<TcpWorker>> tcp;

  Workers(std::vector<Listener> listeners, Published<View>& views, Counters& counters, Tap& tap,
          RateLimiter& limiter, Log& log) {
    std::map<int, std::vector<Listener>> of_worker;
    for (Listener& listener : listeners) {
      if (listener.transport == Transport::kUdp) {
        udp.push_back(std::make_unique<UdpWorker>(std::move(listener), views,
                                                  counters.add(Transport::kUdp), tap.add_port(),
                                                  limiter, log));
      } else {
        of_worker[listener.worker].push_back(std::move(listener));
      }
    }
    for (auto& [worker, own] : of_worker) {
      tcp.push_back(std::make_unique<TcpWorker>(
          std::move(own), census, views, counters.add(Transport::kTcp), tap.add_port(), log));
    }
  }
};

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
                Log& log)
      : signals_(signals),
        helper_(helper),
        state_(state),
        log_(log),
        counters_(prepared.loaded->counter_slots.limit()),
        tap_(log),
        limiter_(draw_entropy(), log),
        monitor_(views_, facts_.clock, log, &helper),
        reloader_(prepared.loaded, monitor_, facts_.clock, log, compiler_of(&helper)),
        api_(facts_, monitor_, reloader_, [&state](auto done) { state.keep(std::move(done)); }) {
    facts_.listen = endpoints_of(prepared.listeners);
    facts_.http = prepared.loaded->config.http;
    facts_.state_directory = prepared.loaded->config.state_directory;
    facts_.workers = prepared.workers;
    facts_.helper = &helper;
    facts_.state_problem = [&state] { return state.problem(); };
    facts_.counters = &counters_;
    facts_.tap = &tap_;
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  // A reload that waits for its checks or for its maps is let go first.
  ~RunningServer() {
    reloader_.stop();
    helper_.stop();
    state_.stop();
    monitor_.stop();
  }

  int run(Prepared prepared);

 private:
  Adoption wait_for_first_round(const std::shared_ptr<const Loaded>& loaded);
  void wait_for_stop();
  void say_serving();

  Signals& signals_;
  Helper& helper_;
  StateKeeper& state_;
  Log& log_;
  ServerFacts facts_;
  Counters counters_;
  Tap tap_;
  RateLimiter limiter_;
  Published<View> views_;
  Monitor monitor_;
  Reloader reloader_;
  ControlApi api_;
  DatabaseWatch watch_;
  std::atomic<Adoption> first_round_{Adoption::kStopped};
  std::string confined_;
  bool reload_wanted_ = false;  // asked for before the first round was over
};

int RunningServer::run(Prepared prepared) {
  state_.restore(monitor_, facts_.clock);  // before anybody can see or change what is said
  confined_ = prepared.confined;
  const auto control = ControlServer::start(std::move(prepared.control),
                                            access_of(prepared.loaded->config), api_, log_);
  if (control == nullptr) {
    log_.error("the API cannot be served");
    return 1;
  }
  tap_.configure(prepared.loaded->config.tap);
  const AdoptConfig adopt(reloader_, *control, tap_);
  switch (wait_for_first_round(prepared.loaded)) {
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
  state_.start(monitor_, reloader_, facts_.clock);
  const Workers workers(std::move(prepared.listeners), views_, counters_, tap_, limiter_, log_);
  facts_.readiness = Readiness::kReady;
  say_serving();
  wait_for_stop();
  facts_.readiness = Readiness::kStopping;
  Signals::end_at_once();
  const std::int64_t delay_ms = reloader_.current()->config.shutdown_delay_ms;
  log_.info("stopping", {{"delay", to_short_duration(delay_ms)}});
  std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
  return 0;
}

// Stopped: a signal ended it before.
Adoption RunningServer::wait_for_first_round(const std::shared_ptr<const Loaded>& loaded) {
  monitor_.adopt(loaded, [this](Adoption adoption) {
    first_round_ = adoption;
    if (adoption != Adoption::kStopped) signals_.notify();
  });
  while (true) {
    switch (signals_.wait()) {
      case Event::kNotified:
        return first_round_;
      case Event::kStop:
        return Adoption::kStopped;
      case Event::kReload:
        reload_wanted_ = true;
        break;
      case Event::kNothing:
        break;
    }
  }
}

void RunningServer::wait_for_stop() {
  if (reload_wanted_) reloader_.request();
  while (true) {
    switch (signals_.wait(kLookForSignalMs)) {
      case Event::kStop:
        return;
      case Event::kReload:
        reloader_.request();
        break;
      case Event::kNothing:
        if (watch_.look(reloader_.current()->databases)) reloader_.request_maps();
        break;
      case Event::kNotified:
        break;
    }
  }
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
}

int load_and_run(const Config& first, const User* user, Prepared prepared, Signals& signals,
                 Helper& helper, Log& log) {
  StateKeeper state(log);
  prepared.loaded = load_first(first.path, compiler_of(&helper), user, state, log);
  if (prepared.loaded == nullptr) {
    if (prepared.control.socket.valid()) unlink(prepared.control.path.c_str());
    return 1;
  }
  prepared.confined = confine(*prepared.loaded, log);
  log.write_by_thread();
  int code = 0;
  {
    RunningServer running(prepared, signals, helper, state, log);
    code = running.run(std::move(prepared));
  }
  log.info("stopped");
  return code;
}

// First what needs root, in as little as can be: rhumb.yaml alone is read, to know what to bind and
// whom to become. All else is read as that user, and rhumb.yaml again with it.
int start_and_run(const std::string& config_path, Signals& signals, Helper& helper, Log& log) {
  Diagnostics found;
  const Config first = read_config_to_bind(config_path, found);
  log.configure(first.log_level, first.log_format);
  std::optional<User> wanted;
  if (!find_wanted_user(first, wanted, log)) return 1;
  const User* const user = wanted ? &*wanted : nullptr;
  Prepared prepared;
  if (!found.has_errors() && !bind_all(first, user, prepared, log)) return 1;
  if (!drop_privileges(first, user, log)) return 1;
  helper.begin({.user = wanted, .confine = first.confine});
  if (!found.has_errors()) {
    return load_and_run(first, user, std::move(prepared), signals, helper, log);
  }
  StateKeeper none(log);
  // All errors, those of other files too. None: it was mended meanwhile.
  if (load_first(config_path, compiler_of(&helper), user, none, log) != nullptr) log.write(found);
  return 1;
}

}  // namespace

int serve(const std::string& config_path, Helper& helper) {
  Signals signals;
  raise_file_limit();  // for connections and probes
  // As long as there must be no thread: what it gives up, each thread would have to give up.
  Log log(LogLevel::kInfo, LogFormat::kText, LogWriter::kCaller);
  try {
    return start_and_run(config_path, signals, helper, log);
  } catch (const std::exception& error) {
    log.error("cannot be started", {{"reason", error.what()}});
  }
  return 1;
}

}  // namespace rhumb
