#include "zones/atlas_names.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

template <typename Map>
std::vector<std::string_view> keys_of(const Map& map) {
  std::vector<std::string_view> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// What is wrong with a location; empty: nothing.
class LookUp {
 public:
  explicit LookUp(const Atlas& atlas) : atlas_(atlas) {}

  std::string operator()(const Area& /*area*/) const { return {}; }
  std::string operator()(const LatencyRegion& latency) const { return judge(latency.region); }
  std::string operator()(const Proximity& proximity) const {
    return proximity.region.empty() ? std::string() : judge(proximity.region);
  }
  std::string operator()(const CidrLocation& cidr) const {
    const auto collection = atlas_.collections.find(cidr.collection);
    if (collection == atlas_.collections.end()) {
      const std::string meant = did_you_mean(cidr.collection, keys_of(atlas_.collections));
      return "there is no collection " + in_quotes(cidr.collection) +
             (meant.empty() ? "; write it under cidrCollections: in rhumb.yaml" : meant);
    }
    const auto& locations = collection->second.locations;
    if (cidr.is_default() || locations.contains(cidr.location)) return {};
    return "the collection " + in_quotes(cidr.collection) + " has no location " +
           in_quotes(cidr.location) + did_you_mean(cidr.location, keys_of(locations));
  }

 private:
  [[nodiscard]] std::string judge(const std::string& region) const {
    return find_region(atlas_, region) ? std::string() : unknown_region(atlas_, region);
  }

  const Atlas& atlas_;
};

}  // namespace

void look_up_locations(std::span<const std::shared_ptr<const Zone>> zones, const Atlas& atlas,
                       Diagnostics& diagnostics) {
  const LookUp look_up(atlas);
  std::unordered_set<std::string> told;  // a set of [A, AAAA] is in two groups, and wrong once
  for (const auto& zone : zones) {
    for (const GroupInfo& group : zone->info().groups) {
      for (const GroupInfo::Set& set : group.sets) {
        if (!set.location) continue;
        std::string wrong = std::visit(look_up, *set.location);
        if (wrong.empty() || !told.insert(to_string(set.location_place)).second) continue;
        diagnostics.error(set.location_place, std::move(wrong));
      }
    }
  }
}

}  // namespace rhumb
