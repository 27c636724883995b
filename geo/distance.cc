#include "geo/distance.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace rhumb {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;  // mean, of GRS 80
constexpr double kEndsMs = 5;
constexpr double kKmPerMs = 50;

double radians(double degrees) { return degrees * (std::numbers::pi / 180); }

double square(double number) { return number * number; }

}  // namespace

double distance_km(const Coordinates& from, const Coordinates& to) {
  const double half_north = radians(to.latitude - from.latitude) / 2;
  const double half_east = radians(to.longitude - from.longitude) / 2;
  const double haversine = square(std::sin(half_north)) + std::cos(radians(from.latitude)) *
                                                              std::cos(radians(to.latitude)) *
                                                              square(std::sin(half_east));
  return 2 * kEarthRadiusKm * std::asin(std::min(1.0, std::sqrt(haversine)));
}

double estimated_round_trip_ms(double distance_km) { return kEndsMs + distance_km / kKmPerMs; }

double biased_km(double distance_km, int bias) {
  assert(bias >= -99 && bias <= 99);
  return bias >= 0 ? distance_km * (1 - bias / 100.0) : distance_km / (1 + bias / 100.0);
}

}  // namespace rhumb
