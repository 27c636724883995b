// What other threads hand to the one that serves the API: replies to requests that waited, and new
// terms of access, in the order in which they were put. Each wakes that thread through a
// descriptor.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "server/control_api.h"
#include "server/http_access.h"
#include "server/listeners.h"

namespace rhumb {

// Outlives the server if a reply comes late. Safe to use from every thread.
class ControlInbox {
 public:
  struct Item {
    std::uint64_t exchange = 0;  // whose reply this is
    ControlReply reply{};
    std::optional<HttpAccess> access{};  // instead of a reply
  };

  ControlInbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  void put(Item item) {
    std::list<Item> one;
    one.push_back(std::move(item));
    put(one);
  }
  // Puts the reply that it is called with, once. It has its room from the start, and throws nothing
  // then.
  static ControlApi::Done slot(std::shared_ptr<ControlInbox> inbox, std::uint64_t exchange) {
    auto room = std::make_shared<std::list<Item>>(1);
    room->front().exchange = exchange;
    return [inbox = std::move(inbox), room = std::move(room)](ControlReply reply) {
      room->front().reply = std::move(reply);
      inbox->put(*room);
    };
  }
  // Asks the system once, however often it is called until the thread has woken.
  void wake() {
    if (!woken_.exchange(true)) eventfd_write(wake_.get(), 1);
  }
  // What is put from here on wakes the thread again.
  std::list<Item> take() {
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
    woken_ = false;
    return std::exchange(items_, {});
  }
  // Readable while there is something.
  [[nodiscard]] int fd() const { return wake_.get(); }

 private:
  void put(std::list<Item>& one) {
    const std::lock_guard lock(mutex_);
    items_.splice(items_.end(), one);
    wake();
  }

  Fd wake_;
  std::atomic<bool> woken_{false};  // and take() has not been called since
  std::mutex mutex_;
  std::list<Item> items_;
};

}  // namespace rhumb
