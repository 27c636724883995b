#include "server/tcp_listener.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "server/clock.h"

namespace rhumb {
namespace {

constexpr std::uint64_t kListenAgainMs = 500;

// accept(2): errors that are pending on the new connection, which has gone, or was not let in.
bool is_of_one_connection(int status) {
  constexpr std::array<int, 9> kOfOne = {UV_ECONNABORTED, UV_ENETDOWN,  UV_EPROTO,
                                         UV_ENOPROTOOPT,  UV_EHOSTDOWN, UV_EHOSTUNREACH,
                                         UV_ENETUNREACH,  UV_ETIMEDOUT, UV_EPERM};
  return std::ranges::find(kOfOne, status) != kOfOne.end();
}

}  // namespace

TcpListener::TcpListener(uv_loop_t* loop, Listener listener, const Events& events, Log& log)
    : loop_(loop),
      listener_(std::move(listener)),
      events_(events),
      log_(log),
      again_(make_timer(loop, this)) {
  listen();
}

void TcpListener::close() {
  server_.reset();
  again_.reset();
  listener_.fd = Fd();
}

void TcpListener::listen() {
  const int copy = fcntl(listener_.fd.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return pause(-errno);
  server_.reset(new uv_tcp_t);
  uv_tcp_init(loop_, server_.get());
  server_->data = this;
  int error = uv_tcp_open(server_.get(), copy);
  if (error != 0) {
    ::close(copy);
    return pause(error);
  }
  const auto on_connection = [](uv_stream_t* server, int status) {
    static_cast<TcpListener*>(server->data)->on_event(server, status);
  };
  // NOLINTNEXTLINE: how libuv types it
  error = uv_listen(reinterpret_cast<uv_stream_t*>(server_.get()), kTcpBacklog, on_connection);
  if (error != 0) pause(error);
}

// libuv comes back at once as long as it cannot accept, and to nothing else.
void TcpListener::on_event(uv_stream_t* server, int status) {
  if (status == UV_EMFILE || status == UV_ENFILE) {
    if (!events_.no_descriptor()) server_.reset();
    return;
  }
  if (is_of_one_connection(status)) return;
  if (status != 0) return pause(status);
  events_.connection(server);
  const std::uint64_t faults = fault_.is_on() ? fault_.ends(monotonic_ms()) : 0;
  if (faults == 0) return;
  log_.info("accepts connections again",
            {{"address", to_string(listener_.endpoint)}, {"errors", std::to_string(faults)}});
}

void TcpListener::pause(int error) {
  server_.reset();
  uv_timer_start(
      again_.get(), [](uv_timer_t* again) { static_cast<TcpListener*>(again->data)->listen(); },
      kListenAgainMs, 0);
  if (!fault_.begins(monotonic_ms())) return;
  log_.error("cannot accept connections",
             {{"address", to_string(listener_.endpoint)}, {"reason", uv_strerror(error)}});
}

}  // namespace rhumb
