#include "server/control_clients.h"

#include <poll.h>
#include <sys/socket.h>

namespace rhumb {

void ControlClients::add(MHD_Connection* client, ControlDoor& door, int fd) {
  clients_[client] = {.door = &door, .fd = fd};
  ++door.clients;
  give_time(client);
}

void ControlClients::remove(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  --found->second.door->clients;
  clients_.erase(found);
}

ControlDoor* ControlClients::door_of(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? nullptr : found->second.door;
}

void ControlClients::note_nul(MHD_Connection* client, bool holds_nul) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.sent_nul = holds_nul;
}

bool ControlClients::sent_nul(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  return found != clients_.end() && found->second.sent_nul;
}

void ControlClients::give_time(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.deadline_ms = clock_.now_ms() + patience_ms_;
}

void ControlClients::stop_time(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.deadline_ms = 0;
}

void ControlClients::cut_overdue() const {
  const std::int64_t now_ms = clock_.now_ms();
  for (const auto& [client, of] : clients_) {
    if (of.deadline_ms != 0 && of.deadline_ms < now_ms) shutdown(of.fd, SHUT_RDWR);
  }
}

void ControlClients::cut(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  if (found != clients_.end()) shutdown(found->second.fd, SHUT_RDWR);
}

bool ControlClients::has_hung_up(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return true;
  pollfd peer{found->second.fd, POLLRDHUP, 0};
  return poll(&peer, 1, 0) > 0;
}

}  // namespace rhumb
