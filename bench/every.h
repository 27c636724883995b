// Does something again and again in a thread of its own until it goes out of scope.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace rhumb::bench {

class Every {
 public:
  Every(std::chrono::milliseconds pause, std::function<void()> what) {
    thread_ = std::thread([this, pause, what = std::move(what)] {
      for (auto next = std::chrono::steady_clock::now() + pause; !stop_; next += pause) {
        what();
        std::this_thread::sleep_until(next);
      }
    });
  }
  Every(const Every&) = delete;
  Every& operator=(const Every&) = delete;
  ~Every() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace rhumb::bench
