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
  std::optional<bool> sticky;
  std::optional<bool> no_match_meant;
  RecordPlace sticky_place;
  RecordPlace no_match_place;
};

namespace {

constexpr Named<OnAllUnhealthy> kOnAllUnhealthy[] = {
    {"ignoreHealth", OnAllUnhealthy::kIgnoreHealth},
    {"noData", OnAllUnhealthy::kNoData},
    {"servfail", OnAllUnhealthy::kServFail}};
constexpr Named<bool> kSticky[] = {{"client", true}};
constexpr Named<bool> kOnNoMatch[] = {{"noData", true}};

std::string key_of(const Name& owner, Type type) {
  const auto number = static_cast<std::uint16_t>(type);
  std::string key = NameSet::key(owner);
  key += static_cast<char>(number >> 8U);
  key += static_cast<char>(number & 0xFFU);
  return key;
}

bool is_drawn_by_weight(Policy policy) {
  return policy == Policy::kWeighted || policy == Policy::kFailover || policy == Policy::kPriority;
}

bool may_match_none(Policy policy) {
  return policy == Policy::kGeolocation || policy == Policy::kCidr;
}

std::string what(const Name& owner, Type type) { return to_string(owner) + " " + to_string(type); }

GroupSpec::Set routed_set(const YamlRecordSet& set, Type type, std::uint32_t ttl_s) {
  GroupSpec::Set made;
  made.identifier = set.identifier;
  made.check_id = set.check_id;
  made.check_place = set.check_place;
  made.tier = set.routing.tier;
  made.weight = set.routing.weight;
  made.location = set.routing.location;
  made.location_place = set.routing.location_place;
  made.alias = set.alias;
  made.labels = set.labels;
  made.ttl_s = set.ttl_s.value_or(ttl_s);
  made.place = set.place;
  for (const YamlRecordSet::PerType& family : set.types) {
    if (family.type != type) continue;
    for (const YamlRecordSet::Value& value : family.values) made.rdata.push_back(value.rdata);
  }
  return made;
}

}  // namespace

void RoutingYaml::add(YamlRecordSet set) {
  bool fits = set.good;
  for (const YamlRecordSet::PerType& family : set.types) {
    zone_.note(set.owner, family.type);
    Entry& entry = entry_of(set, family.type);
    entry.complete = entry.complete && set.good;
    if (fits) fits = join(set, entry);
  }
  if (set.good && !fits) set.types.clear();  // it must not be found wrong once more
  set.good = fits;
  sets_.push_back(std::move(set));
}

RoutingYaml::Entry& RoutingYaml::entry_of(const YamlRecordSet& set, Type type) {
  const auto [at, is_new] = numbers_.emplace(key_of(set.owner, type), entries_.size());
  if (is_new) {
    Entry& entry = entries_.emplace_back();
    entry.owner = set.owner;
    entry.type = type;
    entry.policy = set.routing.policy;
    entry.place = set.place;
  }
  return entries_[at->second];
}

// Takes the set, which is about to become the next of sets_, into the entry if it fits there.
bool RoutingYaml::join(const YamlRecordSet& set, Entry& entry) {
  const auto name = what(entry.owner, entry.type);
  if (entry.policy != set.routing.policy) {
    error(set.place, name + " has " + std::string(to_string(set.routing.policy)) +
                         " routing here but " + std::string(to_string(entry.policy)) +
                         " routing at " + text_of_place(entry.place) +
                         "; all record sets of one name and type use one policy");
  } else if (set.routing.policy == Policy::kSimple && !entry.sets.empty()) {
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

bool RoutingYaml::take_identifier(const YamlRecordSet& set, const Entry& entry) {
  if (set.routing.policy == Policy::kSimple) return true;
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
                        .on_all_unhealthy = fields.one_of("onAllUnhealthy", kOnAllUnhealthy),
                        .sticky = fields.one_of("sticky", kSticky),
                        .no_match_meant = fields.one_of("onNoMatch", kOnNoMatch),
                        .sticky_place = zone_.place_of(fields.key_place("sticky")),
                        .no_match_place = zone_.place_of(fields.key_place("onNoMatch"))};
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
                                    " is not routed; its record set has neither a routing field, "
                                    "a health check nor an alias");
  }
  if (entry.has_options) {
    return error(options.place, what(entry.owner, entry.type) + " has its options already, at " +
                                    text_of_place(entry.options_place));
  }
  entry.has_options = true;
  entry.options_place = options.place;
  if (options.max_answers) {
    entry.max_answers = static_cast<std::uint32_t>(*options.max_answers);
  }
  entry.min_healthy = static_cast<std::uint32_t>(options.min_healthy.value_or(1));
  entry.on_all_unhealthy = options.on_all_unhealthy.value_or(entry.on_all_unhealthy);
  if (entry.complete) apply_by_policy(options, entry);
}

// What only some policies have a use for.
void RoutingYaml::apply_by_policy(const Options& options, Entry& entry) {
  const std::string policy(to_string(entry.policy));
  const std::string has = what(entry.owner, entry.type) + " has " + policy + " routing, ";
  entry.sticky = options.sticky.has_value();
  entry.no_match_meant = options.no_match_meant.has_value();
  if (entry.sticky && !is_drawn_by_weight(entry.policy)) {
    error(options.sticky_place, has +
                                    "in which nothing is drawn by weight; sticky is for "
                                    "weighted, failover and priority routing");
  }
  if (entry.no_match_meant && !may_match_none(entry.policy)) {
    error(options.no_match_place, has +
                                      "in which some set suits every client; onNoMatch is for "
                                      "geolocation and CIDR routing");
  }
}

void RoutingYaml::finish(std::uint32_t ttl_s, ZoneBuilder& builder) {
  for (const YamlRecordSet& set : sets_) {
    if (!set.is_routed()) emit_static(set, builder);
    const bool is_turned_away = !set.good && set.types.empty();
    if (is_turned_away && !set.check_id.empty()) {
      builder.add_use({set.check_id, place_of(set.check_place)});
    }
  }
  for (const Entry& entry : entries_) emit_group(entry, ttl_s, builder);
}

void RoutingYaml::emit_static(const YamlRecordSet& set, ZoneBuilder& builder) {
  for (const YamlRecordSet::PerType& family : set.types) {
    for (const YamlRecordSet::Value& value : family.values) {
      builder.add_record(set.owner.wire(), family.type, set.ttl_s, value.rdata, value.place);
    }
    const std::vector<std::uint8_t> stand_in = stand_in_rdata(family.type);
    if (!family.values.empty() || set.good || stand_in.empty()) continue;
    builder.add_record(set.owner.wire(), family.type, set.ttl_s, stand_in, set.place);
  }
}

// A family in which no set has a value or an alias makes no group: it is NODATA whatever is chosen.
void RoutingYaml::emit_group(const Entry& entry, std::uint32_t ttl_s, ZoneBuilder& builder) const {
  GroupSpec group{.owner = entry.owner,
                  .type = entry.type,
                  .policy = entry.policy,
                  .on_all_unhealthy = entry.on_all_unhealthy,
                  .max_answers = entry.max_answers.value_or(
                      entry.policy == Policy::kMultivalue ? kMultivalueAnswers : 1),
                  .min_healthy = entry.min_healthy,
                  .sticky = entry.sticky,
                  .no_match_meant = entry.no_match_meant,
                  .sets = {},
                  .place = entry.place};
  bool any = false;
  for (const std::size_t number : entry.sets) {
    const YamlRecordSet& set = sets_[number];
    if (!set.is_routed()) return;
    group.sets.push_back(routed_set(set, entry.type, ttl_s));
    any = any || !group.sets.back().rdata.empty() || set.alias;
  }
  if (!entry.complete) group.min_healthy = 1;  // it was meant for all sets
  if (any) builder.add_group(std::move(group));
}

Place RoutingYaml::place_of(RecordPlace place) const {
  return {zone_.file(), place.line, place.column};
}

std::string RoutingYaml::text_of_place(RecordPlace place) const {
  return to_string(place_of(place));
}

void RoutingYaml::error(RecordPlace place, std::string message) const {
  zone_.diagnostics().error(place_of(place), std::move(message));
}

}  // namespace rhumb
