#include "geo/place_yaml.h"

#include <string>
#include <string_view>
#include <utility>

#include "geo/place_text.h"
#include "text/quote.h"

namespace rhumb {
namespace {

constexpr int kMaxBias = 99;

// The names that Route 53 has for these fields, in its API and in what generates its input.
constexpr ForeignKey kAreaKeys[] = {{"ContinentCode", "continent"},
                                    {"continentCode", "continent"},
                                    {"CountryCode", "country"},
                                    {"countryCode", "country"},
                                    {"Country", "country"},
                                    {"Continent", "continent"},
                                    {"SubdivisionCode", "subdivision"},
                                    {"state", "subdivision"},
                                    {"Subdivision", "subdivision"},
                                    {"subdivisionCode", "subdivision"},
                                    {"asNumber", "asn"},
                                    {"ASN", "asn"}};
constexpr ForeignKey kProximityKeys[] = {{"AWSRegion", "region"},     {"awsRegion", "region"},
                                         {"Coordinates", "latitude"}, {"Bias", "bias"},
                                         {"coordinates", "latitude"}, {"Latitude", "latitude"},
                                         {"lat", "latitude"},         {"Longitude", "longitude"},
                                         {"lon", "longitude"},        {"lng", "longitude"},
                                         {"long", "longitude"},       {"LocalZoneGroup", "region"},
                                         {"localZoneGroup", "region"}};
constexpr ForeignKey kCidrKeys[] = {{"CollectionId", "collection"}, {"collectionId", "collection"},
                                    {"LocationName", "location"},   {"locationName", "location"},
                                    {"Collection", "collection"},   {"Location", "location"}};

// The value, or its error at the place of `key`.
template <typename T>
std::optional<T> keep(Fields& fields, std::string_view key, Result<T> result) {
  if (result.ok()) return std::move(result).value();
  fields.error(key, result.error());
  return std::nullopt;
}

std::optional<double> read_degrees(Fields& fields, std::string_view key, double limit) {
  const auto given = fields.text(key);
  if (!given) return std::nullopt;
  return keep(fields, key, parse_decimal(*given, -limit, limit));
}

void read_subdivision(Fields& fields, PlaceCodes& codes) {
  const auto given = fields.text("subdivision");
  if (!given) return;
  if (fields.has("country") && codes.country.empty()) return;  // wrong, which is reported already
  const auto code = keep(fields, "subdivision", parse_subdivision(*given, codes.country));
  if (!code) return;
  codes.country = code->country;
  codes.subdivision = code->subdivision;
}

bool has_place(Fields& fields) {
  return fields.has("continent") || fields.has("country") || fields.has("subdivision") ||
         fields.has("asn");
}

// Route 53 writes its default so.
bool is_star(Fields& fields) {
  if (!fields.has("country")) return false;
  const YamlNode country = *fields.child("country");
  return country.is_scalar() && country.text() == "*";
}

void judge_default(Fields& fields, bool is_default) {
  if (!is_default) {
    fields.error("default", "\"default\" can only be true; leave it out");
  } else if (has_place(fields)) {
    fields.error("default", "\"default\" is for everyone and stands alone; remove the other keys");
  }
}

Area read_place(Fields& fields) {
  const PlaceCodes codes = read_place_codes(fields);
  if (fields.has("continent") && (fields.has("country") || fields.has("subdivision"))) {
    fields.error("continent",
                 "\"continent\" beside a smaller place says nothing more; leave it out");
  }
  return {.continent = codes.continent,
          .country = codes.country,
          .subdivision = codes.subdivision,
          .asn = read_asn(fields)};
}

void judge_proximity(Fields& fields, std::string_view region) {
  const bool has_coordinates = fields.has("latitude") || fields.has("longitude");
  if (fields.has("region") && has_coordinates) {
    fields.error("region", "\"region\" and coordinates are both given; leave one of them out");
  } else if (fields.has("region") && region.empty()) {
    fields.error("region", "\"\" is no region; write one such as eu-west-2");
  } else if (!has_coordinates) {
    fields.require("region", "eu-west-2, or latitude and longitude");
  }
}

}  // namespace

PlaceCodes read_place_codes(Fields& fields) {
  PlaceCodes codes;
  if (const auto given = fields.text("continent")) {
    codes.continent = keep(fields, "continent", parse_continent(*given)).value_or(Code());
  }
  if (const auto given = fields.text("country", "Norway is \"NO\"")) {
    codes.country = keep(fields, "country", parse_country(*given)).value_or(Code());
  }
  read_subdivision(fields, codes);
  return codes;
}

std::optional<Coordinates> read_coordinates(Fields& fields) {
  const std::optional<double> latitude = read_degrees(fields, "latitude", 90);
  const std::optional<double> longitude = read_degrees(fields, "longitude", 180);
  if (latitude && longitude) return Coordinates{*latitude, *longitude};
  if (fields.has("latitude") && !fields.has("longitude")) {
    fields.error("latitude", "\"latitude\" is given without \"longitude\"; write both");
  } else if (fields.has("longitude") && !fields.has("latitude")) {
    fields.error("longitude", "\"longitude\" is given without \"latitude\"; write both");
  }
  return std::nullopt;
}

std::uint32_t read_asn(Fields& fields) {
  const auto given = fields.text("asn");
  return given ? keep(fields, "asn", parse_asn(*given)).value_or(0) : 0;
}

std::optional<Area> read_area(YamlNode map, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  Fields fields(map, diagnostics);
  if (!map.is_map()) return std::nullopt;
  if (is_star(fields)) {
    fields.error("country", "\"*\" is no country; write default: true instead");
    return std::nullopt;
  }
  const Area area = read_place(fields);
  if (const auto is_default = fields.boolean("default")) judge_default(fields, *is_default);
  fields.finish(kAreaKeys);
  if (map.size() == 0) {
    diagnostics.error(map.place(),
                      "no place is given; write continent, country, subdivision or asn, or "
                      "default: true");
  }
  if (diagnostics.error_count() > errors) return std::nullopt;
  return area;
}

std::optional<Proximity> read_proximity(YamlNode map, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  Fields fields(map, diagnostics);
  if (!map.is_map()) return std::nullopt;
  Proximity proximity;
  proximity.region = fields.text("region").value_or("");
  proximity.coordinates = read_coordinates(fields).value_or(Coordinates());
  proximity.bias = static_cast<int>(fields.whole("bias", -kMaxBias, kMaxBias).value_or(0));
  fields.finish(kProximityKeys);
  // An unknown key may be what was to say it.
  if (diagnostics.error_count() == errors) judge_proximity(fields, proximity.region);
  if (diagnostics.error_count() > errors) return std::nullopt;
  return proximity;
}

std::optional<CidrLocation> read_cidr(YamlNode map, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  Fields fields(map, diagnostics);
  if (!map.is_map()) return std::nullopt;
  CidrLocation cidr;
  fields.require("collection", "offices");
  cidr.collection = fields.text("collection").value_or("");
  fields.require("location", "london");
  cidr.location = fields.text("location").value_or("");
  fields.finish(kCidrKeys);
  if (diagnostics.error_count() > errors) return std::nullopt;
  return cidr;
}

}  // namespace rhumb
