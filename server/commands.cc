#include "server/commands.h"

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api_client.h"
#include "server/check_command.h"
#include "server/control_api.h"
#include "server/explain_command.h"
#include "server/follow_command.h"
#include "server/operator_tables.h"
#include "server/probe_command.h"
#include "server/probe_table.h"
#include "server/serve.h"
#include "server/tables.h"
#include "server/version.h"
#include "text/json.h"
#include "text/percent.h"

namespace rhumb {
namespace {

using ToText = std::string (*)(const JsonValue& reply, std::int64_t now_ms, Colour colour);

struct Question {
  ApiQuestion to_ask;
  ToText to_text;
};

// An ID in a path; its slashes stay.
std::string id_in_path(std::string_view id) { return percent_encoded(id, "/"); }

std::string explain_path(const Command& command) {
  std::string path(kExplainPath);
  path += "?name=" + percent_encoded(command.name) + "&type=" + percent_encoded(command.type) +
          "&client=" + percent_encoded(command.client);
  if (!command.subnet.empty()) path += "&ecs=" + percent_encoded(command.subnet);
  return path;
}

// {"state":…,"for":…,"reason":…,"force":true}, without what is not said.
std::string body_of(const Said& said) {
  std::string text;
  JsonWriter json(text);
  const auto write = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    json.key(key);
    json.text(value);
  };
  json.begin_object();
  write("state", said.state);
  write("for", said.duration);
  write("reason", said.reason);
  if (said.force) {
    json.key("force");
    json.boolean(true);
  }
  json.end_object();
  return text;
}

Question get(std::string path, ToText to_text) { return {{.path = std::move(path)}, to_text}; }

Question change(std::string method, std::string path, ToText to_text, std::string body = {}) {
  return {{.method = std::move(method), .path = std::move(path), .body = std::move(body)}, to_text};
}

Question reload_question(const Command& command) {
  Question question = change("POST", std::string(kReloadPath), reload_table,
                             command.keep_bad_zones ? R"({"keepBadZones":true})" : "");
  question.to_ask.timeout_ms = kReloadReplyTimeoutMs;
  return question;
}

Question question_of(const Command& command) {
  const std::string id = "/" + id_in_path(command.id);
  const std::string check = std::string(kChecksPath) + id;
  const std::string override_path = std::string(kOverridesPath) + id;
  const std::string drain = std::string(kDrainsPath) + id;
  switch (command.verb) {
    case Verb::kHealth:
      if (command.id.empty()) return get(std::string(kChecksPath), checks_table);
      return get(check, check_table);
    case Verb::kZones:
      return get(std::string(kZonesPath), zones_table);
    case Verb::kEvents:
      return get(std::string(kEventsPath), events_table);
    case Verb::kReload:
      return reload_question(command);
    case Verb::kRecover:
      return change("POST", check + std::string(kRecoverSuffix), recover_table);
    case Verb::kProbe:
      return change("POST", check + std::string(kProbeSuffix), probe_table);
    case Verb::kOverride:
      return change("PUT", override_path, override_table, body_of(command.said));
    case Verb::kClear:
      return change("DELETE", override_path, done_table);
    case Verb::kDrain:
      return change("PUT", drain, drain_table, body_of(command.said));
    case Verb::kRestore:
      return change("DELETE", drain, done_table);
    case Verb::kExplain:
      return get(explain_path(command), explain_table);
    case Verb::kStatus:
    case Verb::kServe:
    case Verb::kCheck:
    case Verb::kVersion:
      break;
  }
  return get(std::string(kStatusPath), status_table);
}

// What a server's answer comes to.
struct CommandOutcome {
  int code = kExitDone;
  std::string out;  // text
  std::string err;  // lines
};

std::string failure_of(const JsonValue& reply) {
  std::string text = text_of(reply["error"]) + "\n";
  for (const JsonValue& error : reply["reload"]["errors"].items()) text += text_of(error) + "\n";
  return text;
}

// Of a reload, which zones it went on without, and their errors; empty: it took them all.
std::string zones_passed_over(const JsonValue& reply) {
  const JsonValue& reload = reply["reload"];
  std::string text;
  for (const JsonValue& zone : reload["badZones"].items()) {
    text += zone["zone"].is_null()
                ? text_of(zone["file"]) + " has errors and is left out\n"
                : text_of(zone["zone"]) +
                      " has errors and stays as it was: " + text_of(zone["file"]) + "\n";
  }
  if (text.empty()) return text;
  for (const JsonValue& error : reload["errors"].items()) text += text_of(error) + "\n";
  return text;
}

// That all was taken as it was asked for.
int code_of_done(const JsonValue& reply) {
  return reply["reload"]["badZones"].items().empty() ? kExitDone : kExitFailed;
}

CommandOutcome outcome_of(const ApiServer& server, const ApiAnswer& answer,
                          const Question& question, Colour colour) {
  if (answer.reached == Reached::kNo) return {kExitNotReached, "", answer.error + "\n"};
  if (answer.reached == Reached::kCut) return {kExitFailed, "", answer.error + "\n"};
  const Result<JsonValue> value = parse_json(answer.body);
  if (!value.ok()) {
    return {kExitFailed, "",
            "what listens at " + server.name + " is no rhumb: " + value.error() + "\n"};
  }
  if (!answer.is_done()) return {kExitFailed, "", failure_of(value.value())};
  const std::string warning = text_of(value.value()["warning"]);
  return {code_of_done(value.value()), question.to_text(value.value(), wall_clock_ms(), colour),
          zones_passed_over(value.value()) + (warning.empty() ? "" : "warning: " + warning + "\n")};
}

// What operators have said, behind a status that counts it.
std::string said_tables(const ApiServer& server, const JsonValue& status, Colour colour) {
  std::string text;
  const auto add = [&](std::string_view counted_as, std::string_view path, ToText to_text) {
    if (whole_of(status[counted_as]) == 0) return;
    const Question question = get(std::string(path), to_text);
    text += "\n" + outcome_of(server, ask(server, question.to_ask), question, colour).out;
  };
  add("overrides", kOverridesPath, overrides_table);
  add("drains", kDrainsPath, drains_table);
  return text;
}

int tell_one(const Command& command, const ApiServer& server, const Question& question,
             std::ostream& out, std::ostream& err) {
  const ApiAnswer answer = ask(server, question.to_ask);
  if (command.json && answer.reached == Reached::kYes) {
    out << answer.body << '\n';
    const Result<JsonValue> reply = parse_json(answer.body);
    if (!answer.is_done()) return kExitFailed;
    return reply.ok() ? code_of_done(reply.value()) : kExitDone;
  }
  const CommandOutcome outcome = outcome_of(server, answer, question, command.colour);
  if (!outcome.err.empty()) err << "rhumb: " << outcome.err;
  out << outcome.out;
  if (command.verb == Verb::kStatus && outcome.code == kExitDone) {
    out << said_tables(server, parse_json(answer.body).value(), command.colour);
  }
  return outcome.code;
}

// An object with a member for each server: its reply, or {"error":…}.
std::string json_of(const std::vector<ApiServer>& servers, const std::vector<ApiAnswer>& answers) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (std::size_t i = 0; i < servers.size(); ++i) {
    json.key(servers[i].name);
    if (answers[i].reached == Reached::kYes && parse_json(answers[i].body).ok()) {
      json.raw(answers[i].body);
      continue;
    }
    json.begin_object();
    json.key("error");
    json.text(answers[i].reached == Reached::kYes ? "it is no rhumb" : answers[i].error);
    json.end_object();
  }
  json.end_object();
  return text + "\n";
}

// Each under its name. What one did not do is said of it at the end, so that it is not overlooked.
int tell_all(const Command& command, const std::vector<ApiServer>& servers,
             const Question& question, std::ostream& out, std::ostream& err) {
  const std::vector<ApiAnswer> answers = ask_all(servers, question.to_ask);
  if (command.json) out << json_of(servers, answers);
  std::string failures;
  int code = kExitDone;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const CommandOutcome outcome = outcome_of(servers[i], answers[i], question, command.colour);
    if (outcome.code != kExitDone) code = kExitFailed;
    const bool is_named = answers[i].reached != Reached::kYes;  // in the error
    const std::string name = is_named ? "" : servers[i].name + ": ";
    if (!outcome.err.empty()) failures += "rhumb: " + name + outcome.err;
    if (command.json || outcome.out.empty()) continue;
    out << "== " << servers[i].name << '\n' << outcome.out;
  }
  out.flush();
  err << failures;
  return code;
}

int ask_servers(const Command& command, std::ostream& out, std::ostream& err) {
  const Result<std::vector<ApiServer>> servers = servers_of(command.targets);
  if (!servers.ok()) {
    err << "rhumb: " << servers.error() << '\n';
    return kExitFailed;
  }
  if (command.verb == Verb::kEvents && command.follow) {
    return follow_events(command, servers.value(), out, err);
  }
  const Question question = question_of(command);
  err << clear_tokens(servers.value(), question.to_ask) << std::flush;
  return servers.value().size() == 1
             ? tell_one(command, servers.value().front(), question, out, err)
             : tell_all(command, servers.value(), question, out, err);
}

int tell_version(const Command& command, std::ostream& out) {
  if (!command.json) {
    out << "rhumb " << version() << '\n' << "built with " << build() << '\n';
    std::string all;
    for (const std::string_view feature : features()) {
      all += (all.empty() ? "" : ", ") + std::string(feature);
    }
    out << "features " << all << '\n';
    return kExitDone;
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("version");
  json.text(version());
  json.key("build");
  json.text(build());
  json.key("features");
  json.begin_array();
  for (const std::string_view feature : features()) json.text(feature);
  json.end_array();
  json.end_object();
  out << text << '\n';
  return kExitDone;
}

}  // namespace

bool needs_helper(const Command& command) {
  const bool may_read_files = command.verb == Verb::kExplain || command.verb == Verb::kProbe;
  const bool reads_files = may_read_files && !command.config.empty();
  return command.verb == Verb::kServe || command.verb == Verb::kCheck || reads_files;
}

int run_command(const Command& command, std::ostream& out, std::ostream& err, Helper* helper,
                const PassedDescriptors& passed) {
  switch (command.verb) {
    case Verb::kServe:
      return serve({.config = command.config,
                    .start = command.replace ? Start::kInItsPlace : Start::kBesideNone,
                    .last_good = command.last_good,
                    .passed = passed},
                   *helper);
    case Verb::kCheck:
      return check_config(command, out, compiler_of(helper));
    case Verb::kVersion:
      return tell_version(command, out);
    case Verb::kStatus:
    case Verb::kHealth:
    case Verb::kZones:
    case Verb::kEvents:
    case Verb::kReload:
    case Verb::kRecover:
    case Verb::kOverride:
    case Verb::kClear:
    case Verb::kDrain:
    case Verb::kRestore:
      return ask_servers(command, out, err);
    case Verb::kProbe:
      return command.config.empty() ? ask_servers(command, out, err)
                                    : probe_files(command, helper, out, err);
    case Verb::kExplain:
      return command.config.empty() ? ask_servers(command, out, err)
                                    : explain_files(command, compiler_of(helper), out, err);
  }
  return kExitUsage;
}

}  // namespace rhumb
