#include "server/control_access.h"

#include <utility>

#include "text/blanks.h"
#include "text/scalar.h"
#include "text/token.h"

namespace rhumb {
bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

std::optional<ControlReply> refuse_change(const ControlRequest& request, std::string_view token) {
  if (is_safe(request.method)) return std::nullopt;
  if (token.empty()) {
    ControlReply reply = error_reply(403,
                                     "this address is read-only, since `http` has no tokenFile; "
                                     "use the control socket, or give it one");
    reply.refusal = "read-only";
    return reply;
  }
  if (request.bearer.empty()) {
    return challenge("what changes anything needs the token: Authorization: Bearer ...",
                     "no token");
  }
  if (!is_same_token(request.bearer, token))
    return challenge("this is not the token", "wrong token");
  return std::nullopt;
}

ControlReply challenge(std::string_view message, std::string refusal) {
  ControlReply reply = error_reply(401, message);
  reply.challenge = "Bearer realm=\"rhumb\"";
  reply.refusal = std::move(refusal);
  return reply;
}

std::string_view bearer_in(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return trim_blanks(authorization.substr(kScheme.size()));
}

}  // namespace rhumb
