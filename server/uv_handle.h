// Owners of libuv handles: a handle is closed when its owner goes and freed by the loop's next
// turn, so whoever destroys owners runs the loop once more before closing it.
#pragma once

#include <uv.h>

#include <memory>

namespace rhumb {

struct CloseUvHandle {
  template <typename Handle>
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),  // NOLINT: how libuv types it
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });  // NOLINT
  }
};

using UvTimer = std::unique_ptr<uv_timer_t, CloseUvHandle>;

// A timer that stands still. `data` is what its callback finds in timer->data.
inline UvTimer make_timer(uv_loop_t* loop, void* data) {
  auto timer = std::make_unique<uv_timer_t>();
  uv_timer_init(loop, timer.get());
  timer->data = data;
  return UvTimer(timer.release());
}

using UvPoll = std::unique_ptr<uv_poll_t, CloseUvHandle>;

// Watches nothing yet. The socket stays the caller's, who drops the UvPoll before closing it. Null
// if libuv refuses the socket.
inline UvPoll make_poll(uv_loop_t* loop, int socket, void* data) {
  auto poll = std::make_unique<uv_poll_t>();
  if (uv_poll_init(loop, poll.get(), socket) != 0) return nullptr;
  poll->data = data;
  return UvPoll(poll.release());
}

}  // namespace rhumb
