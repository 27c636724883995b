#include "server/control_clients.h"

#include <poll.h>
#include <sys/socket.h>

#include <tuple>

#include "server/control_socket.h"
#include "server/tcp_census.h"

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
  if (found == clients_.end()) return "unknown";
  if (found->second.from) return to_string(*found->second.from);
  return "controlSocket " + user_of(found->second.fd);
}

void ControlClients::make_room(MHD_Connection* newcomer, const OnCut& on_cut) {
  const auto found = clients_.find(newcomer);
  if (found == clients_.end()) return;
  const ControlDoor* const door = found->second.door;
  if (found->second.from) {
    const IpPrefix origin = client_prefix(found->second.from->address);
    const auto is_of_origin = [&](const Client& other) {
      return other.door == door && other.from && origin.contains(other.from->address);
    };
    thin(newcomer, room_.clients_of_an_origin, is_of_origin, on_cut);
  }
  const auto is_of_door = [&](const Client& other) { return other.door == door; };
  thin(newcomer, room_.clients, is_of_door, on_cut);
}

template <typename Crowd>
void ControlClients::thin(MHD_Connection* newcomer, std::size_t most, Crowd is_of_crowd,
                          const OnCut& on_cut) {
  const auto rank = [](const Client& of) { return std::tuple(of.has_asked, of.turn); };
  std::size_t count = 0;
  auto idlest = clients_.find(newcomer);
  for (auto at = clients_.begin(); at != clients_.end(); ++at) {
    const Client& of = at->second;
    if (of.is_cut || !is_of_crowd(of)) continue;
    ++count;
    if (of.deadline_ms == 0) continue;
    const bool is_newest = idlest->first == newcomer;
    if (is_newest || rank(of) < rank(idlest->second)) {
      if (at->first != newcomer) idlest = at;
    }
  }
  if (count <= most) return;
  cut(idlest->first);
  on_cut(idlest->first, idlest->second.idle);
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
  found->second.has_asked = false;
  give_time(client);
}

void ControlClients::note_whole_request(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.has_asked = true;
}

bool ControlClients::sent_nul(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  return found != clients_.end() && found->second.sent_nul;
}

void ControlClients::give_time(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  found->second.deadline_ms = clock_.now_ms() + patience_ms_;
  found->second.turn = ++last_turn_;
}

void ControlClients::stop_time(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found != clients_.end()) found->second.deadline_ms = 0;
}

void ControlClients::cut_overdue(const OnCut& on_cut) {
  const std::int64_t now_ms = clock_.now_ms();
  for (auto& [client, of] : clients_) {
    if (of.is_cut || of.deadline_ms == 0 || of.deadline_ms >= now_ms) continue;
    cut(client);
    on_cut(client, of.idle);
  }
}

void ControlClients::cut(MHD_Connection* client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  found->second.is_cut = true;
  shutdown(found->second.fd, SHUT_RDWR);
}

bool ControlClients::has_hung_up(MHD_Connection* client) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return true;
  pollfd peer{found->second.fd, POLLRDHUP, 0};
  return poll(&peer, 1, 0) > 0;
}

}  // namespace rhumb
