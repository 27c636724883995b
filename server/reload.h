// Reloads, one at a time: loads by a thread that lives as long, hands the result to the health
// thread, and remembers the outcome. All or nothing: with any error, want of memory
// included, what is served stays; unless who asks wants all but the zones with errors. A database
// that changed renews the maps alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "server/clock.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/monitor.h"

namespace rhumb {

struct ReloadOutcome {
  bool ok = false;
  bool stopped = false;    // given up, since the server stops
  std::int64_t at_ms = 0;  // Unix time of the end
  std::int64_t duration_ms = 0;
  std::size_t read = 0;            // zones read again
  std::size_t kept = 0;            // zones shared with what was served before
  std::vector<BadZone> bad_zones;  // ok, but for these
  Diagnostics diagnostics;
};

// What is wrong with the files as they are: a restart would fail.
struct PendingErrors {
  std::int64_t at_ms = 0;  // Unix time of when it was found
  std::size_t errors = 0;
};

// Since the start.
struct ReloadCounts {
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;          // those that the stop ended are neither
  std::int64_t last_success_ms = 0;  // Unix time; without any, of the start
};

// "with errors, and as before: a.test.; with errors, and left out: b.zone"
std::string words_on(const std::vector<BadZone>& zones);

// A line for each database with what it is.
void tell_databases(Log& log, const std::vector<LoadedDatabase>& databases);

class Reloader {
 public:
  using Done = std::function<void(const ReloadOutcome&)>;

  // `running` is what the server was started with. The others are borrowed.
  Reloader(std::shared_ptr<const Loaded> running, Monitor& monitor, Clock clock, Log& log,
           MapCompiler compile = {});
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;
  // Waits for the reload that is under way.
  ~Reloader();

  // The files on disk were refused at the start, which the last good ones stand for. Once, before
  // anything is asked for.
  void note_refused_start(ReloadOutcome refused);
  // Asks for a reload that begins after this call; what is asked alike during one coalesces into
  // one more. `done` is called by the loader thread, or by the caller's when there can be none.
  void request(Done done = {}, BadZones bad_zones = BadZones::kRefuse);
  // Asks for maps of the databases as they are now, in the background; the zones stay. A reload
  // that is asked for meanwhile does not wait for it, and does it too.
  void request_maps();
  // Why the maps in use are not those of the databases on disk; empty: they are, as far as is
  // known.
  std::string maps_error();
  // Calls `adopted`, which throws nothing, after current() has become another, like all that were
  // named before. Not while a reload is under way.
  void watch(std::function<void()> adopted);
  // Calls `take` on the loader thread with the configuration of each reload from now on, once it is
  // in force and before anybody is told of the outcome. Empty: no more calls, none is under way.
  void on_config(std::function<void(const Config&)> take);
  // What fails from now on, fails since the server stops.
  void stop() { stopping_ = true; }
  // The last outcome; null: there was no reload yet.
  std::shared_ptr<const ReloadOutcome> last();
  ReloadCounts counts();
  // Whether one is under way or waits.
  bool is_busy();
  // Nullopt: a restart would do, as far as is known.
  std::optional<PendingErrors> pending();
  // What was adopted last.
  std::shared_ptr<const Loaded> current();

 private:
  struct Asked {
    Done done;
    BadZones bad_zones;
  };

  // Lets run() run, if it does not yet. The error says why it cannot. Requires: mutex_ is held.
  std::optional<Error> start();
  void run();
  // Of those who wait, the first and all who ask for the same. Requires: mutex_ is held.
  std::vector<Asked> take_asked();
  void conclude(ReloadOutcome outcome, const std::vector<Asked>& asked);
  ReloadOutcome reload(BadZones bad_zones);
  ReloadOutcome load_and_adopt(BadZones bad_zones);
  Adoption adopt(const std::shared_ptr<const Loaded>& loaded);
  void report(const ReloadOutcome& outcome);
  void renew_maps();
  // False: it gives way to a reload that waits.
  bool put_maps_in_force(ReloadOutcome& outcome);
  bool is_reload_waiting();
  void put_off_maps();
  void note_maps_error(const ReloadOutcome& outcome);

  const Config running_;  // without what is large
  Monitor& monitor_;
  Clock clock_;
  Log& log_;
  const MapCompiler compile_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::function<void()>> adopted_;

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Loaded> current_;
  std::shared_ptr<const ReloadOutcome> last_;
  ReloadCounts counts_;
  std::vector<Asked> waiting_;  // for the next reload
  bool maps_wanted_ = false;
  std::string maps_error_;
  std::int64_t maps_error_at_ms_ = 0;
  bool busy_ = false;
  std::thread thread_;

  std::mutex telling_;  // guards what follows, and is held while it is called
  std::function<void(const Config&)> take_config_;
};

}  // namespace rhumb
