#include "zones/atlas_names.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/quote.h"
#include "text/suggest.h"
#include "zones/told.h"

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
  LookUp(const Atlas& atlas, bool suggests) : atlas_(atlas), suggests_(suggests) {}

  std::string operator()(const Area& /*area*/) const { return {}; }
  std::string operator()(const LatencyRegion& latency) const { return judge(latency.region); }
  std::string operator()(const Proximity& proximity) const {
    return proximity.region.empty() ? std::string() : judge(proximity.region);
  }
  std::string operator()(const CidrLocation& cidr) const {
    const auto collection = atlas_.collections.find(cidr.collection);
    if (collection == atlas_.collections.end()) {
      const std::string meant = hint(cidr.collection, atlas_.collections);
      return "there is no collection " + in_quotes(cidr.collection) +
             (meant.empty() ? "; write it under cidrCollections: in rhumb.yaml" : meant);
    }
    const auto& locations = collection->second.locations;
    if (cidr.is_default() || locations.contains(cidr.location)) return {};
    return "the collection " + in_quotes(cidr.collection) + " has no location " +
           in_quotes(cidr.location) + hint(cidr.location, locations);
  }

 private:
  [[nodiscard]] std::string judge(const std::string& region) const {
    if (find_region(atlas_, region)) return {};
    return suggests_ ? unknown_region(atlas_, region) : "there is no region " + in_quotes(region);
  }
  template <typename Map>
  [[nodiscard]] std::string hint(const std::string& word, const Map& known) const {
    return suggests_ ? did_you_mean(word, keys_of(known)) : std::string();
  }

  const Atlas& atlas_;
  const bool suggests_;
};

}  // namespace

void look_up_locations(std::span<const std::shared_ptr<const Zone>> zones, const Atlas& atlas,
                       Diagnostics& diagnostics) {
  Told told("places that are not there");
  for (const auto& zone : zones) {
    for (const GroupInfo& group : zone->info().groups) {
      for (const GroupInfo::Set& set : group.sets) {
        if (!set.location) continue;
        std::string wrong = std::visit(LookUp(atlas, told.may_suggest()), *set.location);
        if (wrong.empty() || !told.admits(set.location_place)) continue;
        diagnostics.error(set.location_place, std::move(wrong));
      }
    }
  }
  told.finish(diagnostics);
}

}  // namespace rhumb
