#include "server/follow_command.h"

#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "server/control_api.h"
#include "server/operator_tables.h"
#include "text/json.h"

namespace rhumb {
namespace {

// A line of JSON by one of several servers.
std::string named(const ApiServer& server, std::string_view event) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("server");
  json.text(server.name);
  json.key("event");
  json.raw(event);
  json.end_object();
  return text;
}

// Whether the stream had begun.
bool was_followed(const ApiAnswer& answer) { return answer.status == 200; }

std::string why_ended(const ApiServer& server, const ApiAnswer& answer) {
  if (was_followed(answer)) {
    return server.name + " has ended the stream, as when it stops or restarts; follow it anew";
  }
  if (answer.reached != Reached::kYes) return answer.error;
  const Result<JsonValue> reply = parse_json(answer.body);
  return reply.ok() ? text_of(reply.value()["error"])
                    : "what listens at " + server.name + " is no rhumb";
}

}  // namespace

int follow_events(const Command& command, const std::vector<ApiServer>& servers, std::ostream& out,
                  std::ostream& err) {
  const bool several = servers.size() > 1;
  ApiQuestion question;
  question.path = std::string(kEventsPath) + "?follow=true";
  std::mutex mutex;  // guards the streams and the code
  int code = kExitFailed;
  const auto print = [&](const ApiServer& server, std::string_view line) {
    const Result<JsonValue> event = parse_json(line);
    if (!event.ok()) return;
    const std::lock_guard lock(mutex);
    if (command.json) {
      out << (several ? named(server, line) : std::string(line)) << '\n';
    } else {
      out << (several ? server.name + "  " : "") << event_line(event.value(), command.colour);
    }
    out.flush();
  };
  const auto follow_one = [&](const ApiServer& server) {
    const ApiAnswer answer =
        follow(server, question, [&](std::string_view line) { print(server, line); });
    const std::lock_guard lock(mutex);
    err << "rhumb: " << why_ended(server, answer) << '\n';
    const bool is_gone = was_followed(answer) || answer.reached == Reached::kNo;
    if (!several && is_gone) code = kExitNotReached;
  };
  std::vector<std::thread> threads;
  threads.reserve(servers.size());
  for (const ApiServer& server : servers) {
    threads.emplace_back([&follow_one, &server] { follow_one(server); });
  }
  for (std::thread& thread : threads) thread.join();
  return code;
}

}  // namespace rhumb
