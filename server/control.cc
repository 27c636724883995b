#include "server/control.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "server/control_access.h"
#include "server/control_server.h"
#include "server/request_bounds.h"
#include "server/socket_address.h"

namespace rhumb {
namespace {

// How often overdue clients are looked for.
constexpr int kTickMs = 500;
// Turns given to replies at the end, so that they can leave.
constexpr int kLastTurns = 4;
// Of a stream, handed on at once.
constexpr std::size_t kPieceBytes = std::size_t{16} * 1024;
// Accepted beyond the limit until those that are cut off for them have gone.
constexpr unsigned int kNewcomers = 16;
constexpr const char* kTlsVersions = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
constexpr std::size_t kMaxMessageBytes = 512;
// Until the next turn, where there was no memory for one.
constexpr int kNoMemoryPauseMs = 100;

constexpr std::string_view kNoMemory =
    "there is not enough memory to reply; a change that was asked for may be in force all the same";

// The first line of what the library says.
std::string text_of_message(const char* format, va_list arguments) {
  std::array<char, kMaxMessageBytes> text{};
  vsnprintf(text.data(), text.size(), format, arguments);
  const std::string_view all = text.data();
  return std::string(all.substr(0, all.find('\n')));
}

struct Arguments {
  std::map<std::string, std::string> all;
  bool complete = true;
};

// Of the query in the URL; the last of a name counts.
std::map<std::string, std::string> arguments_of(MHD_Connection* connection) {
  const auto take = [](void* to, MHD_ValueKind /*kind*/, const char* key, const char* value) {
    auto& arguments = *static_cast<Arguments*>(to);
    try {
      arguments.all[key] = value == nullptr ? "" : value;
    } catch (const std::bad_alloc&) {  // not through the library
      arguments.complete = false;
    }
    return arguments.complete ? MHD_YES : MHD_NO;
  };
  Arguments arguments;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take, &arguments);
  if (!arguments.complete) throw std::bad_alloc();
  return std::move(arguments.all);
}

struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using Response = std::unique_ptr<MHD_Response, DestroyResponse>;

std::string_view header_of(MHD_Connection* connection, const char* name) {
  const char* given = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return given == nullptr ? "" : given;
}

}  // namespace

struct ControlServer::Server::Callbacks {
  static void on_message(void* self, const char* format, va_list arguments);
  static void* on_target(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path,
                               const char* method, const char* version, const char* body,
                               std::size_t* body_size, void** exchange);
  static void on_completed(void* self, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode code);
  static void on_connection(void* self, MHD_Connection* connection, void** context,
                            MHD_ConnectionNotificationCode code);
  static ssize_t on_piece(void* exchange, std::uint64_t position, char* out, std::size_t max);
};

bool ControlServer::Server::start() {
  doors_.push_back(std::make_unique<ControlDoor>(ControlDoor{}));
  if (!open(*doors_.back(), sockets_.socket.get())) return false;
  sockets_.socket.release();  // the daemon's now
  if (sockets_.http.valid() && !open_http(access_)) return false;
  thread_ = std::thread([this] { run(); });
  return true;
}

void ControlServer::Server::stop() {
  stopping_ = true;
  inbox_->wake();
  if (thread_.joinable()) thread_.join();
  for (const auto& door : doors_) {
    if (door->daemon != nullptr) MHD_stop_daemon(door->daemon);
  }
  doors_.clear();
  if (!sockets_.path.empty()) unlink(sockets_.path.c_str());
}

bool ControlServer::Server::open(ControlDoor& door, int socket) {
  std::vector<MHD_OptionItem> more;
  // NOLINTNEXTLINE
  const auto text = [](const std::string& pem) { return const_cast<char*>(pem.c_str()); };
  if (!door.access.certificate.empty()) {
    more.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, text(door.access.certificate)});
    more.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, text(door.access.key)});
    more.push_back({MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kTlsVersions)});  // NOLINT
  }
  more.push_back({MHD_OPTION_END, 0, nullptr});
  const unsigned int tls = door.access.certificate.empty() ? 0U : unsigned{MHD_USE_TLS};
  door.daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | tls, 0, nullptr, nullptr,
      &Callbacks::on_request, this, MHD_OPTION_EXTERNAL_LOGGER, &Callbacks::on_message, this,
      MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT,
      kMaxApiConnections + kNewcomers, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMaxApiConnectionBytes,
      MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::on_completed, this, MHD_OPTION_NOTIFY_CONNECTION,
      &Callbacks::on_connection, this, MHD_OPTION_URI_LOG_CALLBACK, &Callbacks::on_target, this,
      MHD_OPTION_ARRAY, more.data(), MHD_OPTION_END);
  if (door.daemon == nullptr) return false;
  door.epoll_fd = MHD_get_daemon_info(door.daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  return true;
}

// Every daemon has a copy of the socket: one with another certificate can follow it.
bool ControlServer::Server::open_http(const HttpAccess& access) {
  auto door = std::make_unique<ControlDoor>(ControlDoor{.is_http = true, .access = access});
  doors_.reserve(doors_.size() + 1);  // a daemon that runs must find its place
  Fd socket(fcntl(sockets_.http.get(), F_DUPFD_CLOEXEC, 0));
  if (!socket.valid() || !open(*door, socket.get())) return false;
  socket.release();
  doors_.push_back(std::move(door));
  return true;
}

void ControlServer::Server::run() {
  pthread_setname_np(pthread_self(), "control");
  while (!stopping_) {
    try {
      wait();
      turn();
    } catch (const std::bad_alloc&) {  // the next turn does what this one left
      poll(nullptr, 0, kNoMemoryPauseMs);
    }
  }
  finish();
}

void ControlServer::Server::wait() {
  MHD_UNSIGNED_LONG_LONG timeout_ms = kTickMs;
  std::vector<pollfd> watched = {{inbox_->fd(), POLLIN, 0}};
  for (const auto& door : doors_) {
    MHD_UNSIGNED_LONG_LONG own_ms = kTickMs;
    if (MHD_get_timeout(door->daemon, &own_ms) == MHD_YES)
      timeout_ms = std::min(timeout_ms, own_ms);
    watched.push_back({door->epoll_fd, POLLIN, 0});
  }
  poll(watched.data(), watched.size(), static_cast<int>(timeout_ms));
}

void ControlServer::Server::turn() {
  api_.tick();
  deliver();
  feed_followers();
  for (const auto& door : doors_) MHD_run(door->daemon);
  cut_overdue();
  close_retired();
}

void ControlServer::Server::deliver() {
  for (ControlInbox::Item& item : inbox_->take()) {
    if (item.access) renew(std::move(*item.access));
    const auto found = waiting_.find(item.exchange);
    if (found != waiting_.end()) answer(*found->second, std::move(item.reply));
  }
}

// Where memory ends, the certificate stays as it is.
void ControlServer::Server::renew(HttpAccess access) try {
  access_ = std::move(access);
  const auto is_open = [](const auto& door) { return door->is_http && !door->retired; };
  const auto found = std::ranges::find_if(doors_, is_open);
  if (found == doors_.end()) return;
  ControlDoor& old = **found;
  if (old.access.certificate == access_.certificate && old.access.key == access_.key) return;
  if (!open_http(access_)) return log_.error("http.listen keeps its certificate; TLS refused");
  retire(old);
} catch (const std::bad_alloc&) {
}

void ControlServer::Server::retire(ControlDoor& door) {
  door.retired = true;
  const Fd no_more_clients(MHD_quiesce_daemon(door.daemon));
  clients_.each_of(door, [this](MHD_Connection* client) {
    if (!exchanges_.contains(client)) clients_.cut(client);
  });
}

void ControlServer::Server::close_retired() {
  std::erase_if(doors_, [](const auto& door) {
    const bool is_over = door->retired && door->clients == 0;
    if (is_over) MHD_stop_daemon(door->daemon);
    return is_over;
  });
}

// A suspended connection is not read, so that its end must be looked for. Where there is no memory
// for what comes next, the stream ends.
void ControlServer::Server::feed_followers() {
  for (auto at = following_.begin(); at != following_.end();) {
    ControlExchange& exchange = **at++;
    exchange.ended =
        stopping_ || exchange.door.retired || clients_.has_hung_up(exchange.connection);
    try {
      exchange.piece = exchange.reply.stream->next();
    } catch (const std::bad_alloc&) {
      exchange.ended = true;
    }
    if (exchange.ended || !exchange.piece.empty()) go_on(exchange);
  }
}

void ControlServer::Server::go_on(ControlExchange& exchange) {
  following_.erase(&exchange);
  clients_.give_time(exchange.connection);
  MHD_resume_connection(exchange.connection);
}

// libmicrohttpd aborts when it is stopped while a connection is suspended. None is from here on:
// ask() refuses what is read in the last turns, and no stream waits.
void ControlServer::Server::finish() {
  for (const auto& door : doors_) {
    if (!door->retired) retire(*door);
  }
  deliver();
  feed_followers();
  while (!waiting_.empty()) {
    refuse(*waiting_.begin()->second, to_string(Readiness::kStopping));
  }
  for (int i = 0; i < kLastTurns; ++i) {
    for (const auto& door : doors_) MHD_run(door->daemon);
  }
}

void ControlServer::Server::Callbacks::on_message(void* self, const char* format,
                                                  va_list arguments) try {
  static_cast<Server*>(self)->note_message(text_of_message(format, arguments));
} catch (const std::bad_alloc&) {  // it goes untold
}

// As it was sent: the library's own text of it ends at %00. It belongs to no exchange yet.
void* ControlServer::Server::Callbacks::on_target(void* self, const char* target,
                                                  MHD_Connection* connection) {
  static_cast<Server*>(self)->clients_.begin_request(connection, holds_nul(target));
  return nullptr;
}

MHD_Result ControlServer::Server::Callbacks::on_request(void* self, MHD_Connection* connection,
                                                        const char* path, const char* method,
                                                        const char* /*version*/, const char* body,
                                                        std::size_t* body_size,
                                                        void** exchange) try {
  auto* server = static_cast<Server*>(self);
  const bool goes_on =
      *exchange == nullptr
          ? server->begin(connection, path, method, exchange)
          : server->serve(*static_cast<ControlExchange*>(*exchange), body, body_size);
  return goes_on ? MHD_YES : MHD_NO;
} catch (const std::bad_alloc&) {
  return MHD_NO;  // the connection ends
}

void ControlServer::Server::Callbacks::on_completed(void* self, MHD_Connection* connection,
                                                    void** exchange,
                                                    MHD_RequestTerminationCode /*code*/) {
  if (*exchange == nullptr) return;
  auto* server = static_cast<Server*>(self);
  auto* completed = static_cast<ControlExchange*>(*exchange);
  if (completed->streams) --completed->door.followers;
  server->waiting_.erase(completed->id);
  server->following_.erase(completed);
  server->exchanges_.erase(connection);
  server->clients_.end_request(connection);
  *exchange = nullptr;
}

void ControlServer::Server::Callbacks::on_connection(void* self, MHD_Connection* connection,
                                                     void** /*context*/,
                                                     MHD_ConnectionNotificationCode code) try {
  auto* server = static_cast<Server*>(self);
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) return server->clients_.remove(connection);
  const auto* daemon = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  const auto* from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  for (const auto& door : server->doors_) {
    if (door->daemon != daemon->daemon) continue;
    server->clients_.add(connection, *door, fd, to_endpoint(from->client_addr));
    server->make_room(connection);
  }
} catch (const std::bad_alloc&) {  // its first request finds that it is not known
}

// Once the headers are read. What is refused here is refused without its body.
bool ControlServer::Server::begin(MHD_Connection* connection, const char* path, const char* method,
                                  void** exchange) {
  ControlDoor* const door = clients_.door_of(connection);
  if (door == nullptr) return false;
  auto begun = std::make_unique<ControlExchange>(
      ControlExchange{.id = ++last_id_, .server = this, .door = *door, .connection = connection});
  begun->request = {
      .method = method,
      .path = std::string(path_of(path)),
      .arguments = arguments_of(connection),
      .body = {},
      .bearer = std::string(bearer_in(header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION)))};
  ControlExchange& kept = *(exchanges_[connection] = std::move(begun));
  *exchange = &kept;
  if (clients_.sent_nul(connection)) return queue(kept, nul_in_target());
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (info->header_size > kMaxApiHeaderBytes) return queue(kept, headers_too_large());
  const std::string_view length = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  if (content_length(length) > kMaxDiscardedBytes) return queue(kept, body_too_large());
  return true;
}

// Called for each piece of the request's body, then until there is a reply.
bool ControlServer::Server::serve(ControlExchange& exchange, const char* body,
                                  std::size_t* body_size) {
  if (*body_size > 0) {
    exchange.body_bytes += *body_size;
    if (exchange.body_bytes > kMaxDiscardedBytes) {
      exchange.reply = body_too_large();
      note_outcome(exchange);
      return false;
    }
    if (exchange.body_bytes <= kMaxApiBodyBytes) exchange.request.body.append(body, *body_size);
    *body_size = 0;
    return true;
  }
  if (exchange.wordless) return false;
  if (exchange.answered) return queue(exchange, std::move(exchange.reply));
  return exchange.asked || ask(exchange);
}

bool ControlServer::Server::ask(ControlExchange& exchange) {
  exchange.asked = true;
  clients_.note_whole_request(exchange.connection);
  if (stopping_) return queue(exchange, error_reply(503, to_string(Readiness::kStopping)));
  if (exchange.body_bytes > kMaxApiBodyBytes) return queue(exchange, body_too_large());
  if (exchange.door.is_http && is_refused(exchange)) {
    return queue(exchange, std::move(exchange.reply));
  }
  waiting_[exchange.id] = &exchange;
  clients_.stop_time(exchange.connection);
  MHD_suspend_connection(exchange.connection);
  try {
    api_.handle(exchange.request, ControlInbox::slot(inbox_, exchange.id));
  } catch (const std::bad_alloc&) {
    refuse(exchange, kNoMemory);
  }
  return true;
}

void ControlServer::Server::answer(ControlExchange& exchange, ControlReply reply) {
  exchange.reply = std::move(reply);
  exchange.answered = true;
  resume(exchange);
}

// Where there is no memory for the words, the connection just ends.
void ControlServer::Server::refuse(ControlExchange& exchange, std::string_view why) {
  try {
    answer(exchange, error_reply(503, why));
  } catch (const std::bad_alloc&) {
    exchange.wordless = true;
    resume(exchange);
  }
}

void ControlServer::Server::resume(ControlExchange& exchange) {
  waiting_.erase(exchange.id);
  clients_.give_time(exchange.connection);
  MHD_resume_connection(exchange.connection);
}

bool ControlServer::Server::queue(ControlExchange& exchange, ControlReply reply) {
  if (reply.stream != nullptr && exchange.door.followers >= kMaxFollowers) {
    reply = error_reply(503, std::to_string(kMaxFollowers) + " clients follow here already");
  }
  exchange.asked = true;
  exchange.reply = std::move(reply);
  const ControlReply& kept = exchange.reply;
  note_outcome(exchange);
  // The body is borrowed: the exchange ends only when the response has been sent, or given up.
  const Response owned(
      kept.stream != nullptr
          ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kPieceBytes, &Callbacks::on_piece,
                                              &exchange, nullptr)
          : MHD_create_response_from_buffer(
                kept.body.size(), const_cast<char*>(kept.body.data()),  // NOLINT: it is only read
                MHD_RESPMEM_PERSISTENT));
  MHD_Response* const response = owned.get();
  if (response == nullptr) return false;
  if (kept.stream != nullptr) {
    exchange.streams = true;
    ++exchange.door.followers;
    kept.stream->on_more([inbox = inbox_] { inbox->wake(); });
  }
  MHD_add_response_header(response, "Content-Type", kept.content_type.c_str());
  if (!kept.allow.empty()) MHD_add_response_header(response, "Allow", kept.allow.c_str());
  if (!kept.challenge.empty()) {
    MHD_add_response_header(response, "WWW-Authenticate", kept.challenge.c_str());
  }
  if (exchange.door.retired) MHD_add_response_header(response, "Connection", "close");
  const auto status = static_cast<unsigned int>(kept.status);
  return MHD_queue_response(exchange.connection, status, response) == MHD_YES;
}

ssize_t ControlServer::Server::Callbacks::on_piece(void* exchange, std::uint64_t /*position*/,
                                                   char* out, std::size_t max) {
  auto& of = *static_cast<ControlExchange*>(exchange);
  try {
    return static_cast<Server*>(of.server)->next_piece(of, out, max);
  } catch (const std::bad_alloc&) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
}

ssize_t ControlServer::Server::next_piece(ControlExchange& exchange, char* out, std::size_t max) {
  std::string& piece = exchange.piece;
  if (piece.empty() && !exchange.ended) piece = exchange.reply.stream->next();
  if (!piece.empty()) {
    const std::size_t size = std::min(max, piece.size());
    std::copy_n(piece.begin(), size, out);
    piece.erase(0, size);
    clients_.give_time(exchange.connection);
    return static_cast<ssize_t>(size);
  }
  if (exchange.ended || stopping_ || exchange.door.retired) return MHD_CONTENT_READER_END_OF_STREAM;
  following_.insert(&exchange);
  clients_.stop_time(exchange.connection);
  MHD_suspend_connection(exchange.connection);
  return 0;
}

ControlServer::ControlServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

std::unique_ptr<ControlServer> ControlServer::start(ControlSockets sockets, HttpAccess access,
                                                    ControlApi& api, Log& log,
                                                    ControlLimits limits) {
  auto server = std::make_unique<Server>(std::move(sockets), std::move(access), api, log, limits);
  if (!server->start()) {
    server->stop();
    return nullptr;
  }
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(server)));
}

ControlServer::~ControlServer() { server_->stop(); }

void ControlServer::set_path(std::string path) { server_->set_path(std::move(path)); }
void ControlServer::adopt(HttpAccess access) { server_->adopt(std::move(access)); }

std::string why_no_tls(const HttpAccess& access) {
  std::string reason;
  const auto take = [](void* to, const char* format, va_list arguments) {
    auto& all = *static_cast<std::string*>(to);
    if (all.empty()) all = text_of_message(format, arguments);
  };
  const auto refuse = [](auto...) { return MHD_NO; };
  MHD_Result (*const nobody)(void*, MHD_Connection*, const char*, const char*, const char*,
                             const char*, std::size_t*, void**) = refuse;
  MHD_Daemon* daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_TLS | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, nullptr,
      nullptr, nobody, nullptr, MHD_OPTION_EXTERNAL_LOGGER,
      static_cast<void (*)(void*, const char*, va_list)>(take), &reason, MHD_OPTION_HTTPS_MEM_CERT,
      access.certificate.c_str(), MHD_OPTION_HTTPS_MEM_KEY, access.key.c_str(), MHD_OPTION_END);
  if (daemon == nullptr) return reason.empty() ? "libmicrohttpd refuses them" : reason;
  MHD_stop_daemon(daemon);
  return {};
}

}  // namespace rhumb
