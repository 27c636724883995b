#include "server/announcer.h"

#include <algorithm>
#include <utility>

namespace rhumb {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kDrained = "drained";
constexpr std::string_view kLastResort = "lastResort";
constexpr std::string_view kAlive = "alive";

// A helper that does not live is started every second, and told of once in so long.
constexpr std::int64_t kHelperLogMs = 60'000;

std::string until(const std::optional<std::int64_t>& until_ms, std::string_view otherwise) {
  return until_ms ? to_rfc3339(*until_ms) : std::string(otherwise);
}

// Of so many events at once the first would give way to the last unseen.
std::size_t unseen(std::size_t count) { return count > kMaxEvents ? count - kMaxEvents : 0; }

}  // namespace

void Announcer::changed(const CheckBook& book, const CheckBook::Changes& changes,
                        const std::string& cause) {
  turned(book, changes.turns, cause);
  turned(book, changes.groups);
  turned(book, changes.data);
}

void Announcer::overridden(const std::string& id, const std::optional<CheckOverride>& before,
                           const CheckOverride& now) {
  add(EventKind::kOverride, id, before ? to_string(before->state) : kNone, to_string(now.state),
      now.reason);
  log_.info("check overridden", {{"id", id},
                                 {"state", std::string(to_string(now.state))},
                                 {"reason", now.reason},
                                 {"until", until(now.until_ms, "it is cleared")}});
}

void Announcer::override_over(const std::string& id, const CheckOverride& before,
                              std::string_view how) {
  add(EventKind::kOverride, id, to_string(before.state), kNone, std::string(how));
  log_.info("override " + std::string(how),
            {{"id", id}, {"state", std::string(to_string(before.state))}});
}

void Announcer::drained(const Label& label, const std::optional<Drain>& before, const Drain& now,
                        const Drained& hit) {
  add(EventKind::kDrain, to_string(label), before ? kDrained : kNone, kDrained, now.reason);
  log_.info("label drained", {{"label", to_string(label)},
                              {"reason", now.reason},
                              {"until", until(now.until_ms, "it is restored")},
                              {"checks", std::to_string(hit.checks)},
                              {"sets", std::to_string(hit.sets)}});
}

void Announcer::drain_over(const Label& label, const Drain& /*before*/, std::string_view how) {
  add(EventKind::kDrain, to_string(label), kDrained, kNone, std::string(how));
  log_.info("drain " + std::string(how), {{"label", to_string(label)}});
}

void Announcer::forced(const std::string& what, const std::string& refusal) {
  log_.warn("safety rule passed over by force", {{"what", what}, {"rule", refusal}});
}

void Announcer::helper_lost(const std::string& problem) {
  log_.error("the helper process is lost", {{"reason", problem}});
  helper_told_ms_.reset();  // that it is there again is told however soon
}

void Announcer::helper_restarted(const HelperRestarts& restarts) {
  const std::int64_t now_ms = clock_.now_ms();
  if (helper_told_ms_ && now_ms - *helper_told_ms_ < kHelperLogMs) return;
  helper_told_ms_ = now_ms;
  log_.warn("the helper process ended and is started anew; what it was at has failed",
            {{"end", restarts.last_end}, {"times", std::to_string(restarts.count)}});
}

void Announcer::lookups_fail(const std::string& name, const std::string& reason) {
  log_.warn("names of checks cannot be looked up; the addresses that they had last are used",
            {{"name", name}, {"reason", reason}});
}

void Announcer::lookups_work(std::uint64_t failures) {
  log_.info("names of checks are looked up again", {{"failures", std::to_string(failures)}});
}

void Announcer::ended(const Operator::Ended& ended, std::string_view how) {
  for (const auto& [id, was] : ended.overrides) override_over(id, was, how);
  for (const auto& [label, was] : ended.drains) drain_over(label, was, how);
}

void Announcer::orphaned(const NamedIds& ids) {
  name_some("override is kept, but its check is gone",
            "more overrides are kept, but their checks are gone", ids);
}

void Announcer::undecided(const NamedIds& ids) {
  name_some("check is still undecided and counts as healthy",
            "more checks are still undecided and count as healthy", ids);
}

void Announcer::name_some(std::string_view event, std::string_view event_of_more,
                          const NamedIds& ids) {
  for (std::size_t i = 0; i < ids.first.size(); ++i) {
    const std::string& reason = ids.reasons[i];
    if (reason.empty()) {
      log_.warn(event, {{"id", ids.first[i]}});
    } else {
      log_.warn(event, {{"id", ids.first[i]}, {"reason", reason}});
    }
  }
  if (ids.count <= ids.first.size()) return;
  log_.warn(event_of_more, {{"checks", std::to_string(ids.count)}});
}

void Announcer::turned(const CheckBook& book, const std::vector<Turn>& turns,
                       const std::string& cause) {
  events_.skip(unseen(turns.size()));
  std::size_t named = 0;
  for (std::size_t i = unseen(turns.size()); i < turns.size(); ++i) {
    const Turn& turn = turns[i];
    const auto spec = book.spec(turn.slot);
    const bool follows = spec->type == CheckType::kCalculated;
    const std::string reason = cause.empty() || follows ? book.reason(turn.slot) : cause;
    add(EventKind::kHealth, spec->id, to_string(turn.from), to_string(turn.to), reason);
    if (named++ < kMaxNamed) log_turn(*spec, turn, reason);
  }
  if (turns.size() <= kMaxNamed) return;
  log_.warn("more checks turned", {{"checks", std::to_string(turns.size())}});
}

void Announcer::turned(const CheckBook& book, const std::vector<GroupTurn>& turns) {
  events_.skip(unseen(turns.size()));
  std::size_t named = 0;
  for (std::size_t i = unseen(turns.size()); i < turns.size(); ++i) {
    const bool last_resort = turns[i].last_resort;
    const std::string name = book.group_name(turns[i].group);
    add(EventKind::kGroup, name, last_resort ? kAlive : kLastResort,
        last_resort ? kLastResort : kAlive,
        last_resort ? "none of its sets is alive" : "a set of it is alive");
    if (named++ >= kMaxNamed) continue;
    if (last_resort) {
      log_.warn("group is in last resort: none of its sets is alive", {{"group", name}});
    } else {
      log_.info("group left last resort", {{"group", name}});
    }
  }
  if (turns.size() <= kMaxNamed) return;
  log_.warn("more groups entered or left last resort", {{"groups", std::to_string(turns.size())}});
}

// It turns nothing, so that nothing else would tell.
void Announcer::turned(const CheckBook& book, const std::vector<DataTurn>& turns) {
  for (const DataTurn& turn : turns) {
    const std::string& id = book.spec(turn.slot)->id;
    if (turn.has_data) {
      log_.info("check has data again", {{"id", id}, {"reason", turn.reason}});
    } else {
      log_.warn("check has no data", {{"id", id}, {"reason", turn.reason}});
    }
  }
}

void Announcer::log_turn(const CheckSpec& spec, const Turn& turn, const std::string& reason) {
  const std::string event = "check turned " + std::string(to_string(turn.to));
  const std::string after = to_short_duration(turn.held_ms);
  if (turn.to == Health::kUnhealthy) {
    log_.warn(event, {{"id", spec.id}, {"reason", reason}, {"after", after}});
  } else if (turn.from == Health::kUnknown) {
    log_.debug(event, {{"id", spec.id}, {"after", after}});
  } else {
    log_.info(event, {{"id", spec.id}, {"reason", reason}, {"after", after}});
  }
}

void Announcer::add(EventKind kind, std::string id, std::string_view from, std::string_view to,
                    std::string reason) {
  events_.add({.at_ms = clock_.now_ms(),
               .kind = kind,
               .id = std::move(id),
               .from = std::string(from),
               .to = std::string(to),
               .reason = std::move(reason)});
}

}  // namespace rhumb
