// A listening socket on a loop. What goes wrong with one connection is passed over; when the socket
// itself fails, it pauses and listens anew, as often as need be, with its address still its own.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>

#include "server/fault_pace.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/uv_handle.h"

namespace rhumb {

class TcpListener {
 public:
  // On the loop's thread.
  struct Events {
    std::function<void(uv_stream_t* server)> connection;  // may be accepted
    // None is left for a connection that waits. Called again until there is one; false: it is to
    // listen no more.
    std::function<bool()> no_descriptor;
  };

  // All but the listener is borrowed.
  TcpListener(uv_loop_t* loop, Listener listener, const Events& events, Log& log);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  // On the loop's thread, which then turns once more: listens no more.
  void close();

 private:
  void listen();
  void on_event(uv_stream_t* server, int status);
  void pause(int error);

  uv_loop_t* loop_;
  Listener listener_;  // libuv has a copy of the descriptor, which is closed for a pause
  const Events& events_;
  Log& log_;
  std::unique_ptr<uv_tcp_t, CloseUvHandle> server_;
  UvTimer again_;
  FaultPace fault_;
};

}  // namespace rhumb
