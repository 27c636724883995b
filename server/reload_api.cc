#include "server/reload_api.h"

#include <array>
#include <string>
#include <utility>

#include "server/clock.h"
#include "server/control_json.h"
#include "text/quote.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

constexpr std::array<std::string_view, 1> kReloadKeys = {"keepBadZones"};

ControlReply reload_reply(const ReloadOutcome& outcome) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (!outcome.ok) {
    json.key("error");
    json.text("the reload was refused; what was served before stays");
  }
  json.key("reload");
  write_reload(json, outcome);
  json.end_object();
  return {outcome.ok ? 200 : 422, std::move(body), ""};
}

}  // namespace

Result<BadZones> read_reload_body(std::string_view text) {
  if (text.empty()) return BadZones::kRefuse;
  const Result<JsonValue> value = parse_json(text);
  if (!value.ok()) return Error{"the body is no JSON: " + value.error()};
  if (value.value().kind() != JsonKind::kObject) {
    return Error{R"(the body is no object; write {"keepBadZones":true}, or nothing)"};
  }
  for (const std::string& key : value.value().names()) {
    if (key == kReloadKeys.front()) continue;
    return Error{"unknown key " + in_quotes(key) + did_you_mean(key, kReloadKeys)};
  }
  const JsonValue& keep = value.value()[kReloadKeys.front()];
  const bool is_wrong = value.value().has(kReloadKeys.front()) && keep.kind() != JsonKind::kBoolean;
  if (is_wrong) return Error{R"("keepBadZones": write true or false)"};
  return keep.boolean() ? BadZones::kKeep : BadZones::kRefuse;
}

void reload(const ControlRequest& request, Reloader& reloader, const ControlApi::Done& done) {
  const Result<BadZones> bad_zones = read_reload_body(request.body);
  if (!bad_zones.ok()) return done(error_reply(400, bad_zones.error()));
  reloader.request([done](const ReloadOutcome& outcome) { done(reload_reply(outcome)); },
                   bad_zones.value());
}

void write_file_state(JsonWriter& json, Reloader& reloader) {
  const auto last = reloader.last();
  const auto current = reloader.current();
  json.key("lastGood");
  if (const KeptFiles* const kept = current->config.sources.kept(); kept == nullptr) {
    json.null();
  } else {
    json.begin_object();
    json.key("keptAt");
    json.text(to_rfc3339(kept->at_ms));
    json.end_object();
  }
  json.key("badZones");
  write_bad_zones(json, current->bad_zones);
  json.key("restartWouldFail");
  json.boolean(reloader.pending().has_value());
  json.key("lastReload");
  if (last == nullptr) {
    json.null();
  } else {
    write_reload(json, *last);
  }
}

}  // namespace rhumb
