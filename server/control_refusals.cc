// What the control server does with clients that ask for too much, wrongly or too slowly: they are
// refused or let go, and told of in the log.
#include <charconv>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/change_log.h"
#include "server/control_access.h"
#include "server/control_server.h"

namespace rhumb {

void ControlServer::Server::make_room(MHD_Connection* newcomer) {
  clients_.make_room(newcomer, [this](MHD_Connection* client, bool is_idle) {
    if (is_idle) return;
    note_refusal(Refusal::kTurnedAway,
                 {.from = clients_.name_of(client), .reason = "others need its connection"});
  });
}

// Then its reply says why. Whether a push is, its check's own token may decide too.
bool ControlServer::Server::is_refused(ControlExchange& exchange) {
  std::optional<ControlReply> refusal = refuse_change(exchange.request, access_.token);
  if (!refusal) return false;
  exchange.request.may_change = false;
  exchange.reply = std::move(*refusal);
  return !exchange.request.path.starts_with(kPushPrefix);
}

void ControlServer::Server::cut_overdue() {
  clients_.cut_overdue([this](MHD_Connection* client, bool is_idle) {
    if (is_idle) return;  // it has had its replies, and asks for nothing
    const auto found = exchanges_.find(client);
    const ControlRequest asked =
        found == exchanges_.end() ? ControlRequest{} : found->second->request;
    note_refusal(Refusal::kSlow, {.from = clients_.name_of(client),
                                  .method = asked.method,
                                  .path = asked.path,
                                  .reason = "its time for a request or a reply was over"});
  });
}

void ControlServer::Server::note_outcome(const ControlExchange& exchange) {
  const std::string from =
      is_safe(exchange.request.method) ? "" : clients_.name_of(exchange.connection);
  note_change(from, exchange.request, exchange.reply, log_);
  const std::optional<Refusal> kind = refusal_in(exchange.reply);
  if (!kind) return;
  note_refusal(*kind, {.from = clients_.name_of(exchange.connection),
                       .method = exchange.request.method,
                       .path = exchange.request.path,
                       .reason = reason_of(exchange.reply)});
}

// What libmicrohttpd refuses before it asks here it only tells of, and not whom.
void ControlServer::Server::note_message(std::string_view message) {
  constexpr std::string_view kRefused = "Error processing request (HTTP response code is ";
  if (!message.starts_with(kRefused)) return;
  message.remove_prefix(kRefused.size());
  int status = 0;
  std::from_chars(message.data(), message.data() + message.size(), status);
  const std::optional<Refusal> kind = refusal_of_status(status);
  if (kind) note_refusal(*kind, {.from = "unknown", .reason = std::to_string(status)});
}

void ControlServer::Server::note_refusal(Refusal kind, const RefusedClient& client) {
  refusals_.note(kind, client, clock_.now_ms());
}

}  // namespace rhumb
