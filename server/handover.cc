#include "server/handover.h"

#include <limits>
#include <optional>
#include <utility>

#include "text/json.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "text/utf8.h"

namespace rhumb {
namespace {

constexpr std::string_view kProtocol = "handover";
constexpr std::string_view kInherited = "inherited";

constexpr Named<HandoverKind> kKindWords[] = {
    {"hello", HandoverKind::kHello},    {"socket", HandoverKind::kSocket},
    {"state", HandoverKind::kState},    {"take", HandoverKind::kTake},
    {"taken", HandoverKind::kTaken},    {"yours", HandoverKind::kYours},
    {"refused", HandoverKind::kRefused}};
constexpr Named<SocketUse> kUseWords[] = {{"dns", SocketUse::kDns},
                                          {"http", SocketUse::kHttp},
                                          {"control", SocketUse::kControl},
                                          {"handover", SocketUse::kHandover}};
constexpr Named<Transport> kTransportWords[] = {{"udp", Transport::kUdp}, {"tcp", Transport::kTcp}};

template <typename E, std::size_t N>
std::string_view word_of(E value, const Named<E> (&table)[N]) {
  for (const Named<E>& row : table) {
    if (row.value == value) return row.name;
  }
  return {};
}

template <typename E, std::size_t N>
std::optional<E> meant_by(std::string_view name, const Named<E> (&table)[N]) {
  for (const Named<E>& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

void write_socket(JsonWriter& json, const HandoverSocket& socket) {
  const auto text = [&](std::string_view key, std::string_view value) {
    json.key(key);
    json.text(value);
  };
  text("use", word_of(socket.use, kUseWords));
  if (socket.use == SocketUse::kDns) {
    text("transport", word_of(socket.transport, kTransportWords));
    json.key("worker");
    json.whole(socket.worker);
  }
  const bool has_endpoint = socket.use == SocketUse::kDns || socket.use == SocketUse::kHttp;
  if (has_endpoint) text("address", to_string(socket.endpoint));
  if (!socket.is_inherited) return;
  json.key(kInherited);
  json.boolean(true);
}

// What stands in a message, each member taken once; what is wrong makes the whole of it so.
class MessageMembers {
 public:
  explicit MessageMembers(const JsonValue& message) : message_(message) {}

  std::string_view text(std::string_view name, std::size_t max_size = kMaxHandoverText) {
    const std::string_view value = take(name, JsonKind::kText).text();
    good_ = good_ && value.size() <= max_size;
    return value;
  }
  std::int64_t whole(std::string_view name, std::int64_t max) {
    const auto value = take(name, JsonKind::kNumber).whole();
    if (value && *value >= 0 && *value <= max) return *value;
    good_ = false;
    return 0;
  }
  template <typename E, std::size_t N>
  E one_of(std::string_view name, const Named<E> (&table)[N]) {
    const std::optional<E> value = meant_by(text(name), table);
    good_ = good_ && value;
    return value.value_or(table[0].value);
  }
  Endpoint endpoint(std::string_view name) {
    const auto value = Endpoint::parse(text(name));
    good_ = good_ && value && value->port != 0;
    return value.value_or(Endpoint());
  }
  // False where it is not there.
  bool flag(std::string_view name) {
    return message_.has(name) && take(name, JsonKind::kBoolean).boolean();
  }
  // Whether all was there, and nothing else.
  [[nodiscard]] bool finish() const { return good_ && message_.names().size() == taken_; }

 private:
  const JsonValue& take(std::string_view name, JsonKind kind) {
    ++taken_;
    const JsonValue& value = message_[name];
    good_ = good_ && value.kind() == kind;
    return value;
  }

  const JsonValue& message_;
  std::size_t taken_ = 0;
  bool good_ = true;
};

HandoverSocket socket_of(MessageMembers& members) {
  HandoverSocket socket;
  socket.use = members.one_of("use", kUseWords);
  if (socket.use == SocketUse::kDns) {
    socket.transport = members.one_of("transport", kTransportWords);
    socket.worker = static_cast<int>(members.whole("worker", kMaxHandoverSockets));
  }
  const bool has_endpoint = socket.use == SocketUse::kDns || socket.use == SocketUse::kHttp;
  if (has_endpoint) socket.endpoint = members.endpoint("address");
  const bool may_be_inherited = socket.use == SocketUse::kDns || socket.use == SocketUse::kControl;
  if (may_be_inherited) socket.is_inherited = members.flag(kInherited);
  return socket;
}

HandoverMessage message_of(MessageMembers& members, HandoverKind kind) {
  HandoverMessage message;
  message.kind = kind;
  switch (kind) {
    case HandoverKind::kHello:
      message.program = members.text("program");
      break;
    case HandoverKind::kSocket:
      message.socket = socket_of(members);
      break;
    case HandoverKind::kState:
      message.sockets = static_cast<int>(members.whole("sockets", kMaxHandoverSockets));
      message.manager = members.text("manager");
      message.watchdog_us = members.whole("watchdogUs", std::numeric_limits<std::int64_t>::max());
      break;
    case HandoverKind::kRefused:
      message.reason = cut(members.text("reason", kMaxHandoverBytes), kMaxHandoverReason);
      break;
    case HandoverKind::kTake:
    case HandoverKind::kTaken:
    case HandoverKind::kYours:
      break;
  }
  return message;
}

}  // namespace

std::string write_handover(const HandoverMessage& message) {
  std::string text;
  JsonWriter json(text);
  const auto add = [&](std::string_view key, std::string_view value) {
    json.key(key);
    json.text(value);
  };
  json.begin_object();
  add("rhumb", kProtocol);
  json.key("version");
  json.whole(kHandoverVersion);
  add("kind", word_of(message.kind, kKindWords));
  if (message.kind == HandoverKind::kHello) add("program", message.program);
  if (message.kind == HandoverKind::kSocket) write_socket(json, message.socket);
  if (message.kind == HandoverKind::kState) {
    json.key("sockets");
    json.whole(message.sockets);
    add("manager", message.manager);
    json.key("watchdogUs");
    json.whole(message.watchdog_us);
  }
  if (message.kind == HandoverKind::kRefused)
    add("reason", cut(message.reason, kMaxHandoverReason));
  json.end_object();
  return text;
}

Result<HandoverMessage> read_handover(std::string_view text) {
  constexpr std::string_view kOther = "this is no message of a handover";
  if (text.size() > kMaxHandoverBytes) return Error{std::string(kOther)};
  const Result<JsonValue> read = parse_json(text);
  if (!read.ok()) return Error{std::string(kOther)};
  MessageMembers members(read.value());
  if (members.text("rhumb") != kProtocol) return Error{std::string(kOther)};
  const auto version = members.whole("version", std::numeric_limits<std::int64_t>::max());
  const auto kind = meant_by(members.text("kind"), kKindWords);
  if (version != kHandoverVersion && kind != HandoverKind::kRefused) {
    return Error{"it speaks version " + std::to_string(version) +
                 " of the handover, and this rhumb version " + std::to_string(kHandoverVersion) +
                 "; stop the old server and start the new one instead"};
  }
  if (!kind) return Error{"the handover has no message " + in_quotes(read.value()["kind"].text())};
  HandoverMessage message = message_of(members, *kind);
  // What a refusal of another version has beside its reason is its own affair.
  if (members.finish() || (version != kHandoverVersion && !message.reason.empty())) return message;
  return Error{"a message of the handover is not whole"};
}

HandoverMessage handover_refusal(std::string reason) {
  return {.kind = HandoverKind::kRefused, .reason = std::move(reason)};
}

}  // namespace rhumb
