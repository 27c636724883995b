// Reads the file behind `latency`: measured round trips, a line each: source,region,milliseconds. A
// source is a network, an AS number (AS64500), a country (GB) or a continent (EU). Strict; opens no
// file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "geo/atlas.h"

namespace rhumb {

inline constexpr double kMaxLatencyMs = 1'000'000;

// In the order of the file. Regions are those of `atlas` and the built-in ones. `path` is what
// errors name. After an error the latencies are only good for finding more.
std::vector<Latency> read_latencies(std::string_view text, const std::string& path,
                                    const Atlas& atlas, Diagnostics& diagnostics);

}  // namespace rhumb
