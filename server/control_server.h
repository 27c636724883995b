// The thread behind the ControlServer, and what belongs to it: its listeners, its clients, and what
// becomes of their requests. Nobody but the ControlServer knows it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/control.h"
#include "server/control_clients.h"
#include "server/control_exchange.h"
#include "server/control_inbox.h"
#include "server/refusal_log.h"

namespace rhumb {

// Everything but start(), stop() and the inbox belongs to the thread.
class ControlServer::Server {
 public:
  Server(ControlSockets sockets, HttpAccess access, ControlApi& api, Log& log, ControlLimits limits)
      : sockets_(std::move(sockets)),
        access_(std::move(access)),
        api_(api),
        log_(log),
        clients_(limits.patience_ms, {kMaxApiConnections, kMaxApiConnectionsOfClient}),
        refusals_(log) {}

  bool start();
  void stop();
  // Of the thread that calls stop().
  void set_path(std::string path) { sockets_.path = std::move(path); }
  void adopt(HttpAccess access) { inbox_->put({.access = std::move(access)}); }

 private:
  struct Callbacks;  // what libmicrohttpd calls

  bool open(ControlDoor& door, int socket);
  bool open_http(const HttpAccess& access);
  void renew(HttpAccess access);
  void retire(ControlDoor& door);
  void close_retired();
  void run();
  void wait();
  void turn();
  void deliver();
  void feed_followers();
  void go_on(ControlExchange& exchange);
  void finish();
  // begin(), serve(), ask() and queue(): false ends the connection.
  bool begin(MHD_Connection* connection, const char* path, const char* method, void** exchange);
  bool serve(ControlExchange& exchange, const char* body, std::size_t* body_size);
  bool ask(ControlExchange& exchange);
  // In control_refusals.cc.
  void make_room(MHD_Connection* newcomer);
  bool is_refused(ControlExchange& exchange);
  void cut_overdue();
  void note_outcome(const ControlExchange& exchange);
  void note_message(std::string_view message);
  void note_refusal(Refusal kind, const RefusedClient& client);
  void answer(ControlExchange& exchange, ControlReply reply);
  void refuse(ControlExchange& exchange, std::string_view why);
  void resume(ControlExchange& exchange);
  bool queue(ControlExchange& exchange, ControlReply reply);
  ssize_t next_piece(ControlExchange& exchange, char* out, std::size_t max);

  ControlSockets sockets_;
  HttpAccess access_;
  ControlApi& api_;
  Log& log_;
  std::vector<std::unique_ptr<ControlDoor>> doors_;
  ControlClients clients_;
  RefusalLog refusals_;
  Clock clock_;
  std::map<MHD_Connection*, std::unique_ptr<ControlExchange>> exchanges_;
  std::map<std::uint64_t, ControlExchange*> waiting_;  // suspended until there is a reply
  std::set<ControlExchange*> following_;  // suspended until there is more of the stream
  std::uint64_t last_id_ = 0;
  std::shared_ptr<ControlInbox> inbox_ = std::make_shared<ControlInbox>();
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace rhumb
