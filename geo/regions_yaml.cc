#include "geo/regions_yaml.h"

#include <optional>
#include <utility>

#include "geo/atlas.h"
#include "geo/place_text.h"
#include "geo/place_yaml.h"
#include "text/fields.h"

namespace rhumb {
namespace {

constexpr ForeignKey kForeignRegionKeys[] = {{"lat", "latitude"},        {"lon", "longitude"},
                                             {"lng", "longitude"},       {"long", "longitude"},
                                             {"Latitude", "latitude"},   {"Longitude", "longitude"},
                                             {"coordinates", "latitude"}};

std::optional<Coordinates> read_region(YamlNode map, Diagnostics& diagnostics) {
  Fields fields(map, diagnostics);
  if (!map.is_map()) return std::nullopt;
  if (!fields.has("latitude") && !fields.has("longitude")) {
    fields.require("latitude", "51.51");
    fields.require("longitude", "-0.13");
  }
  const std::optional<Coordinates> coordinates = read_coordinates(fields);
  fields.finish(kForeignRegionKeys);
  return coordinates;
}

}  // namespace

std::map<std::string, Coordinates, std::less<>> read_regions(YamlNode map,
                                                             Diagnostics& diagnostics) {
  std::map<std::string, Coordinates, std::less<>> regions;
  if (map.size() > kMaxRegions) {
    diagnostics.error(map.place(),
                      "more than " + std::to_string(kMaxRegions) + " regions; write fewer");
    return regions;
  }
  for (const YamlEntry entry : map.entries()) {
    Result<std::string> name = parse_place_name(entry.key.text());
    if (!name.ok()) diagnostics.error(entry.key.place(), name.error());
    const Coordinates coordinates = read_region(entry.value, diagnostics).value_or(Coordinates());
    // A wrong one as well, so that who names it is not told that it is unknown.
    if (name.ok()) regions.emplace(std::move(name).value(), coordinates);
  }
  return regions;
}

}  // namespace rhumb
