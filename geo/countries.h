// The countries of ISO 3166-1, each with its continent as MaxMind's databases have it (so Cyprus is
// in Europe, Turkey in Asia and Timor-Leste in Oceania). No names of countries.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "geo/place.h"

namespace rhumb {

// Africa, Antarctica, Asia, Europe, North America, Oceania, South America.
inline constexpr std::array<std::string_view, 7> kContinents = {"AF", "AN", "AS", "EU",
                                                                "NA", "OC", "SA"};

// The continent of a country, or nullopt: there is no such country. Besides ISO's, XK is one, as
// which the databases know Kosovo.
[[nodiscard]] std::optional<Code> continent_of(Code country);

}  // namespace rhumb
