#include "geo/client_place.h"

#include "geo/countries.h"

namespace rhumb {

GeoPlace client_place(const GeoPlace& database, std::uint32_t asn, const Override* override) {
  const bool is_replaced = override != nullptr && override->has_place;
  GeoPlace place = is_replaced ? override->place : database;
  place.asn = asn != 0 ? asn : database.asn;
  if (override != nullptr && override->place.asn != 0) place.asn = override->place.asn;
  if (place.continent.empty() && !place.country.empty()) {
    place.continent = continent_of(place.country).value_or(Code());
  }
  return place;
}

}  // namespace rhumb
