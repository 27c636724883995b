// Of the CheckBook: what is told of a check, and why its verdict is what it is.
#include <utility>

#include "server/check_book.h"
#include "server/check_reason.h"

namespace rhumb {
namespace {

// Whether its children say what it is, with words of theirs.
bool follows_children(const CheckEntry& entry) {
  return entry.spec->type == CheckType::kCalculated && !entry.spec->disabled && entry.gate;
}

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

}  // namespace

std::string CheckBook::reason(CheckSlot slot) const {
  const std::string said = said_reason(entries_[slot]);
  return said.empty() ? found_reason(entries_[slot]) : said;
}

CheckStatus CheckBook::status(std::size_t check, Words words) const {
  const Entry& entry = entries_[in_force_.slots[check]];
  CheckStatus status;
  status.state = state_now(entry);
  status.found = found(entry);
  status.followed = followed(entry);
  status.last = entry.last;
  if (words == Words::kTold) {
    status.reason = found_reason(entry);
    status.said_reason = said_reason(entry);
  }
  status.turned_ms = entry.turned_ms;
  status.counters = entry.counters;
  if (entry.spec->type == CheckType::kPush) status.pushed_ms = entry.pushed_ms;
  const CheckOverride* const over = said_.find(entry.spec->id);
  if (over != nullptr) status.override_of = *over;
  for (Label& label : said_.drains_of(entry.spec->labels)) {
    const Drain& drain = *said_.find(label);
    status.drains.emplace_back(std::move(label), drain);
  }
  status.verdict = overruled(status.followed, over, !status.drains.empty());
  return status;
}

std::size_t CheckBook::cost_of_status(std::size_t check, Words words) const {
  const Entry& entry = entries_[in_force_.slots[check]];
  return 1 + (words == Words::kTold && follows_children(entry) ? entry.spec->children.size() : 0);
}

// Why an operator says otherwise; empty: none does.
std::string CheckBook::said_reason(const Entry& entry) const {
  for (const Label& label : said_.drains_of(entry.spec->labels)) {
    return with_reason("drained by " + to_string(label), said_.find(label)->reason);
  }
  const CheckOverride* const over = said_.find(entry.spec->id);
  return over == nullptr ? std::string() : with_reason("override", over->reason);
}

std::string CheckBook::found_reason(const Entry& entry) const {
  const CheckSpec& spec = *entry.spec;
  if (!follows_children(entry)) return own_reason(spec, entry.state, entry.last);
  const Gates& alive = lanes_->alive();
  ChildrenFound found{.healthy = alive.alive_inputs(*entry.gate)};
  for (const GateNumber gate : alive.inputs(*entry.gate)) {
    const Entry& child = entries_[in_force_.slots[gate - 1]];
    if (alive.is_alive(gate)) {
      found.undecided += child.verdict == Health::kUnknown ? 1 : 0;
    } else if (found.unhealthy.size() < kMaxChildrenNamed) {
      found.unhealthy.push_back({child.spec->id, child_reason(child)});
    } else {
      ++found.more;
    }
  }
  return children_reason(spec, found);
}

// Of its children in turn, their number alone.
std::string CheckBook::child_reason(const Entry& entry) const {
  std::string said = said_reason(entry);
  if (!said.empty()) return said;
  if (!follows_children(entry)) {
    return own_reason(*entry.spec, entry.state, entry.last);
  }
  const std::string counted =
      children_counted(*entry.spec, lanes_->alive().alive_inputs(*entry.gate));
  return entry.spec->inverted ? "inverted: " + counted : counted;
}

}  // namespace rhumb
