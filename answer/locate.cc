#include "answer/locate.h"

#include <cassert>

#include "answer/client.h"
#include "geo/client_map.h"

namespace rhumb {
namespace {

// The map that the answer will be looked up in first, if the name has a group with a location rule.
const ClientMap* map_of(const View& view, const Position& position, Type type) {
  const SetHead* const set = find_set(*position.node, type);
  if (set == nullptr || (set->flags & SetHead::kRouted) == 0) return nullptr;
  const Group& group = position.zone->zone->groups()[set->body];
  if (group.rule == Group::kNoRule) return nullptr;
  return view.maps->of_rule[view.zones->rule_number(*position.zone, group.rule)].get();
}

}  // namespace

Position position_of(const View& view, const Query& query) noexcept {
  if (query.screen != Screen::kAnswer) return {};
  return {view.zones->find(query.name, query.type), nullptr};
}

std::array<Position, kMaxBatch> locate(const View& view, std::span<const Query> queries) noexcept {
  assert(queries.size() <= kMaxBatch);
  std::array<Position, kMaxBatch> positions;
  std::array<const ClientMap*, kMaxBatch> maps;
  const std::size_t count = queries.size();
  for (std::size_t i = 0; i < count; ++i) {
    positions[i] = position_of(view, queries[i]);
    if (positions[i].zone != nullptr) positions[i].zone->zone->prefetch_slot(queries[i].name, 0);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (positions[i].zone != nullptr) positions[i].zone->zone->prefetch_node(queries[i].name, 0);
  }
  for (std::size_t i = 0; i < count; ++i) {
    maps[i] = nullptr;
    if (positions[i].zone == nullptr) continue;
    positions[i].node = positions[i].zone->zone->find(queries[i].name, 0);
    if (positions[i].node == nullptr) continue;
    maps[i] = map_of(view, positions[i], queries[i].type);
    if (maps[i] != nullptr) maps[i]->prefetch_slot(likely_client(view, queries[i]));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (maps[i] != nullptr) maps[i]->prefetch_range(likely_client(view, queries[i]));
  }
  return positions;
}

}  // namespace rhumb
