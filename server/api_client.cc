#include "server/api_client.h"

#include <future>
#include <utility>

#include "server/api_request.h"
#include "server/control_access.h"
#include "server/control_socket.h"
#include "server/loopback.h"
#include "text/quote.h"
#include "text/scalar.h"
#include "zones/token_file.h"

namespace rhumb {
namespace {

// A reply that ends less than this before the limit was ended by it: libcurl reads in such pieces.
constexpr std::size_t kMaxPieceBytes = 16'384;
// A line of a stream; an event is far shorter.
constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20U;
constexpr std::string_view kPlainScheme = "http://";
constexpr std::int64_t kForeverMs = std::int64_t{3'650} * 86'400'000;

Result<std::string> token_of(const Targets& targets) {
  if (targets.token_file.empty()) return std::string();
  Result<std::string> token = read_token_file(targets.token_file);
  if (token.ok()) return token;
  return Error{"the token file " + path_in_quotes(targets.token_file) + " " + token.error()};
}

ApiRequest to_request(const ApiServer& server, const ApiQuestion& question) {
  ApiRequest made;
  std::string base = server.by_url ? server.name : "http://rhumb";
  while (base.ends_with('/')) base.pop_back();
  made.url = base + question.path;
  if (!server.by_url) made.unix_socket = server.name;
  made.method = question.method;
  const std::string_view token = token_for(server, question);
  if (!token.empty()) made.headers.push_back("Authorization: Bearer " + std::string(token));
  if (!question.body.empty()) made.headers.emplace_back("Content-Type: application/json");
  made.body = question.body;
  made.ca_file = server.ca_file;
  made.timeout_ms = question.timeout_ms;
  made.connect_timeout_ms = kServerConnectTimeoutMs;
  return made;
}

// "Failed to connect to rhumb port 80" is what libcurl says of a Unix socket.
std::string why_no_reply(const ApiServer& server, const ApiReply& reply) {
  if (server.by_url) return reply.connected ? "" : reply.error;
  const auto unreached = why_not_reached(server.name);
  return unreached ? unreached->why : "";
}

ApiAnswer to_answer(const ApiServer& server, ApiReply reply) {
  ApiAnswer answer;
  answer.status = reply.status;
  answer.body = std::move(reply.body);
  if (reply.error.empty()) return answer;
  const std::string reason = why_no_reply(server, reply);
  if (!reason.empty()) {
    answer.reached = Reached::kNo;
    answer.error = "no rhumb was reached at " + server.name + ": " + reason;
    if (!server.by_url) answer.error += "; name the controlSocket of a running one with --socket";
    return answer;
  }
  const bool too_large = answer.body.size() + kMaxPieceBytes > kMaxApiReplyBytes;
  answer.reached = Reached::kCut;
  answer.error = server.name +
                 (answer.status == 0 ? " did not reply: " : " did not reply in full: ") +
                 (too_large ? "the reply is larger than 256 MiB" : reply.error);
  return answer;
}

// Of http://HOST:PORT/…; libcurl asks nobody who localhost is.
bool stays_here(std::string_view url) {
  url.remove_prefix(kPlainScheme.size());
  std::string_view host = url.substr(0, url.find('/'));
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  const auto address = IpAddress::parse(host);
  return address ? is_loopback(*address) : equal_ignoring_case(host, "localhost");
}

// Whether all on the way can read what is sent there.
bool is_read_by_all(const ApiServer& server) {
  return server.by_url && server.name.starts_with(kPlainScheme) && !stays_here(server.name);
}

}  // namespace

std::string_view token_for(const ApiServer& server, const ApiQuestion& question) {
  return is_safe(question.method) && is_read_by_all(server) ? std::string_view() : server.token;
}

std::string clear_tokens(const std::vector<ApiServer>& servers, const ApiQuestion& question) {
  std::string lines;
  for (const ApiServer& server : servers) {
    if (token_for(server, question).empty() || !is_read_by_all(server)) continue;
    lines += "rhumb: warning: the token goes in clear to " + server.name +
             ", and all on the way can read it; write https://\n";
  }
  return lines;
}

Result<std::vector<ApiServer>> servers_of(const Targets& targets) {
  Result<std::string> token = token_of(targets);
  if (!token.ok()) return Error{token.error()};
  if (targets.sockets.size() + targets.servers.size() > kMaxServersAsked) {
    return Error{"more than " + std::to_string(kMaxServersAsked) + " servers at once"};
  }
  std::vector<ApiServer> servers;
  for (const std::string& socket : targets.sockets) servers.push_back({.name = socket});
  for (const std::string& url : targets.servers) {
    servers.push_back(
        {.name = url, .by_url = true, .token = token.value(), .ca_file = targets.ca_file});
  }
  if (servers.empty()) servers.push_back({.name = std::string(kDefaultControlSocket)});
  return servers;
}

ApiAnswer ask(const ApiServer& server, const ApiQuestion& question) {
  return to_answer(server, request(to_request(server, question)));
}

std::vector<ApiAnswer> ask_all(const std::vector<ApiServer>& servers, const ApiQuestion& question) {
  if (servers.size() == 1) return {ask(servers.front(), question)};
  std::vector<std::future<ApiAnswer>> asked;
  asked.reserve(servers.size());
  for (const ApiServer& server : servers) {
    asked.push_back(std::async(std::launch::async, [&] { return ask(server, question); }));
  }
  std::vector<ApiAnswer> answers;
  answers.reserve(servers.size());
  for (auto& one : asked) answers.push_back(one.get());
  return answers;
}

ApiAnswer follow(const ApiServer& server, const ApiQuestion& question,
                 const std::function<void(std::string_view line)>& on_line) {
  ApiRequest wanted = to_request(server, question);
  wanted.timeout_ms = kForeverMs;
  std::string line;
  wanted.on_data = [&](std::string_view data) {
    for (std::size_t end = data.find('\n'); end != std::string_view::npos; end = data.find('\n')) {
      line.append(data.substr(0, end));
      on_line(line);
      line.clear();
      data.remove_prefix(end + 1);
    }
    line.append(data);
    return line.size() <= kMaxLineBytes;
  };
  return to_answer(server, request(wanted));
}

}  // namespace rhumb
