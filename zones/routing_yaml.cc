#include "zones/routing_yaml.h"

#include <algorithm>
#include <utility>

#include "text/fields.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/rdata.h"

namespace rhumb {

struct RoutingYaml::Options {
  RecordPlace place;
  std::optional<std::int64_t> max_answers;
  std::optional<std::int64_t> min_healthy;
  std::optional<OnAllUnhealthy> on_all_unhealthy;
};

namespace {

constexpr Named<OnAllUnhealthy> kOnAllUnhealthy[] = {
    {"ignoreHealth", OnAllUnhealthy::kIgnoreHealth},
    {"noData", OnAllUnhealthy::kNoData},
    {"servfail", OnAllUnhealthy::kServFail}};
constexpr std::string_view kLaterKeys[] = {"onNoMatch", "sticky"};

std::string key_of(const Name& owner, Type type) {
  const auto number = static_cast<std::uint16_t>(type);
  std::string key = NameSet::key(owner);
  key += static_cast<char>(number >> 8U);
  key += static_cast<char>(number & 0xFFU);
  return key;
}

std::string what(const Name& owner, Type type) { return to_string(owner) + " " + to_string(type); }

}  // namespace

void RoutingYaml::add(RecordSet set) {
  bool fits = set.good;
  for (const RecordSet::PerType& family : set.types) {
    zone_.note(set.owner, family.type);
    Entry& entry = entry_of(set, family.type);
    entry.complete = entry.complete && set.good;
    if (fits) fits = join(set, entry);
  }
  if (set.good && !fits) set.types.clear();  // it must not be found wrong once more
  set.good = fits;
  sets_.push_back(std::move(set));
}

RoutingYaml::Entry& RoutingYaml::entry_of(const RecordSet& set, Type type) {
  const auto [at, is_new] = numbers_.emplace(key_of(set.owner, type), entries_.size());
  if (is_new) {
    Entry& entry = entries_.emplace_back();
    entry.owner = set.owner;
    entry.type = type;
    entry.policy = set.policy;
    entry.place = set.place;
  }
  return entries_[at->second];
}

// Takes the set, which is about to become the next of sets_, into the entry if it fits there.
bool RoutingYaml::join(const RecordSet& set, Entry& entry) {
  const auto name = what(entry.owner, entry.type);
  if (entry.policy != set.policy) {
    error(set.place, name + " has " + std::string(to_string(set.policy)) + " routing here but " +
                         std::string(to_string(entry.policy)) + " routing at " +
                         text_of_place(entry.place) +
                         "; all record sets of one name and type use one policy");
  } else if (set.policy == Policy::kSimple && !entry.sets.empty()) {
    error(set.place, name + " has a record set already, at " + text_of_place(entry.place) +
                         "; write all values in one, or give each a setIdentifier and a weight, "
                         "failover or priority");
  } else if (take_identifier(set, entry)) {
    entry.sets.push_back(sets_.size());
    return true;
  }
  entry.complete = false;
  return false;
}

bool RoutingYaml::take_identifier(const RecordSet& set, const Entry& entry) {
  if (set.policy == Policy::kSimple) return true;
  const auto [first, is_new] =
      identifiers_.emplace(key_of(entry.owner, entry.type) + set.identifier, set.place);
  if (!is_new) {
    error(set.place, what(entry.owner, entry.type) + " has the setIdentifier " +
                         in_quotes(set.identifier) + " already, at " +
                         text_of_place(first->second) + "; write another");
  }
  return is_new;
}

void RoutingYaml::read_options(YamlNode map) {
  Fields fields(map, zone_.diagnostics());
  const bool has_name = fields.require("name", "www");
  const bool has_type = fields.require("type", "A");
  const auto name = has_name ? fields.text("name") : std::nullopt;
  const auto owner = name ? zone_.parse_owner(*name) : Result<Name>(Error{});
  if (name && !owner.ok()) fields.error("name", owner.error());
  const std::vector<Type> types =
      has_type ? read_types(fields, zone_.diagnostics()) : std::vector<Type>();
  const Options options{.place = zone_.place_of(map),
                        .max_answers = fields.whole("maxAnswers", 1, kMaxMaxAnswers),
                        .min_healthy = fields.whole("minHealthy", 1, kMaxSetsPerGroup),
                        .on_all_unhealthy = fields.one_of("onAllUnhealthy", kOnAllUnhealthy)};
  for (const std::string_view key : kLaterKeys) {
    if (fields.child(key)) {
      fields.error(key, in_quotes(key) + " is not supported by this version");
    }
  }
  fields.finish();
  if (!owner.ok()) return;
  for (const Type type : types) {
    const auto at = numbers_.find(key_of(owner.value(), type));
    if (at != numbers_.end()) {
      apply(options, entries_[at->second]);
    } else {
      error(options.place, what(owner.value(), type) + " has no record sets in `records`");
    }
  }
}

void RoutingYaml::apply(const Options& options, Entry& entry) {
  const bool routed = entry.sets.empty() || sets_[entry.sets.front()].is_routed();
  if (!routed) {
    return error(options.place, what(entry.owner, entry.type) +
                                    " is not routed; its record set has neither a routing field "
                                    "nor a health check");
  }
  if (entry.has_options) {
    return error(options.place, what(entry.owner, entry.type) + " has its options already, at " +
                                    text_of_place(entry.options_place));
  }
  entry.has_options = true;
  entry.options_place = options.place;
  entry.max_answers = static_cast<std::uint32_t>(options.max_answers.value_or(1));
  entry.min_healthy = static_cast<std::uint32_t>(options.min_healthy.value_or(1));
  entry.on_all_unhealthy = options.on_all_unhealthy.value_or(entry.on_all_unhealthy);
}

void RoutingYaml::finish(std::uint32_t ttl_s, ZoneBuilder& builder) {
  for (const RecordSet& set : sets_) {
    if (!set.is_routed()) emit_static(set, builder);
  }
  for (const Entry& entry : entries_) emit_group(entry, ttl_s, builder);
}

void RoutingYaml::emit_static(const RecordSet& set, ZoneBuilder& builder) {
  for (const RecordSet::PerType& family : set.types) {
    for (const RecordSet::Value& value : family.values) {
      builder.add_record(set.owner.wire(), family.type, set.ttl_s, value.rdata, value.place);
    }
    const std::vector<std::uint8_t> stand_in = stand_in_rdata(family.type);
    if (!family.values.empty() || set.good || stand_in.empty()) continue;
    builder.add_record(set.owner.wire(), family.type, set.ttl_s, stand_in, set.place);
  }
}

// A family in which no set has a value makes no group: it is NODATA whatever is chosen.
void RoutingYaml::emit_group(const Entry& entry, std::uint32_t ttl_s, ZoneBuilder& builder) const {
  GroupSpec group{.owner = entry.owner,
                  .type = entry.type,
                  .policy = entry.policy,
                  .on_all_unhealthy = entry.on_all_unhealthy,
                  .max_answers = entry.max_answers,
                  .min_healthy = entry.min_healthy,
                  .sets = {},
                  .place = entry.place};
  bool any = false;
  for (const std::size_t number : entry.sets) {
    const RecordSet& set = sets_[number];
    if (!set.is_routed()) return;
    GroupSpec::Set& made = group.sets.emplace_back();
    made.identifier = set.identifier;
    made.check_id = set.check_id;
    made.check_place = set.check_place;
    made.tier = set.tier;
    made.weight = set.weight;
    made.ttl_s = set.ttl_s.value_or(ttl_s);
    made.place = set.place;
    for (const RecordSet::PerType& family : set.types) {
      if (family.type != entry.type) continue;
      for (const RecordSet::Value& value : family.values) made.rdata.push_back(value.rdata);
    }
    any = any || !made.rdata.empty();
  }
  if (!entry.complete) group.min_healthy = 1;  // it was meant for all sets
  if (any) builder.add_group(std::move(group));
}

std::string RoutingYaml::text_of_place(RecordPlace place) const {
  return to_string(Place{zone_.file(), place.line, place.column});
}

void RoutingYaml::error(RecordPlace place, std::string message) const {
  zone_.diagnostics().error({zone_.file(), place.line, place.column}, std::move(message));
}

}  // namespace rhumb
