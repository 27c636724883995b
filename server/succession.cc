#include "server/succession.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/saved_state.h"
#include "server/state_file.h"

namespace rhumb {
namespace {

// One side of a hand-over that both sides may still leave.
class Succession {
 public:
  Succession(StateKeeper& state, Monitor& monitor, Reloader& reloader, ControlApi& api, Clock clock)
      : state_(state), monitor_(monitor), reloader_(reloader), api_(api), clock_(clock) {}

  std::string first_state() {
    const auto current = reloader_.current();
    handed_ = current->zones;
    SavedState state = known_state(monitor_, clock_).value_or(SavedState());
    state.zones = known_serials(*current);
    return write_state(state);
  }
  Result<std::string> freeze();
  void thaw() {
    state_.resume();
    api_.thaw();
  }

 private:
  StateKeeper& state_;
  Monitor& monitor_;
  Reloader& reloader_;
  ControlApi& api_;
  const Clock clock_;
  std::shared_ptr<const ZoneSet> handed_;  // whose serials the successor goes on from
};

// What was said before stands in what is returned; what is said after is refused. A reload gives
// new serials, which the successor would not know of.
Result<std::string> Succession::freeze() {
  api_.freeze();
  if (reloader_.is_busy() || reloader_.current()->zones != handed_) {
    api_.thaw();
    return Error{"the old server has reloaded meanwhile; try again"};
  }
  state_.pause();
  return write_state(known_state(monitor_, clock_).value_or(SavedState()));
}

Error no_memory_for_state() { return {"there is not enough memory for its state"}; }

// With what the other one knew at first: who ends as well would leave nobody to answer.
std::optional<Error> go_on_alone(Monitor& monitor, Log& log) {
  log.warn(
      "the server that was to be replaced has ended meanwhile; this one serves with what it had "
      "told, and what operators have said to it since is lost");
  if (!monitor.renew(std::nullopt)) return no_memory_for_state();
  return std::nullopt;
}

std::optional<Error> learn_from(TakeOver& from, StateKeeper& state, Monitor& monitor,
                                const Clock& clock, Log& log) {
  Result<SavedState> last = from.last_state();
  if (!last.ok() && !from.has_other_ended()) return Error{last.error()};
  if (auto error = state.hold_left()) return error;
  if (!last.ok()) return go_on_alone(monitor, log);
  SavedState known = moved_by(std::move(last).value(), clock.now_ms() - wall_clock_ms());
  if (!monitor.renew(std::move(known))) return no_memory_for_state();
  return std::nullopt;
}

}  // namespace

bool learn_last(TakeOver& from, StateKeeper& state, Monitor& monitor, const Clock& clock,
                Log& log) {
  const auto error = learn_from(from, state, monitor, clock, log);
  if (error) tell_not_taken(log, *error);
  return !error;
}

void tell_not_taken(Log& log, const Error& why) {
  log.error("this server ends without having taken over; one that runs goes on",
            {{"reason", why.message}});
}

HandOutSource hand_out_source(StateKeeper& state, Monitor& monitor, Reloader& reloader,
                              ControlApi& api, Clock clock) {
  const auto source = std::make_shared<Succession>(state, monitor, reloader, api, clock);
  return {.first_state = [source] { return source->first_state(); },
          .freeze = [source] { return source->freeze(); },
          .thaw = [source] { source->thaw(); }};
}

}  // namespace rhumb
