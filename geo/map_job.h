// What is to be compiled into client maps, as a value and as bytes for the way to the process that
// does it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/atlas.h"
#include "geo/rule.h"

namespace rhumb {

inline constexpr std::size_t kMaxRules = 1'000'000;  // of all zones together

struct MapJob {
  Atlas atlas;
  std::vector<Rule> rules;  // one map each
  bool special = false;     // the map of special-purpose addresses too

  bool operator==(const MapJob&) const = default;
};

std::string pack(const MapJob& job);
// nullopt: `bytes` are not what pack() gives.
std::optional<MapJob> unpack_map_job(std::string_view bytes);

}  // namespace rhumb
