// Distance on the ground, and the round trip that it lets one expect.
#pragma once

#include "geo/place.h"

namespace rhumb {

// Along a great circle, in km, on a sphere of the Earth's mean radius. Error against the ellipsoid:
// 0.6 % at most.
[[nodiscard]] double distance_km(const Coordinates& from, const Coordinates& to);

// Of a round trip to there, in ms: 5 ms for both ends and a ms for each 50 km of the way.
[[nodiscard]] double estimated_round_trip_ms(double distance_km);

// As a bias has it seem: d * (1 - b / 100) for b >= 0, d / (1 + b / 100) below. Requires: b is in
// -99…99.
[[nodiscard]] double biased_km(double distance_km, int bias);

}  // namespace rhumb
