#include "geo/atlas.h"

#include "geo/regions.h"
#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {

std::optional<Coordinates> find_region(const Atlas& atlas, std::string_view name) {
  const auto own = atlas.regions.find(name);
  return own != atlas.regions.end() ? own->second : built_in_region(name);
}

std::string unknown_region(const Atlas& atlas, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [own, coordinates] : atlas.regions) names.push_back(own);
  for (const std::string_view built_in : built_in_region_names()) names.push_back(built_in);
  const std::string meant = did_you_mean(name, names);
  return "there is no region " + in_quotes(name) +
         (meant.empty() ? "; write its latitude and longitude under regions: in rhumb.yaml"
                        : meant);
}

}  // namespace rhumb
