#include "answer/answer.h"

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

void prefetch(const View& view, const Query& query) noexcept {
  if (query.screen != Screen::kAnswer) return;
  const ZoneRef* zone = view.zones->find(query.name, query.type);
  if (zone != nullptr) zone->zone->prefetch(query.name, 0);
}

}  // namespace rhumb
