#include "geo/overrides_yaml.h"

#include <optional>
#include <utility>

#include "geo/countries.h"
#include "geo/place_text.h"
#include "geo/place_yaml.h"
#include "geo/repeats.h"
#include "text/fields.h"
#include "text/quote.h"
#include "text/yaml.h"

namespace rhumb {
namespace {

constexpr ForeignKey kForeignNetworkKeys[] = {{"cidr", "network"},
                                              {"prefix", "network"},
                                              {"CIDR", "network"},
                                              {"subnet", "network"},
                                              {"net", "network"},
                                              {"ip", "network"},
                                              {"continentCode", "continent"},
                                              {"continent_code", "continent"},
                                              {"countryCode", "country"},
                                              {"country_code", "country"},
                                              {"iso_code", "country"},
                                              {"state", "subdivision"},
                                              {"region", "subdivision"},
                                              {"lat", "latitude"},
                                              {"lon", "longitude"},
                                              {"lng", "longitude"},
                                              {"long", "longitude"},
                                              {"as", "asn"},
                                              {"ASN", "asn"},
                                              {"asNumber", "asn"}};

std::optional<IpPrefix> read_network(Fields& fields) {
  if (!fields.require("network", "192.0.2.0/24")) return std::nullopt;
  const auto given = fields.text("network");
  if (!given) return std::nullopt;
  const Result<IpPrefix> network = parse_network(*given);
  if (network.ok()) return network.value();
  fields.error("network", network.error());
  return std::nullopt;
}

GeoPlace read_network_place(Fields& fields) {
  const PlaceCodes codes = read_place_codes(fields);
  GeoPlace place;
  place.continent = codes.continent;
  place.country = codes.country;
  if (codes.continent.empty() && !codes.country.empty()) {
    place.continent = continent_of(codes.country).value_or(Code());
  }
  place.subdivisions[0] = codes.subdivision;
  place.coordinates = read_coordinates(fields);
  place.asn = read_asn(fields);
  return place;
}

bool says_where(const GeoPlace& place) {
  return !place.continent.empty() || place.coordinates.has_value();
}

// nullopt: it is wrong, which is reported.
std::optional<Override> read_item(YamlNode item, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  Fields fields(item, diagnostics);
  if (!item.is_map()) return std::nullopt;
  const std::optional<IpPrefix> network = read_network(fields);
  const GeoPlace place = read_network_place(fields);
  fields.finish(kForeignNetworkKeys);
  if (diagnostics.error_count() > errors || !network) return std::nullopt;
  if (place == GeoPlace{}) {
    diagnostics.error(item.place(), "nothing is said of " + to_string(*network) +
                                        "; write continent, country, subdivision, latitude and "
                                        "longitude, or asn");
    return std::nullopt;
  }
  return Override{.network = *network, .place = place, .has_place = says_where(place)};
}

// `networks` are where the overrides' networks stand, in the same order.
void judge_repeats(const std::vector<Override>& overrides, const std::vector<YamlNode>& networks,
                   Diagnostics& diagnostics) {
  for (const Repeat& repeat :
       find_repeats(overrides.size(), [&](std::size_t i) { return overrides[i].network; })) {
    if (diagnostics.error_count() > kMaxGeoErrors) return;
    const YamlNode again = networks[repeat.again];
    diagnostics.error(again.place(), in_quotes(again.text()) +
                                         " is given twice; the first is in line " +
                                         std::to_string(networks[repeat.first].place().line));
  }
}

std::vector<Override> read_items(YamlNode list, Diagnostics& diagnostics) {
  std::vector<Override> overrides;
  std::vector<YamlNode> networks;
  overrides.reserve(list.size());
  networks.reserve(list.size());
  for (const YamlNode item : list.items()) {
    if (diagnostics.error_count() > kMaxGeoErrors) {
      diagnostics.error(item.place(), "more than " + std::to_string(kMaxGeoErrors) +
                                          " errors; the rest of the file is not read");
      return overrides;
    }
    const std::optional<Override> override = read_item(item, diagnostics);
    if (!override) continue;
    overrides.push_back(*override);
    networks.push_back(item.find("network")->value);
  }
  judge_repeats(overrides, networks, diagnostics);
  return overrides;
}

std::vector<Override> read_root(YamlNode root, Diagnostics& diagnostics) {
  if (!root.is_list()) {
    diagnostics.error(root.place(),
                      "a list of networks is wanted here; write - {network: 192.0.2.0/24, country: "
                      "GB}");
    return {};
  }
  if (root.size() > kMaxOverrides) {
    diagnostics.error(root.place(),
                      "more than " + std::to_string(kMaxOverrides) + " overrides; write fewer");
    return {};
  }
  return read_items(root, diagnostics);
}

}  // namespace

std::vector<Override> read_overrides(std::string_view text, const std::string& path,
                                     Diagnostics& diagnostics) {
  Diagnostics found;  // of this file alone, so that they can be counted
  const std::optional<YamlDocument> document = read_yaml(text, path, found);
  std::vector<Override> overrides;
  if (document) overrides = read_root(document->root(), found);
  found.sort_by_place();
  diagnostics.append(std::move(found));
  return overrides;
}

}  // namespace rhumb
