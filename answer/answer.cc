#include "answer/answer.h"

#include <array>
#include <cassert>

#include "answer/reply.h"
#include "answer/resolve.h"

namespace rhumb {
namespace {

void look_up(const View& view, const Query& query, Reply& reply, Outcome& outcome) noexcept {
  const ZoneRef* zone = view.zones->find(query.name, query.type);
  if (zone == nullptr) {
    outcome.rcode = Rcode::kRefused;  // a name in no zone of ours
    return;
  }
  outcome.zone = static_cast<std::uint32_t>(zone - view.zones->refs().data());
  resolve(view, *zone, query, reply, outcome);
}

}  // namespace

Outcome answer(const View& view, const Query& query, std::span<std::uint8_t> out) noexcept {
  if (query.screen == Screen::kSilent) return {};
  Reply reply(query, view.options, out);
  Outcome outcome{.rcode = query.rcode};
  if (query.screen == Screen::kAnswer) look_up(view, query, reply, outcome);
  outcome.truncated = reply.truncated();
  outcome.length = reply.finish(outcome.rcode);
  return outcome;
}

void prefetch(const View& view, std::span<const Query> queries) noexcept {
  assert(queries.size() <= kMaxBatch);
  std::array<const ZoneRef*, kMaxBatch> zones;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const Query& query = queries[i];
    zones[i] = query.screen == Screen::kAnswer ? view.zones->find(query.name, query.type) : nullptr;
    if (zones[i] != nullptr) zones[i]->zone->prefetch_slot(query.name, 0);
  }
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (zones[i] != nullptr) zones[i]->zone->prefetch_node(queries[i].name, 0);
  }
}

}  // namespace rhumb
