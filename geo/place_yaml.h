// Places in YAML: the keys by which an override or a record set says where somebody is, and the
// maps geoLocation, geoProximity and cidr. What is wrong is reported with its place; regions and
// collections are not looked up here.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "geo/place.h"
#include "geo/rule.h"
#include "text/fields.h"
#include "text/yaml.h"

namespace rhumb {

struct PlaceCodes {
  Code continent;
  Code country;
  Code subdivision;  // with its country

  bool operator==(const PlaceCodes&) const = default;
};

// The keys `continent`, `country` and `subdivision`. A subdivision brings its country along, a
// country does not bring its continent.
PlaceCodes read_place_codes(Fields& fields);

// The keys `latitude` and `longitude`: both or none.
std::optional<Coordinates> read_coordinates(Fields& fields);

// The key `asn`; 0 when there is none.
std::uint32_t read_asn(Fields& fields);

// {continent | country | subdivision, asn} or {default: true}.
std::optional<Area> read_area(YamlNode map, Diagnostics& diagnostics);

// {region | latitude and longitude, bias}.
std::optional<Proximity> read_proximity(YamlNode map, Diagnostics& diagnostics);

// {collection, location}.
std::optional<CidrLocation> read_cidr(YamlNode map, Diagnostics& diagnostics);

}  // namespace rhumb
