// The health thread behind the Monitor: its loop, and all that happens on it. Nobody but the
// Monitor knows it.
#pragma once

#include <uv.h>

#include <exception>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "health/schedule.h"
#include "server/announcer.h"
#include "server/check_book.h"
#include "server/monitor.h"
#include "server/prober.h"
#include "server/publisher.h"
#include "server/uv_handle.h"

namespace rhumb {

// Everything but post() and stop() happens on the loop's own thread.
class Monitor::Loop {
 public:
  Loop(Published<View>& views, Clock clock, Log& log, EventLog& events, ProbeTimes& times,
       const Helper* helper);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // False once the loop has stopped; then the task is dropped.
  bool post(std::function<void()> task);
  // Runs `question` on the thread and waits; a T{} when it has stopped.
  template <typename T>
  T ask(std::function<T(Loop&)> question);
  void stop();

  void restore(SavedState state);
  void stand_by() { in_charge_ = false; }
  // Nullopt: what is known already.
  [[nodiscard]] bool renew(std::optional<SavedState> state);
  void watch(std::function<void()> changed) { watcher_ = std::move(changed); }
  void adopt(std::shared_ptr<const Loaded> loaded, std::function<void(Adoption)> done);
  [[nodiscard]] Overview overview() const;
  [[nodiscard]] std::shared_ptr<const View> view() const;
  [[nodiscard]] CheckReport report(std::size_t first, std::size_t looks, Words words) const;
  [[nodiscard]] CheckReport report(std::string_view id) const;
  Recovered recover(std::string_view id);
  void inspect(const std::string& id, ProbeDone done);
  Hearing say(const std::string& id, const CheckOverride& said, Force force);
  Hearing take_back(const std::string& id);
  Hearing say(const Label& label, const Drain& said, Force force);
  Hearing take_back(const Label& label);
  Hearing push(const std::string& id);
  [[nodiscard]] OperatorReport said() const { return {book_.zones(), book_.said()}; }

 private:
  void run();
  void run_tasks();
  void watch_helper(const Helper* helper);
  void tell_of_helper();
  void close();
  void swap_maps();
  void begin();
  void switch_over();
  CheckBook::Switched put_in_force();
  void give_up();
  void follow(const CheckBook::Switched& switched);
  void tell_of_edition(const CheckBook::Switched& switched);
  void pump();
  void end_words(std::int64_t now_ms);
  [[nodiscard]] std::optional<std::int64_t> next_word_end_ms() const;
  void take_over_pushes(std::int64_t now_ms);
  void see_to(CheckSlot slot, std::int64_t now_ms);
  void probe(CheckSlot slot);
  void take_result(CheckBook::Ticket ticket, const LastProbe& result);
  void publish_changes();
  void tell_changes(const std::string& cause = {});
  void tell_watcher();
  [[nodiscard]] std::string danger_of(const std::function<void(Operator&)>& change) const;

  Clock clock_;
  Announcer announcer_;
  ProbeTimes& times_;
  const Helper* helper_ = nullptr;
  uv_loop_t uv_{};
  uv_async_t wake_{};
  UvTimer due_;
  UvTimer patience_;  // startupWait
  UvPoll helper_news_;
  CheckBook book_;
  Schedule schedule_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Prober> prober_;
  std::shared_ptr<const Loaded> in_force_;
  std::shared_ptr<const Loaded> adopting_;
  std::vector<CheckSlot> to_probe_;  // new checks of it
  std::function<void(Adoption)> adopted_;
  std::function<void()> watcher_;
  std::list<ProbeDone> inspections_;  // under way
  bool in_charge_ = true;             // no other server is, whose word counts for what ends

  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> tasks_;
  bool stopping_ = false;
  bool closed_ = false;
  std::thread thread_;
};

template <typename T>
T Monitor::Loop::ask(std::function<T(Loop&)> question) {
  const auto answer = std::make_shared<std::promise<T>>();
  auto future = answer->get_future();
  const bool posted = post([this, answer, &question] {
    try {
      answer->set_value(question(*this));
    } catch (...) {  // want of memory for the asker's copy is the asker's affair
      answer->set_exception(std::current_exception());
    }
  });
  return posted ? future.get() : T{};
}

}  // namespace rhumb
