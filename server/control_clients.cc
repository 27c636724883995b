#include "server/control_clients.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace rhumb {

void ControlClients::add(MHD_Connection* client, ControlDoor& door, int fd, const Endpoint& from) {
  clients_[client] = {.door = &door, .fd = fd};
  if (door.is_http) clients_[client].from = from;
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

std::string ControlClients::name_of(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  const bool by_tcp = found != clients_.end() && found->second.from;
  return by_tcp ? to_string(*found->second.from) : "controlSocket";
}

std::size_t ControlClients::count_of(const IpAddress& address) const {
  const auto is_there = [&](const auto& entry) {
    const std::optional<Endpoint>& from = entry.second.from;
    return from && from->address == address;
  };
  return static_cast<std::size_t>(std::ranges::count_if(clients_, is_there));
}

void ControlClients::begin_request(MHD_Connection* client, bool holds_nul) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  found->second.sent_nul = holds_nul;
  found->second.idle = false;
}

void ControlClients::end_request(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  found->second.idle = true;
  give_time(client);
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

void ControlClients::cut_overdue(
    const std::function<void(MHD_Connection* client, bool is_idle)>& on_cut) {
  const std::int64_t now_ms = clock_.now_ms();
  for (auto& [client, of] : clients_) {
    if (of.deadline_ms == 0 || of.deadline_ms >= now_ms) continue;
    shutdown(of.fd, SHUT_RDWR);
    of.deadline_ms = 0;  // once
    on_cut(client, of.idle);
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
