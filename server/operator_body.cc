#include "server/operator_body.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "server/operator.h"
#include "text/json.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/suggest.h"

namespace rhumb {
namespace {

constexpr Named<Health> kStates[] = {{"healthy", Health::kHealthy},
                                     {"unhealthy", Health::kUnhealthy}};
constexpr std::array<std::string_view, 4> kOverrideKeys = {"state", "for", "reason", "force"};
constexpr std::array<std::string_view, 3> kDrainKeys = {"for", "reason", "force"};

Error wrong(std::string_view key, const std::string& why) {
  return Error{in_quotes(key) + ": " + why};
}

std::optional<Error> read_state(const JsonValue& value, OperatorBody& body) {
  if (value.kind() != JsonKind::kText) return wrong("state", "write \"healthy\" or \"unhealthy\"");
  const Result<Health> state = parse_one_of(value.text(), kStates);
  if (!state.ok()) return wrong("state", state.error());
  body.state = state.value();
  return std::nullopt;
}

// "30m", or a number of seconds.
std::optional<Error> read_for(const JsonValue& value, OperatorBody& body) {
  constexpr std::string_view kExample = "write a duration such as \"30m\"";
  const bool is_number = value.kind() == JsonKind::kNumber && value.whole();
  if (value.kind() != JsonKind::kText && !is_number) return wrong("for", std::string(kExample));
  const std::string text = is_number ? std::to_string(*value.whole()) : std::string(value.text());
  const Result<std::uint64_t> duration_ms = parse_duration_ms(text);
  if (!duration_ms.ok()) return wrong("for", duration_ms.error());
  if (duration_ms.value() == 0) {
    return wrong("for", "0 is over at once; leave \"for\" out for no end");
  }
  if (duration_ms.value() > static_cast<std::uint64_t>(kMaxForMs)) {
    return wrong("for", "at most 3650d are possible; leave \"for\" out for no end");
  }
  body.for_ms = static_cast<std::int64_t>(duration_ms.value());
  return std::nullopt;
}

std::optional<Error> read_reason(const JsonValue& value, OperatorBody& body) {
  if (value.kind() != JsonKind::kText) return wrong("reason", "write a text");
  if (value.text().size() > kMaxReasonBytes) {
    return wrong("reason", "at most " + std::to_string(kMaxReasonBytes) + " octets are possible");
  }
  body.reason = value.text();
  return std::nullopt;
}

std::optional<Error> read_member(std::string_view key, const JsonValue& value, OperatorBody& body) {
  if (key == "state") return read_state(value, body);
  if (key == "for") return read_for(value, body);
  if (key == "reason") return read_reason(value, body);
  if (value.kind() != JsonKind::kBoolean) return wrong("force", "write true or false");
  body.force = value.boolean();
  return std::nullopt;
}

Result<OperatorBody> read_body(const JsonValue& object, std::span<const std::string_view> keys) {
  OperatorBody body;
  for (std::size_t i = 0; i < object.names().size(); ++i) {
    const std::string& key = object.names()[i];
    if (std::ranges::find(keys, key) == keys.end()) {
      return Error{"unknown key " + in_quotes(key) + did_you_mean(key, keys)};
    }
    if (auto error = read_member(key, object.items()[i], body)) return std::move(*error);
  }
  return body;
}

}  // namespace

Result<OperatorBody> read_override_body(std::string_view text) {
  const Result<JsonValue> value = parse_json(text);
  if (!value.ok()) return Error{"the body is no JSON: " + value.error()};
  if (value.value().kind() != JsonKind::kObject || !value.value().has("state")) {
    return Error{R"("state" is missing; write {"state":"unhealthy"})"};
  }
  return read_body(value.value(), kOverrideKeys);
}

Result<OperatorBody> read_drain_body(std::string_view text) {
  if (text.empty()) return OperatorBody{};
  const Result<JsonValue> value = parse_json(text);
  if (!value.ok()) return Error{"the body is no JSON: " + value.error()};
  if (value.value().kind() != JsonKind::kObject) {
    return Error{R"(the body is no object; write {"for":"30m","reason":"…"}, or nothing)"};
  }
  return read_body(value.value(), kDrainKeys);
}

}  // namespace rhumb
