#include "tests/answer/model.h"

#include <algorithm>

#include "tests/answer/model_places.h"

namespace rhumb::testing {
namespace {

// Every way to take `count` of `from`.
std::set<std::set<std::size_t>> subsets(const std::vector<std::size_t>& from, std::size_t count) {
  std::set<std::set<std::size_t>> all = {{}};
  for (std::size_t taken = 0; taken < count; ++taken) {
    std::set<std::set<std::size_t>> larger;
    for (const auto& each : all) {
      for (const std::size_t set : from) {
        auto with = each;
        if (with.insert(set).second) larger.insert(with);
      }
    }
    all = larger;
  }
  return all;
}

// Every run of `count` neighbours on the ring of `from`.
std::set<std::set<std::size_t>> runs(const std::vector<std::size_t>& from, std::size_t count) {
  std::set<std::set<std::size_t>> all;
  for (std::size_t first = 0; first < from.size(); ++first) {
    std::set<std::size_t> run;
    for (std::size_t i = 0; i < count; ++i) run.insert(from[(first + i) % from.size()]);
    all.insert(run);
  }
  return all;
}

std::vector<Location> distinct_locations(const ModelGroup& group) {
  std::vector<Location> locations;
  for (const ModelSet& set : group.sets) {
    if (std::ranges::find(locations, *set.location) == locations.end()) {
      locations.push_back(*set.location);
    }
  }
  return locations;
}

// Tiers, and in each those with a weight before those without.
std::vector<std::vector<std::size_t>> by_tier(const ModelGroup& group) {
  std::map<std::pair<int, bool>, std::vector<std::size_t>> tiers;
  for (std::size_t i = 0; i < group.sets.size(); ++i) {
    tiers[{group.sets[i].tier, group.sets[i].weight == 0}].push_back(i);
  }
  std::vector<std::vector<std::size_t>> order;
  for (const auto& [tier, sets] : tiers) order.push_back(sets);
  return order;
}

}  // namespace

Model::Model(const ModelWorld& world, const IpAddress& source,
             const std::optional<IpPrefix>& subnet)
    : world_(world), client_(source) {
  if (subnet && subnet->length > 0) {
    asked_for_ = subnet->address;
    if (!is_special(world.atlas, subnet->address)) client_ = subnet->address;
  }
  find_alive();
}

const ModelGroup* Model::find(std::string_view name) const {
  const auto found = std::ranges::find(world_.groups, name, &ModelGroup::name);
  return found == world_.groups.end() ? nullptr : &*found;
}

// From the last group up: what a group leads to comes after it.
void Model::find_alive() {
  for (auto group = world_.groups.rbegin(); group != world_.groups.rend(); ++group) {
    int alive = 0;
    int standing = 0;
    for (const ModelSet& set : group->sets) {
      alive += is_alive(set) ? 1 : 0;
      standing += is_taken_out(set) ? 0 : 1;
    }
    if (alive < group->min_healthy) dead_groups_.insert(group->name);
    if (standing < group->min_healthy) groups_out_.insert(group->name);
  }
}

bool Model::is_alive(const ModelSet& set) const {
  if (world_.unhealthy.contains(set.check) || world_.out.contains(set.check)) return false;
  return !(set.alias && set.evaluate_health && dead_groups_.contains(*set.alias));
}

bool Model::is_taken_out(const ModelSet& set) const {
  return world_.out.contains(set.check) ||
         (set.alias && set.evaluate_health && groups_out_.contains(*set.alias));
}

std::vector<std::vector<std::size_t>> Model::order(const ModelGroup& group) const {
  if (!is_location_policy(group.policy)) return by_tier(group);
  const std::vector<Location> locations = distinct_locations(group);
  std::vector<std::vector<std::size_t>> order;
  std::set<std::size_t> rest;
  for (std::size_t i = 0; i < group.sets.size(); ++i) rest.insert(i);
  for (const std::size_t location : model_order(locations, world_.atlas, client_)) {
    for (std::size_t i = 0; i < group.sets.size(); ++i) {
      if (*group.sets[i].location != locations[location]) continue;
      order.push_back({i});
      rest.erase(i);
    }
  }
  const bool suits_all = group.policy == Policy::kLatency || group.policy == Policy::kGeoproximity;
  if (!suits_all) return order;
  for (const std::size_t set : rest) order.push_back({set});
  return order;
}

std::set<std::set<std::size_t>> Model::choices(const ModelGroup& group) const {
  const auto candidates = order(group);
  std::vector<std::size_t> all;
  for (const auto& equals : candidates) all.insert(all.end(), equals.begin(), equals.end());
  const auto alive = [&](std::size_t set) { return is_alive(group.sets[set]); };
  const auto standing = [&](std::size_t set) { return !is_taken_out(group.sets[set]); };
  std::set<std::size_t> usable;
  if (std::ranges::any_of(all, alive)) {
    std::ranges::copy_if(all, std::inserter(usable, usable.end()), alive);
  } else if (group.on_all_unhealthy != OnAllUnhealthy::kIgnoreHealth) {
    return {{}};
  } else if (std::ranges::any_of(all, standing)) {
    std::ranges::copy_if(all, std::inserter(usable, usable.end()), standing);
  } else {
    usable.insert(all.begin(), all.end());
  }
  if (usable.empty()) return {{}};
  const auto wanted = static_cast<std::size_t>(group.max_answers);
  std::set<std::size_t> first;  // by location: the first that are usable
  for (const auto& equals : candidates) {
    std::vector<std::size_t> left;
    std::ranges::copy_if(equals, std::back_inserter(left),
                         [&](std::size_t set) { return usable.contains(set); });
    if (is_location_policy(group.policy)) {
      if (first.size() < wanted) first.insert(left.begin(), left.end());
      continue;
    }
    if (left.empty()) continue;
    const std::size_t count = std::min(wanted, left.size());
    const bool on_a_ring = group.policy == Policy::kMultivalue && !group.sticky;
    return on_a_ring ? runs(left, count) : subsets(left, count);
  }
  return {first};
}

Model::Results Model::results_of(const ModelSet& set) const {
  if (!set.alias) {
    Result own;
    for (const std::string& value : set.values) own.values[value] = set.ttl_s;
    return {own};
  }
  if (find(*set.alias) != nullptr) return results_.find(*set.alias)->second;
  Result plain;
  const auto& target = world_.plain.at(*set.alias);
  for (const std::string& value : target.values) plain.values[value] = target.ttl_s;
  return {plain};
}

// False: there are too many.
bool Model::add_results(const ModelGroup& group) {
  Results& results = results_[group.name];
  for (const auto& choice : choices(group)) {
    const bool fails = choice.empty() && !order(group).empty() &&
                       group.on_all_unhealthy == OnAllUnhealthy::kServFail;
    Results combined = {Result{.fails = fails, .values = {}}};
    for (const std::size_t number : choice) {
      const ModelSet& set = group.sets[number];
      Results more;
      for (const Result& one : combined) {
        for (const Result& other : results_of(set)) {
          Result both = one;
          both.fails = one.fails || other.fails;
          for (const auto& [value, ttl_s] : other.values) {
            const int smallest = std::min(ttl_s, set.ttl_s);
            const auto [known, is_new] = both.values.emplace(value, smallest);
            if (!is_new) known->second = std::min(known->second, smallest);
          }
          more.insert(both);
        }
      }
      combined = std::move(more);
      if (combined.size() > kTooMany) return false;
    }
    results.insert(combined.begin(), combined.end());
    if (results.size() > kTooMany) return false;
  }
  return true;
}

namespace {

ModelAnswer answer_of(const std::string& name, std::string_view type, bool fails,
                      const std::map<std::string, int>& values) {
  if (values.empty()) return {.rcode = fails ? "SERVFAIL" : "NOERROR", .records = {}};
  int ttl_s = values.begin()->second;
  for (const auto& [value, of_path] : values) ttl_s = std::min(ttl_s, of_path);
  ModelAnswer answer{.rcode = "NOERROR", .records = {}};
  for (const auto& [value, of_path] : values) {
    answer.records.insert(name + " " + std::to_string(ttl_s) + " " + std::string(type) + " " +
                          value);
  }
  return answer;
}

}  // namespace

std::optional<std::set<ModelAnswer>> Model::answers(std::string_view name) {
  std::map<std::string, std::set<ModelAnswer>> by_name;  // of groups, from the last up
  for (const auto& [plain, data] : world_.plain) {
    std::map<std::string, int> values;
    for (const std::string& value : data.values) values[value] = data.ttl_s;
    by_name[plain].insert(answer_of(plain, "A", false, values));
  }
  for (auto group = world_.groups.rbegin(); group != world_.groups.rend(); ++group) {
    if (!add_results(*group)) return std::nullopt;
    std::set<ModelAnswer>& possible = by_name[group->name];
    for (const Result& result : results_.find(group->name)->second) {
      const ModelAnswer own =
          answer_of(group->name, group->is_cname ? "CNAME" : "A", result.fails, result.values);
      if (!group->is_cname || result.values.empty()) {
        possible.insert(own);
        continue;
      }
      // The target is asked in turn. A chain whose end fails is a failure as a whole.
      auto& targets = by_name[result.values.begin()->first];
      if (targets.empty()) targets.insert({.rcode = "NXDOMAIN", .records = {}});
      for (ModelAnswer behind : targets) {
        if (behind.rcode != "SERVFAIL") {
          behind.records.insert(own.records.begin(), own.records.end());
        }
        possible.insert(behind);
      }
    }
    if (possible.size() > kTooMany) return std::nullopt;
  }
  return by_name[std::string(name)];
}

int Model::scope(std::string_view name) {
  if (!asked_for_) return 0;
  std::vector<std::string> names = {std::string(name)};
  int bits = 0;
  bool depends = false;
  const auto widen = [&](const ValueOf& value) {
    depends = true;
    bits = std::max(bits, model_block(world_.atlas, *asked_for_, value));
  };
  for (std::size_t at = 0; at < names.size(); ++at) {
    const ModelGroup* group = find(names[at]);
    if (group == nullptr) continue;
    if (is_location_policy(group->policy)) {
      const auto locations = distinct_locations(*group);
      widen([&](const IpAddress& a) { return model_order(locations, world_.atlas, a); });
    }
    if (group->sticky) {
      depends = true;
      bits = std::max(bits, model_sticky_block(*asked_for_));
    }
    for (const ModelSet& set : group->sets) {
      if (set.alias) names.push_back(*set.alias);
      if (group->is_cname && !set.alias) names.push_back(set.values.front());
    }
  }
  if (!depends) return 0;
  widen([&](const IpAddress& a) {
    return std::vector<std::size_t>(is_special(world_.atlas, a) ? 1 : 0);
  });
  return bits;
}

}  // namespace rhumb::testing
