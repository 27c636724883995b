#include "server/refusal_log.h"

#include <string_view>

#include "text/json.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

std::string_view event_of(Refusal kind) {
  switch (kind) {
    case Refusal::kChange:
      return "API change refused";
    case Refusal::kMalformed:
    case Refusal::kLargeHead:
    case Refusal::kLargeBody:
      return "API request refused";
    case Refusal::kSlow:
      return "API client cut off";
    case Refusal::kTurnedAway:
      return "API client turned away";
  }
  return {};
}

std::string shown(std::string_view text) { return std::string(cut(text, kMaxRefusalBytes)); }

}  // namespace

void RefusalLog::note(Refusal kind, const RefusedClient& client, std::int64_t now_ms) {
  Told& told = told_[static_cast<std::size_t>(kind)];
  ++told.since;
  if (told.last_ms && now_ms - *told.last_ms < kRefusalLogMs) return;
  const std::string count = std::to_string(told.since);
  const std::string reason = shown(client.reason);
  if (client.method.empty()) {
    log_.warn(event_of(kind), {{"from", client.from}, {"reason", reason}, {"refused", count}});
  } else {
    log_.warn(event_of(kind), {{"from", client.from},
                               {"method", shown(client.method)},
                               {"path", shown(client.path)},
                               {"reason", reason},
                               {"refused", count}});
  }
  told = {.last_ms = now_ms, .since = 0};
}

std::optional<Refusal> refusal_in(const ControlReply& reply) {
  return reply.refusal.empty() ? refusal_of_status(reply.status) : Refusal::kChange;
}

std::optional<Refusal> refusal_of_status(int status) {
  if (status == 400) return Refusal::kMalformed;
  if (status == 413) return Refusal::kLargeBody;
  if (status == 414 || status == 431) return Refusal::kLargeHead;
  return std::nullopt;
}

std::string reason_of(const ControlReply& reply) {
  if (!reply.refusal.empty()) return reply.refusal;
  const Result<JsonValue> body = parse_json(reply.body);
  const std::string error = body.ok() ? std::string(body.value()["error"].text()) : "";
  return std::to_string(reply.status) + (error.empty() ? "" : ": " + error);
}

}  // namespace rhumb
