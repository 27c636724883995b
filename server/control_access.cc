#include "server/control_access.h"

#include <algorithm>

#include "text/scalar.h"

namespace rhumb {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// What can stand in a header's value in one piece.
bool is_token_octet(char letter) { return letter > ' ' && letter <= '~'; }

ControlReply challenge(std::string_view message) {
  ControlReply reply = error_reply(401, message);
  reply.challenge = "Bearer realm=\"rhumb\"";
  return reply;
}

}  // namespace

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

std::optional<ControlReply> refuse_change(const ControlRequest& request, std::string_view token) {
  if (is_safe(request.method)) return std::nullopt;
  if (token.empty()) {
    return error_reply(403,
                       "this address is read-only, since `http` has no tokenFile; use the control "
                       "socket, or give it one");
  }
  if (request.bearer.empty()) {
    return challenge("what changes anything needs the token: Authorization: Bearer ...");
  }
  if (!is_token(request.bearer, token)) return challenge("this is not the token");
  return std::nullopt;
}

// Every octet that is given is looked at, whatever was found before.
bool is_token(std::string_view given, std::string_view token) {
  if (token.empty()) return false;
  unsigned int difference = given.size() == token.size() ? 0U : 1U;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto wanted = static_cast<unsigned char>(token[i % token.size()]);
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned int>(wanted);
  }
  return difference == 0;
}

std::string_view bearer_in(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return trimmed(authorization.substr(kScheme.size()));
}

Result<std::string> read_token(std::string_view text) {
  if (text.size() > kMaxTokenBytes) {
    return Error{"a token has " + std::to_string(kMaxTokenBytes) + " bytes at most"};
  }
  const std::string_view token = trimmed(text);
  if (token.empty()) {
    return Error{"there is no token in it; write one, such as `openssl rand -hex 32` makes"};
  }
  if (!std::ranges::all_of(token, is_token_octet)) {
    return Error{"a token is one word of visible ASCII, such as `openssl rand -hex 32` makes"};
  }
  return std::string(token);
}

}  // namespace rhumb
