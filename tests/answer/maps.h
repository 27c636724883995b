// Client maps for a ZoneSet, compiled in process from what an Atlas says.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "geo/atlas.h"
#include "geo/compile.h"
#include "geo/maps.h"
#include "zones/zone_set.h"

namespace rhumb::testing {

inline std::shared_ptr<const ClientMap> adopt(std::vector<std::byte> bytes) {
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  auto map = ClientMap::adopt(*owner, owner);
  if (!map.ok()) {
    std::puts(map.error().c_str());
    std::abort();
  }
  return std::make_shared<const ClientMap>(std::move(map).value());
}

// As the publisher makes them: of a zone set without rules, the special one alone.
inline std::shared_ptr<const Maps> maps_of(const ZoneSet& zones, const Atlas& atlas) {
  auto maps = std::make_shared<Maps>();
  const std::vector<Rule> rules(zones.rules().begin(), zones.rules().end());
  for (auto& bytes : compile_maps(rules, atlas, {}))
    maps->of_rule.push_back(adopt(std::move(bytes)));
  maps->special = adopt(compile_special(atlas.overrides));
  return maps;
}

}  // namespace rhumb::testing
