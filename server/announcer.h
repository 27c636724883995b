// Says what happened on the health thread, once each: as log lines for people and as events. What
// happens to many at once is named in part and counted whole. Decides nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/check_book.h"
#include "server/clock.h"
#include "server/event_log.h"
#include "server/helper.h"
#include "server/log.h"
#include "server/operator.h"

namespace rhumb {

class Announcer {
 public:
  // `log` and `events` are borrowed.
  Announcer(Clock clock, Log& log, EventLog& events) : clock_(clock), log_(log), events_(events) {}

  // Requires: `book` has not changed since it gave `changes`. `cause` is why checks turned, when it
  // is not what `book` says.
  void changed(const CheckBook& book, const CheckBook::Changes& changes,
               const std::string& cause = {});

  void overridden(const std::string& id, const std::optional<CheckOverride>& before,
                  const CheckOverride& now);
  // `how`: "cleared", "ended" or the like.
  void override_over(const std::string& id, const CheckOverride& before, std::string_view how);
  void drained(const Label& label, const std::optional<Drain>& before, const Drain& now,
               const Drained& hit);
  // `how`: "restored", "ended" or the like.
  void drain_over(const Label& label, const Drain& before, std::string_view how);
  // A safety rule was passed over.
  void forced(const std::string& what, const std::string& refusal);
  // What passed by itself.
  void ended(const Operator::Ended& ended, std::string_view how);
  // Overrides of checks that are not there, or no more.
  void orphaned(const NamedIds& ids);
  // The helper process has ended, never was, or cannot be started now; `problem` says what follows.
  void helper_lost(const std::string& problem);
  // It has ended and was started anew.
  void helper_restarted(const HelperRestarts& restarts);
  // Look-ups of names fail, and the addresses that they had serve; and all are well again.
  void lookups_fail(const std::string& name, const std::string& reason);
  void lookups_work(std::uint64_t failures);
  // Checks of an edition that takes effect.
  void undecided(const NamedIds& ids);

 private:
  void name_some(std::string_view event, std::string_view event_of_more, const NamedIds& ids);
  void turned(const CheckBook& book, const std::vector<Turn>& turns, const std::string& cause);
  void turned(const CheckBook& book, const std::vector<GroupTurn>& turns);
  void turned(const CheckBook& book, const std::vector<DataTurn>& turns);
  void log_turn(const CheckSpec& spec, const Turn& turn, const std::string& reason);
  void add(EventKind kind, std::string id, std::string_view from, std::string_view to,
           std::string reason);

  Clock clock_;
  Log& log_;
  EventLog& events_;
  std::optional<std::int64_t> helper_told_ms_;  // when it was told last that it was started anew
};

}  // namespace rhumb
