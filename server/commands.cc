#include "server/commands.h"

#include <ostream>
#include <string>
#include <string_view>

#include "server/check_command.h"
#include "server/control_api.h"
#include "server/control_socket.h"
#include "server/explain_command.h"
#include "server/http.h"
#include "server/serve.h"
#include "server/tables.h"
#include "server/version.h"
#include "text/json.h"

namespace rhumb {
namespace {

// A reload may wait for its checks for an hour.
constexpr std::int64_t kReplyTimeoutMs = 4'000'000;
// A reply that ends less than this before the limit was ended by it: libcurl reads in such pieces.
constexpr std::size_t kMaxPieceBytes = 16'384;
static_assert(kMaxApiReplyBytes == kMaxJsonSizeBytes, "what is taken can be shown as a table");

struct Question {
  std::string method;
  std::string path;
  std::string (*to_text)(const JsonValue& reply, std::int64_t now_ms);
};

// An ID in a path, as RFC 3986 §2.1 wants it; its slashes stay.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char letter : text) {
    const auto octet = static_cast<unsigned char>(letter);
    const bool plain = (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
                       (octet >= 'a' && octet <= 'z') ||
                       std::string_view("-._~/").find(letter) != std::string_view::npos;
    if (plain) {
      encoded += letter;
    } else {
      encoded.append({'%', kHex[octet >> 4U], kHex[octet & 15U]});
    }
  }
  return encoded;
}

std::string explain_path(const Command& command) {
  std::string path(kExplainPath);
  path += "?name=" + percent_encoded(command.name) + "&type=" + percent_encoded(command.type) +
          "&client=" + percent_encoded(command.client);
  if (!command.subnet.empty()) path += "&ecs=" + percent_encoded(command.subnet);
  return path;
}

Question question_of(const Command& command) {
  const std::string check = std::string(kChecksPath) + "/" + percent_encoded(command.id);
  switch (command.verb) {
    case Verb::kHealth:
      if (command.id.empty()) return {"GET", std::string(kChecksPath), checks_table};
      return {"GET", check, check_table};
    case Verb::kZones:
      return {"GET", std::string(kZonesPath), zones_table};
    case Verb::kReload:
      return {"POST", std::string(kReloadPath), reload_table};
    case Verb::kRecover:
      return {"POST", check + std::string(kRecoverSuffix), recover_table};
    case Verb::kExplain:
      return {"GET", explain_path(command), explain_table};
    case Verb::kStatus:
    case Verb::kServe:
    case Verb::kCheck:
    case Verb::kVersion:
      break;
  }
  return {"GET", std::string(kStatusPath), status_table};
}

int tell_failure(const JsonValue& reply, std::ostream& err) {
  err << "rhumb: " << reply["error"].text() << '\n';
  for (const JsonValue& error : reply["reload"]["errors"].items()) err << error.text() << '\n';
  return kExitFailed;
}

// "Failed to connect to rhumb port 80" is what libcurl says of a Unix socket.
int tell_no_reply(const Command& command, const ApiReply& reply, std::ostream& err) {
  const std::string reason = why_not_reached(command.socket);
  if (!reason.empty()) {
    err << "rhumb: no rhumb was reached at " << command.socket << ": " << reason
        << "; name the controlSocket of a running one with --socket\n";
    return kExitNotReached;
  }
  const bool too_large = reply.body.size() + kMaxPieceBytes > kMaxApiReplyBytes;
  err << "rhumb: " << command.socket << " did not reply in full: "
      << (too_large ? "the reply is larger than 256 MiB" : reply.error) << '\n';
  return kExitFailed;
}

int ask(const Command& command, std::ostream& out, std::ostream& err) {
  const Question question = question_of(command);
  ApiRequest to_send;
  to_send.url = "http://rhumb" + question.path;
  to_send.unix_socket = command.socket;
  to_send.method = question.method;
  to_send.timeout_ms = kReplyTimeoutMs;
  const ApiReply reply = request(to_send);
  if (!reply.error.empty()) return tell_no_reply(command, reply, err);
  const bool done = reply.status >= 200 && reply.status <= 299;
  if (command.json) {
    out << reply.body << '\n';
    return done ? kExitDone : kExitFailed;
  }
  const Result<JsonValue> value = parse_json(reply.body);
  if (!value.ok()) {
    err << "rhumb: what listens at " << command.socket << " is no rhumb: " << value.error() << '\n';
    return kExitFailed;
  }
  if (!done) return tell_failure(value.value(), err);
  out << question.to_text(value.value(), wall_clock_ms());
  return kExitDone;
}

int tell_version(const Command& command, std::ostream& out) {
  if (!command.json) {
    out << "rhumb " << version() << '\n' << "built with " << build() << '\n';
    return kExitDone;
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("version");
  json.text(version());
  json.key("build");
  json.text(build());
  json.end_object();
  out << text << '\n';
  return kExitDone;
}

}  // namespace

bool needs_helper(const Command& command) {
  const bool reads_files = command.verb == Verb::kExplain && !command.config.empty();
  return command.verb == Verb::kServe || command.verb == Verb::kCheck || reads_files;
}

int run_command(const Command& command, std::ostream& out, std::ostream& err, Helper* helper) {
  switch (command.verb) {
    case Verb::kServe:
      return serve(command.config, *helper);
    case Verb::kCheck:
      return check_config(command, out, compiler_of(helper));
    case Verb::kVersion:
      return tell_version(command, out);
    case Verb::kStatus:
    case Verb::kHealth:
    case Verb::kZones:
    case Verb::kReload:
    case Verb::kRecover:
      return ask(command, out, err);
    case Verb::kExplain:
      return command.config.empty() ? ask(command, out, err)
                                    : explain_files(command, compiler_of(helper), out, err);
  }
  return kExitUsage;
}

}  // namespace rhumb
