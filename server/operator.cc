#include "server/operator.h"

#include <algorithm>
#include <utility>

#include "text/quote.h"
#include "zones/check_text.h"
#include "zones/check_yaml.h"

namespace rhumb {
namespace {

static_assert(kMaxLabelBytes > 2 * kMaxCheckText, "there are labels that could not be drained");

template <typename Said>
bool is_over(const Said& said, std::int64_t now_ms) {
  return said.until_ms && *said.until_ms <= now_ms;
}

// Moves what is over at `now_ms` from `all` to `ended`.
template <typename Map, typename List>
void move_ended(Map& all, List& ended, std::int64_t now_ms) {
  for (auto at = all.begin(); at != all.end();) {
    if (is_over(at->second, now_ms)) {
      ended.emplace_back(at->first, std::move(at->second));
      at = all.erase(at);
    } else {
      ++at;
    }
  }
}

template <typename Map, typename Key>
std::optional<typename Map::mapped_type> take(Map& all, const Key& key) {
  const auto found = all.find(key);
  if (found == all.end()) return std::nullopt;
  std::optional<typename Map::mapped_type> said = std::move(found->second);
  all.erase(found);
  return said;
}

template <typename Map, typename Key>
const typename Map::mapped_type* find_in(const Map& all, const Key& key) {
  const auto found = all.find(key);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace

std::string to_string(const Label& label) { return label.first + "=" + label.second; }

Result<Label> parse_label(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return Error{in_quotes(text) + " is no label; write LABEL=VALUE, such as site=london"};
  }
  if (text.size() > kMaxLabelBytes) {
    return Error{"the label " + in_quotes(text) + " is too long; at most " +
                 std::to_string(kMaxLabelBytes) + " octets are possible"};
  }
  // Any other drains nothing: a check's labels are words.
  Result<std::string> name = parse_word(text.substr(0, equals));
  if (!name.ok()) return Error{"a label's name: " + name.error()};
  Result<std::string> value = parse_word(text.substr(equals + 1));
  if (!value.ok()) return Error{"a label's value: " + value.error()};
  return Label(std::move(name).value(), std::move(value).value());
}

bool Operator::say(const std::string& id, CheckOverride said) {
  if (overrides_.size() >= kMaxCheckOverrides && !overrides_.contains(id)) return false;
  note_end(said.until_ms);
  overrides_.insert_or_assign(id, std::move(said));
  return true;
}

bool Operator::say(const Label& label, Drain said) {
  if (drains_.size() >= kMaxDrains && !drains_.contains(label)) return false;
  note_end(said.until_ms);
  drains_.insert_or_assign(label, std::move(said));
  return true;
}

std::optional<CheckOverride> Operator::take_back(std::string_view id) {
  return take(overrides_, id);
}

std::optional<Drain> Operator::take_back(const Label& label) { return take(drains_, label); }

Operator::Ended Operator::end(std::int64_t now_ms) {
  Ended ended;
  if (!next_end_ms_ || *next_end_ms_ > now_ms) return ended;
  move_ended(overrides_, ended.overrides, now_ms);
  move_ended(drains_, ended.drains, now_ms);
  next_end_ms_.reset();
  for (const auto& [id, said] : overrides_) note_end(said.until_ms);
  for (const auto& [label, said] : drains_) note_end(said.until_ms);
  return ended;
}

const CheckOverride* Operator::find(std::string_view id) const { return find_in(overrides_, id); }

const Drain* Operator::find(const Label& label) const { return find_in(drains_, label); }

std::vector<Label> Operator::drains_of(std::span<const Label> labels) const {
  std::vector<Label> found;
  if (drains_.empty()) return found;
  for (const Label& label : labels) {
    if (drains_.contains(label)) found.push_back(label);
  }
  return found;
}

bool Operator::drains(std::span<const Label> labels) const {
  if (drains_.empty()) return false;
  return std::ranges::any_of(labels, [&](const Label& label) { return drains_.contains(label); });
}

void Operator::note_end(std::optional<std::int64_t> until_ms) {
  if (!until_ms) return;
  next_end_ms_ = next_end_ms_ ? std::min(*next_end_ms_, *until_ms) : *until_ms;
}

Health overruled(Health found, const CheckOverride* override_of, bool drained) {
  if (drained) return Health::kUnhealthy;
  return override_of != nullptr ? override_of->state : found;
}

}  // namespace rhumb
