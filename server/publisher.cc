#include "server/publisher.h"

#include <sys/timerfd.h>

#include <utility>

namespace rhumb {

Publisher::Publisher(uv_loop_t* loop, Published<View>& views,
                     std::function<std::unique_ptr<View>()> make_view)
    : views_(views),
      make_view_(std::move(make_view)),
      timer_fd_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      timer_(timer_fd_.valid() ? make_poll(loop, timer_fd_.get(), this) : nullptr),
      sweeper_(make_timer(loop, this)) {}

Publisher::~Publisher() {
  if (pending_) publish();
}

void Publisher::changed() {
  if (pending_) return;
  const std::int64_t since_us = static_cast<std::int64_t>((uv_hrtime() - published_at_ns_) / 1000);
  if (since_us >= kGatherUs || timer_ == nullptr) return publish();
  pending_ = true;
  arm(kGatherUs - since_us);
}

void Publisher::publish() { publish(make_view_()); }

void Publisher::publish(std::unique_ptr<View> view) {
  view->generation = generation_ + 1;
  views_.publish(std::move(view));
  ++generation_;
  pending_ = false;
  published_at_ns_ = uv_hrtime();
  sweep();
}

void Publisher::arm(std::int64_t delay_us) {
  itimerspec when{};
  when.it_value.tv_nsec = static_cast<long>(delay_us * 1000);
  timerfd_settime(timer_fd_.get(), 0, &when, nullptr);
  uv_poll_start(timer_.get(), UV_READABLE, [](uv_poll_t* timer, int /*status*/, int /*events*/) {
    uv_poll_stop(timer);
    auto* self = static_cast<Publisher*>(timer->data);
    if (self->pending_) self->publish();
  });
}

void Publisher::sweep() {
  if (views_.sweep() == 0) {
    uv_timer_stop(sweeper_.get());
    return;
  }
  uv_timer_start(
      sweeper_.get(), [](uv_timer_t* timer) { static_cast<Publisher*>(timer->data)->sweep(); },
      kSweepMs, 0);
}

}  // namespace rhumb
