// Swaps the View that queries read. The first change is published at once; those that follow within
// the next kGatherUs ride together. Lives on the health thread's loop, which alone publishes.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "answer/view.h"
#include "base/published.h"
#include "server/listeners.h"
#include "server/uv_handle.h"

namespace rhumb {

inline constexpr std::int64_t kGatherUs = 500;
// How often old views are looked at while a reader holds one.
inline constexpr std::uint64_t kSweepMs = 100;

class Publisher {
 public:
  // `make_view` gives what is true at the time; the publisher numbers it.
  // `loop` runs once more after the publisher's end to free its handles.
  Publisher(uv_loop_t* loop, Published<View>& views,
            std::function<std::unique_ptr<View>()> make_view);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  // What is pending is published.
  ~Publisher();

  // Something changed: publishes now or soon.
  void changed();
  void publish();
  // Publishes this one instead of make_view()'s. Throws std::bad_alloc before anything has changed.
  void publish(std::unique_ptr<View> view);
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  void arm(std::int64_t delay_us);
  void sweep();

  Published<View>& views_;
  std::function<std::unique_ptr<View>()> make_view_;
  Fd timer_fd_;   // uv's own timers count in milliseconds
  UvPoll timer_;  // null: there is no such timer, and every change is published at once
  UvTimer sweeper_;
  bool pending_ = false;
  std::uint64_t published_at_ns_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace rhumb
