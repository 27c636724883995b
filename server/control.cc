#include "server/control.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "text/scalar.h"

namespace rhumb {
namespace {

// How often overdue clients are looked for.
constexpr int kTickMs = 500;
// Turns given to replies at the end, so that they can leave.
constexpr int kLastTurns = 3;

// Replies on their way from the threads that made them; outlives the server if one comes late.
class Inbox {
 public:
  struct Item {
    std::uint64_t exchange;
    ControlReply reply;
  };

  Inbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  void put(Item item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    wake();
  }
  void wake() const { eventfd_write(wake_.get(), 1); }
  std::vector<Item> take() {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
    return std::exchange(items_, {});
  }
  [[nodiscard]] int fd() const { return wake_.get(); }

 private:
  Fd wake_;
  std::mutex mutex_;
  std::vector<Item> items_;
};

// One request. It is suspended from being read until its reply is there, since libmicrohttpd would
// otherwise ask for the reply again and again.
struct Exchange {
  std::uint64_t id = 0;
  ControlRequest request;
  bool asked = false;
  bool answered = false;
  ControlReply reply;
};

struct Client {
  int fd = -1;
  std::int64_t deadline_ms = 0;  // 0: the client waits for us
};

// Of the query in the URL; the last of a name counts.
std::map<std::string, std::string> arguments_of(MHD_Connection* connection) {
  std::map<std::string, std::string> arguments;
  const auto take = [](void* to, MHD_ValueKind /*kind*/, const char* key, const char* value) {
    auto& all = *static_cast<std::map<std::string, std::string>*>(to);
    all[key] = value == nullptr ? "" : value;
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take, &arguments);
  return arguments;
}

// RFC 6750 §2.1.
std::string bearer_of(MHD_Connection* connection) {
  constexpr std::string_view kScheme = "Bearer ";
  const char* given =
      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  const std::string_view text = given == nullptr ? "" : given;
  if (!equal_ignoring_case(text.substr(0, kScheme.size()), kScheme)) return {};
  return std::string(text.substr(kScheme.size()));
}

MHD_Result queue_reply(MHD_Connection* connection, const ControlReply& reply) {
  MHD_Response* response = MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()),  // NOLINT: it is copied
      MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", reply.content_type.c_str());
  if (!reply.allow.empty()) MHD_add_response_header(response, "Allow", reply.allow.c_str());
  const auto status = static_cast<unsigned int>(reply.status);
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

// Everything but start(), stop() and the Inbox belongs to the thread.
class ControlServer::Server {
 public:
  Server(Fd socket, std::string path, ControlApi& api, ControlLimits limits)
      : socket_(std::move(socket)), path_(std::move(path)), api_(api), limits_(limits) {}

  bool start();
  void stop();

 private:
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path,
                               const char* method, const char* version, const char* body,
                               std::size_t* body_size, void** exchange);
  static void on_completed(void* self, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode code);
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);

  void run();
  void turn();
  void deliver();
  void close_overdue();
  void finish();
  MHD_Result serve(MHD_Connection* connection, Exchange& exchange, const char* body,
                   std::size_t* body_size);
  MHD_Result ask(MHD_Connection* connection, Exchange& exchange);
  void answer(MHD_Connection* connection, Exchange& exchange, ControlReply reply);
  void give_time(MHD_Connection* connection);

  Fd socket_;
  std::string path_;
  ControlApi& api_;
  ControlLimits limits_;
  Clock clock_;
  MHD_Daemon* daemon_ = nullptr;
  int epoll_fd_ = -1;
  std::map<MHD_Connection*, Client> clients_;
  std::map<MHD_Connection*, std::unique_ptr<Exchange>> exchanges_;
  std::map<std::uint64_t, MHD_Connection*> waiting_;  // suspended, by exchange
  std::uint64_t last_id_ = 0;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

bool ControlServer::Server::start() {
  daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
                       &Server::on_request, this, MHD_OPTION_LISTEN_SOCKET, socket_.get(),  //
                       MHD_OPTION_CONNECTION_LIMIT, kMaxApiConnections,                     //
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMaxApiHeaderBytes,              //
                       MHD_OPTION_NOTIFY_COMPLETED, &Server::on_completed, this,            //
                       MHD_OPTION_NOTIFY_CONNECTION, &Server::on_connection, this, MHD_OPTION_END);
  if (daemon_ == nullptr) return false;
  socket_.release();  // the daemon's now
  epoll_fd_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  thread_ = std::thread([this] { run(); });
  return true;
}

void ControlServer::Server::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  inbox_->wake();
  thread_.join();
}

void ControlServer::Server::run() {
  pthread_setname_np(pthread_self(), "control");
  while (!stopping_) {
    MHD_UNSIGNED_LONG_LONG timeout_ms = kTickMs;
    if (MHD_get_timeout(daemon_, &timeout_ms) != MHD_YES) timeout_ms = kTickMs;
    std::array<pollfd, 2> watched = {{{epoll_fd_, POLLIN, 0}, {inbox_->fd(), POLLIN, 0}}};
    poll(watched.data(), watched.size(),
         static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(timeout_ms, kTickMs)));
    turn();
  }
  finish();
}

void ControlServer::Server::turn() {
  deliver();
  MHD_run(daemon_);
  close_overdue();
}

void ControlServer::Server::deliver() {
  for (Inbox::Item& item : inbox_->take()) {
    const auto found = waiting_.find(item.exchange);
    if (found == waiting_.end()) continue;
    MHD_Connection* connection = found->second;
    answer(connection, *exchanges_.at(connection), std::move(item.reply));
  }
}

void ControlServer::Server::close_overdue() {
  const std::int64_t now_ms = clock_.now_ms();
  for (auto& [connection, client] : clients_) {
    if (client.deadline_ms != 0 && client.deadline_ms < now_ms) shutdown(client.fd, SHUT_RDWR);
  }
}

// libmicrohttpd aborts when it is stopped while a connection is suspended. None is from here on:
// ask() refuses what is read in the last turns.
void ControlServer::Server::finish() {
  const Fd no_more_clients(MHD_quiesce_daemon(daemon_));
  deliver();
  while (!waiting_.empty()) {
    MHD_Connection* connection = waiting_.begin()->second;
    answer(connection, *exchanges_.at(connection),
           error_reply(503, to_string(Readiness::kStopping)));
  }
  for (int i = 0; i < kLastTurns; ++i) MHD_run(daemon_);
  unlink(path_.c_str());
  MHD_stop_daemon(daemon_);
}

MHD_Result ControlServer::Server::on_request(void* self, MHD_Connection* connection,
                                             const char* path, const char* method,
                                             const char* /*version*/, const char* body,
                                             std::size_t* body_size, void** exchange) {
  auto* server = static_cast<Server*>(self);
  if (*exchange != nullptr) {
    return server->serve(connection, *static_cast<Exchange*>(*exchange), body, body_size);
  }
  auto begun = std::make_unique<Exchange>();
  begun->id = ++server->last_id_;
  begun->request = {.method = method,
                    .path = path,
                    .arguments = arguments_of(connection),
                    .body = {},
                    .bearer = bearer_of(connection)};
  *exchange = begun.get();
  server->exchanges_[connection] = std::move(begun);
  return MHD_YES;
}

void ControlServer::Server::on_completed(void* self, MHD_Connection* connection, void** exchange,
                                         MHD_RequestTerminationCode /*code*/) {
  auto* server = static_cast<Server*>(self);
  if (*exchange == nullptr) return;
  server->waiting_.erase(static_cast<Exchange*>(*exchange)->id);
  server->exchanges_.erase(connection);
  server->give_time(connection);
  *exchange = nullptr;
}

void ControlServer::Server::on_connection(void* self, MHD_Connection* connection,
                                          void** /*context*/, MHD_ConnectionNotificationCode code) {
  auto* server = static_cast<Server*>(self);
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    server->clients_.erase(connection);
    return;
  }
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  server->clients_[connection].fd = info->connect_fd;
  server->give_time(connection);
}

// Called for each piece of the request's body, then until there is a reply.
MHD_Result ControlServer::Server::serve(MHD_Connection* connection, Exchange& exchange,
                                        const char* body, std::size_t* body_size) {
  if (*body_size > 0) {
    std::string& taken = exchange.request.body;
    if (*body_size > kMaxApiBodyBytes - taken.size()) return MHD_NO;
    taken.append(body, std::exchange(*body_size, 0));
    return MHD_YES;
  }
  if (exchange.answered) return queue_reply(connection, exchange.reply);
  return exchange.asked ? MHD_YES : ask(connection, exchange);
}

MHD_Result ControlServer::Server::ask(MHD_Connection* connection, Exchange& exchange) {
  exchange.asked = true;
  if (stopping_) return queue_reply(connection, error_reply(503, to_string(Readiness::kStopping)));
  waiting_[exchange.id] = connection;
  clients_[connection].deadline_ms = 0;
  MHD_suspend_connection(connection);
  try {
    api_.handle(exchange.request, [inbox = inbox_, id = exchange.id](ControlReply reply) {
      inbox->put({id, std::move(reply)});
    });
  } catch (const std::bad_alloc&) {
    answer(connection, exchange, error_reply(503, "there is not enough memory to reply"));
  }
  return MHD_YES;
}

void ControlServer::Server::answer(MHD_Connection* connection, Exchange& exchange,
                                   ControlReply reply) {
  waiting_.erase(exchange.id);
  exchange.reply = std::move(reply);
  exchange.answered = true;
  give_time(connection);
  MHD_resume_connection(connection);
}

void ControlServer::Server::give_time(MHD_Connection* connection) {
  const auto client = clients_.find(connection);
  if (client != clients_.end()) client->second.deadline_ms = clock_.now_ms() + limits_.patience_ms;
}

ControlServer::ControlServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

std::unique_ptr<ControlServer> ControlServer::start(Fd socket, const std::string& path,
                                                    ControlApi& api, ControlLimits limits) {
  auto server = std::make_unique<Server>(std::move(socket), path, api, limits);
  if (!server->start()) {
    unlink(path.c_str());
    return nullptr;
  }
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(server)));
}

ControlServer::~ControlServer() { server_->stop(); }

}  // namespace rhumb
