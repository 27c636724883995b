// The health thread: probes every check when it is due, lets the results move verdicts and gates,
// and publishes what queries see. It alone publishes; others hand it finished values by message.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/view.h"
#include "base/published.h"
#include "server/check_report.h"
#include "server/clock.h"
#include "server/event_log.h"
#include "server/helper.h"
#include "server/loader.h"
#include "server/log.h"
#include "server/operator.h"
#include "server/probe_report.h"
#include "server/probe_times.h"
#include "server/saved_state.h"

namespace rhumb {

// A verdict is in force as soon as the health thread has run. Where it shares a core with one that
// answers, the kernel lets it wait longer the less its weight is above that one's.
inline constexpr int kHealthNice = -15;

struct Overview {
  std::shared_ptr<const ZoneSet> zones;  // null: nothing is in force yet
  std::vector<std::uint64_t> alive;      // as in View
  std::vector<std::uint64_t> standing;   // as in View
  std::uint64_t generation = 0;
};

// What operators have said.
struct OperatorReport {
  std::shared_ptr<const ZoneSet> zones;  // null: nothing is in force yet
  Operator said;
};

enum class Recovered : std::uint8_t {
  kStopped,
  kUnknownId,
  kNotUnhealthy,
  kNotManual,
  kWaits,
  kBack
};

// What became of a wish to probe.
enum class Probed : std::uint8_t {
  kStopped,
  kUnknownId,
  kNotProbed,  // a check of this type has nobody to ask
  kBusy,       // too many are under way
  kDone
};

// What became of an operator's word.
enum class Heard : std::uint8_t {
  kDone,
  kStopped,
  kUnknownId,
  kNothingSaid,  // that could be taken back
  kTooMany,
  kUnsafe,  // a safety rule refuses it
  kNotPush
};

struct Hearing {
  Heard heard = Heard::kStopped;
  std::string refusal = {};  // with kUnsafe: by which rule
  std::size_t checks = 0;
  std::size_t sets = 0;  // what a drain takes out now
};

// Whether safety rules are heeded, or passed over, which is logged.
enum class Force : std::uint8_t { kNo, kYes };

// What became of an edition.
enum class Adoption : std::uint8_t {
  kInForce,
  kStopped,  // the monitor stopped before
  kNoMemory  // what was in force before stays so
};

// Safe to be used from every thread but its own.
class Monitor {
 public:
  // Starts the thread. All others outlive it; without a helper the probes of EXEC checks fail.
  Monitor(Published<View>& views, Clock clock, Log& log, const Helper* helper = nullptr);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor();

  // What an earlier run knew and operators had said. Before the first adopt().
  void restore(SavedState state);
  // Before restore(): until renew() no word ends, no push expires, no restored check is told of.
  void stand_by();
  // What another server has found and was told since this one restored it (nullopt: no more), in
  // place of what this one has found itself; in force and published when it returns. False: there
  // is no memory for it, or the monitor has stopped. Requires: something is in force.
  bool renew(std::optional<SavedState> state);
  // Calls `echo`, which is quick, on the health thread as soon as that comes to it.
  void echo(std::function<void()> echo);
  // Calls `changed`, which throws nothing and is quick, on the health thread whenever what should
  // outlive a restart has changed: a verdict, the first result that differs from those before, a
  // permission to recover, the checks in force.
  void watch(std::function<void()> changed);

  // Puts `loaded` in force: new checks are probed first, for at most its startupWait, while what is
  // in force stays so. Then it is published; at once if its zones are in force already. Calls
  // `done`, which throws nothing, on the health thread, or on the caller's when the monitor has
  // stopped. Requires: `done` of the adopt before was called.
  void adopt(const std::shared_ptr<const Loaded>& loaded,
             const std::function<void(Adoption adoption)>& done);

  Overview overview();
  // A copy of what queries see now; null when nothing is in force yet.
  std::shared_ptr<const View> view();
  // All checks, gathered a few at a time so that verdicts need not wait for it.
  CheckReport checks(Words words = Words::kTold);
  // The one of this id; no statuses if there is none.
  CheckReport check(std::string_view id);
  Recovered recover(std::string_view id);
  // Probes once, now, and changes nothing. Calls `done`, on the health thread or the caller's: with
  // a report if it is kDone.
  using ProbeDone = std::function<void(Probed probed, const ProbeReport& report)>;
  void probe(std::string id, const ProbeDone& done);

  // Operators' words, in force and published when these return. An end is on the server's clock.
  Hearing say(const std::string& id, const CheckOverride& said, Force force = Force::kNo);
  // Of an orphan too.
  Hearing take_back(const std::string& id);
  // A label that nothing has waits for what will have it.
  Hearing say(const Label& label, const Drain& said, Force force = Force::kNo);
  Hearing take_back(const Label& label);
  // Somebody says that a PUSH check is healthy.
  Hearing push(const std::string& id);
  OperatorReport said();
  [[nodiscard]] ProbeTimes::Read probe_times() const { return probe_times_.read(); }
  // What has happened, of reloads by the Reloader's word.
  EventLog& events() { return events_; }

  // Ends probing and publishing; what is asked afterwards is answered with nothing. The destructor
  // does it too.
  void stop();

 private:
  class Loop;
  EventLog events_;
  ProbeTimes probe_times_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace rhumb
