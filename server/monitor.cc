#include "server/monitor.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <exception>
#include <future>
#include <list>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "health/schedule.h"
#include "server/probe_key.h"
#include "server/prober.h"
#include "server/publisher.h"
#include "server/uv_handle.h"

namespace rhumb {
namespace {

constexpr int kHealthNice = -5;
// Statuses that are copied at a time, between which verdicts are dealt with.
constexpr std::size_t kReportChunk = 1024;
// Undecided checks that are named in the log when an edition takes effect.
constexpr std::size_t kMaxUndecidedNamed = 20;

std::vector<std::uint64_t> copy_of(std::span<const std::uint64_t> words) {
  return {words.begin(), words.end()};
}

std::unique_ptr<View> view_of(const Loaded& loaded, const Gates& gates) {
  auto view = std::make_unique<View>();
  view->zones = loaded.zones;
  view->maps = loaded.maps;
  view->alive = copy_of(gates.alive());
  view->options = loaded.config.options;
  return view;
}

}  // namespace

// Everything but post() and stop() happens on the loop's own thread.
class Monitor::Loop {
 public:
  Loop(Published<View>& views, Clock clock, Log& log);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // False once the loop has stopped; then the task is dropped.
  bool post(std::function<void()> task);
  // Runs `question` on the thread and waits; a T{} when it has stopped.
  template <typename T>
  T ask(std::function<T(Loop&)> question);
  void stop();

  void restore(std::vector<SavedCheck> checks) { book_.restore(std::move(checks)); }
  void watch(std::function<void()> changed) { watcher_ = std::move(changed); }
  void adopt(std::shared_ptr<const Loaded> loaded, std::function<void(Adoption)> done);
  [[nodiscard]] Overview overview() const;
  [[nodiscard]] std::shared_ptr<const View> view() const;
  [[nodiscard]] CheckReport report(std::size_t first, std::size_t count) const;
  [[nodiscard]] CheckReport report(std::string_view id) const;
  Recovered recover(std::string_view id);
  void inspect(const std::string& id, ProbeDone done);

 private:
  void run();
  void run_tasks();
  void close();
  void swap_maps();
  void begin();
  void switch_over();
  void put_in_force();
  void give_up();
  void follow(const CheckBook::Switched& switched);
  void pump();
  void probe(CheckSlot slot);
  void take_result(CheckBook::Ticket ticket, const LastProbe& result);
  void act_on(const CheckSpec& spec, const Verdicts& verdicts, std::string_view reason);
  void tell(const CheckSpec& spec, const Verdicts& verdicts, std::string_view reason);
  void tell_undecided();
  void tell_watcher();

  Clock clock_;
  Log& log_;
  uv_loop_t uv_{};
  uv_async_t wake_{};
  UvTimer due_;
  UvTimer patience_;  // startupWait
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

  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> tasks_;
  bool stopping_ = false;
  bool closed_ = false;
  std::thread thread_;
};

Monitor::Loop::Loop(Published<View>& views, Clock clock, Log& log) : clock_(clock), log_(log) {
  uv_loop_init(&uv_);
  uv_async_init(&uv_, &wake_,
                [](uv_async_t* wake) { static_cast<Loop*>(wake->data)->run_tasks(); });
  wake_.data = this;
  due_ = make_timer(&uv_, this);
  patience_ = make_timer(&uv_, this);
  publisher_ = std::make_unique<Publisher>(&uv_, views,
                                           [this] { return view_of(*in_force_, book_.gates()); });
  prober_ = std::make_unique<Prober>(&uv_);
  thread_ = std::thread([this] { run(); });
}

Monitor::Loop::~Loop() {
  stop();
  uv_loop_close(&uv_);
}

bool Monitor::Loop::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  uv_async_send(&wake_);
  return true;
}

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

void Monitor::Loop::stop() {
  post([this] {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  });
  if (thread_.joinable()) thread_.join();
}

void Monitor::Loop::run() {
  pthread_setname_np(pthread_self(), "health");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kHealthNice);  // or as it is
  uv_run(&uv_, UV_RUN_DEFAULT);
}

void Monitor::Loop::run_tasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ || closed_) return;
    if (!tasks_.empty()) {  // asked in the meantime, and waited for
      uv_async_send(&wake_);
      return;
    }
    closed_ = true;
  }
  close();
}

void Monitor::Loop::close() {
  if (adopted_) std::exchange(adopted_, {})(Adoption::kStopped);
  prober_.reset();
  for (const ProbeDone& done : std::exchange(inspections_, {})) done(Probed::kStopped, {});
  publisher_.reset();
  due_.reset();
  patience_.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);  // NOLINT: how libuv types it
}

void Monitor::Loop::adopt(std::shared_ptr<const Loaded> loaded,
                          std::function<void(Adoption)> done) {
  adopting_ = std::move(loaded);
  adopted_ = std::move(done);
  if (adopting_->zones == book_.zones()) return swap_maps();
  try {
    begin();
  } catch (const std::bad_alloc&) {
    return give_up();
  }
  if (book_.awaited() == 0) return switch_over();
  uv_update_time(&uv_);
  uv_timer_start(
      patience_.get(), [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->switch_over(); },
      static_cast<std::uint64_t>(adopting_->config.startup_wait_ms), 0);
  pump();
}

// Nothing else differs from what is in force, and no check need know of it.
void Monitor::Loop::swap_maps() {
  try {
    publisher_->publish(view_of(*adopting_, book_.gates()));
  } catch (const std::bad_alloc&) {
    return give_up();
  }
  in_force_ = std::move(adopting_);
  std::exchange(adopted_, {})(Adoption::kInForce);
}

void Monitor::Loop::begin() {
  const std::int64_t now_ms = clock_.now_ms();
  to_probe_ = book_.begin(adopting_->zones, now_ms);
  schedule_.make_room(book_.slots());
  for (const CheckSlot slot : to_probe_) schedule_.set(slot, now_ms);
}

void Monitor::Loop::switch_over() {
  uv_timer_stop(patience_.get());
  try {
    put_in_force();
  } catch (const std::bad_alloc&) {
    return give_up();
  }
  tell_undecided();
  tell_watcher();
  adopting_.reset();
  std::exchange(adopted_, {})(Adoption::kInForce);
  pump();
}

// Throws std::bad_alloc before anything has changed.
void Monitor::Loop::put_in_force() {
  CheckBook::Prepared prepared = book_.prepare();
  publisher_->publish(view_of(*adopting_, prepared.gates));
  in_force_ = adopting_;
  follow(book_.finish(std::move(prepared)));
  to_probe_.clear();
}

// What was in force stays so.
void Monitor::Loop::give_up() {
  for (const CheckSlot slot : std::exchange(to_probe_, {})) {
    schedule_.remove(slot);
    prober_->forget(book_.spec(slot)->id);
  }
  book_.abandon();
  adopting_.reset();
  std::exchange(adopted_, {})(Adoption::kNoMemory);
}

void Monitor::Loop::follow(const CheckBook::Switched& switched) {
  const std::int64_t now_ms = clock_.now_ms();
  for (const CheckSlot slot : switched.removed) schedule_.remove(slot);
  for (const std::string& id : switched.gone) prober_->forget(id);
  for (const CheckSlot slot : switched.changed) {
    if (book_.spec(slot)->disabled || !is_probed(book_.spec(slot)->type)) {
      schedule_.remove(slot);
    } else {
      schedule_.set(slot, now_ms);
    }
  }
}

// Hands what is due to the prober, which keeps the line, and sleeps until more is.
void Monitor::Loop::pump() {
  const std::int64_t now_ms = clock_.now_ms();
  while (const auto slot = schedule_.take_due(now_ms)) probe(*slot);
  const auto due_ms = schedule_.next_due_ms();
  if (!due_ms) {
    uv_timer_stop(due_.get());
    return;
  }
  uv_update_time(&uv_);
  uv_timer_start(
      due_.get(), [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->pump(); },
      static_cast<std::uint64_t>(*due_ms - now_ms), 0);
}

void Monitor::Loop::probe(CheckSlot slot) {
  const CheckBook::Ticket ticket = book_.ticket(slot);
  prober_->start(book_.spec(slot), [this, ticket](const ProbeResult& result) {
    take_result(ticket,
                {result.ok, clock_.now_ms(), result.duration_ms, result.reason, result.counts});
  });
}

void Monitor::Loop::take_result(CheckBook::Ticket ticket, const LastProbe& result) {
  if (!book_.is_current(ticket)) return;
  const auto spec = book_.spec(ticket.slot);
  const CheckBook::Moved moved = book_.apply(ticket, result, result.at_ms);
  schedule_.set(ticket.slot, next_due(result.at_ms, moved.next_delay_ms, spec->interval_ms,
                                      probe_key(*spec), result.duration_ms));
  act_on(*spec, moved.verdicts, result.reason);
  if (book_.state(ticket.slot).streak == 1) tell_watcher();
  if (adopting_ != nullptr && book_.awaited() == 0) switch_over();
  pump();
}

void Monitor::Loop::act_on(const CheckSpec& spec, const Verdicts& verdicts,
                           std::string_view reason) {
  if (verdicts.alive_changed) publisher_->changed();
  if (!verdicts.changed()) return;
  tell(spec, verdicts, reason);
  tell_watcher();
}

void Monitor::Loop::tell_watcher() {
  if (watcher_) watcher_();
}

void Monitor::Loop::tell(const CheckSpec& spec, const Verdicts& verdicts, std::string_view reason) {
  const std::string event = "check turned " + std::string(to_string(verdicts.to));
  const std::string after = to_short_duration(verdicts.held_ms);
  if (verdicts.to == Health::kUnhealthy) {
    log_.warn(event, {{"id", spec.id}, {"reason", std::string(reason)}, {"after", after}});
  } else if (verdicts.from == Health::kUnknown) {
    log_.debug(event, {{"id", spec.id}, {"after", after}});
  } else {
    log_.info(event, {{"id", spec.id}, {"reason", std::string(reason)}, {"after", after}});
  }
}

// Where memory ends, the log goes without.
void Monitor::Loop::tell_undecided() try {
  std::size_t undecided = 0;
  const auto checks = book_.zones()->checks();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (book_.status(i).verdict != Health::kUnknown) continue;
    if (undecided++ >= kMaxUndecidedNamed) continue;
    log_.warn("check is still undecided and counts as healthy", {{"id", checks[i].id}});
  }
  if (undecided <= kMaxUndecidedNamed) return;
  log_.warn("more checks are still undecided and count as healthy",
            {{"checks", std::to_string(undecided)}});
} catch (const std::bad_alloc&) {
}

Overview Monitor::Loop::overview() const {
  if (book_.zones() == nullptr) return {};
  return {book_.zones(), copy_of(book_.gates().alive()), publisher_->generation()};
}

std::shared_ptr<const View> Monitor::Loop::view() const {
  return in_force_ == nullptr ? nullptr : view_of(*in_force_, book_.gates());
}

CheckReport Monitor::Loop::report(std::size_t first, std::size_t count) const {
  CheckReport report{book_.zones(), first, {}};
  const std::size_t all = report.zones == nullptr ? 0 : report.zones->checks().size();
  for (std::size_t i = first; i < std::min(all, first + count); ++i) {
    report.statuses.push_back(book_.status(i));
  }
  return report;
}

CheckReport Monitor::Loop::report(std::string_view id) const {
  const auto slot = book_.find(id);
  return slot ? report(book_.number_of(*slot), 1) : report(0, 0);
}

Recovered Monitor::Loop::recover(std::string_view id) {
  const auto slot = book_.find(id);
  if (!slot) return Recovered::kUnknownId;
  const auto spec = book_.spec(*slot);
  if (spec->recovery != Recovery::kManual) return Recovered::kNotManual;
  if (book_.state(*slot).measured != Health::kUnhealthy) return Recovered::kNotUnhealthy;
  act_on(*spec, book_.recover(*slot, clock_.now_ms()), "recovered by the operator");
  tell_watcher();  // a permission is kept, too
  return book_.state(*slot).measured == Health::kUnhealthy ? Recovered::kWaits : Recovered::kBack;
}

void Monitor::Loop::inspect(const std::string& id, ProbeDone done) {
  const auto slot = book_.find(id);
  if (!slot) return done(Probed::kUnknownId, {});
  const auto spec = book_.spec(*slot);
  if (!is_probed(spec->type)) return done(Probed::kNotProbed, {});
  const auto place = inspections_.insert(inspections_.end(), std::move(done));
  const bool begun = prober_->inspect(spec, [this, place](const ProbeReport& report) {
    const ProbeDone waiting = std::move(*place);
    inspections_.erase(place);
    waiting(Probed::kDone, report);
  });
  if (begun) return;
  const ProbeDone refused = std::move(*place);
  inspections_.erase(place);
  refused(Probed::kBusy, {});
}

Monitor::Monitor(Published<View>& views, Clock clock, Log& log)
    : loop_(std::make_unique<Loop>(views, clock, log)) {}

Monitor::~Monitor() = default;

void Monitor::restore(std::vector<SavedCheck> checks) {
  Loop* loop = loop_.get();
  loop->post([loop, mine = std::move(checks)]() mutable { loop->restore(std::move(mine)); });
}

void Monitor::watch(std::function<void()> changed) {
  Loop* loop = loop_.get();
  loop->post([loop, mine = std::move(changed)]() mutable { loop->watch(std::move(mine)); });
}

void Monitor::adopt(const std::shared_ptr<const Loaded>& loaded,
                    const std::function<void(Adoption adoption)>& done) {
  Loop* loop = loop_.get();
  auto task = [loop, mine = loaded, tell = done]() mutable {
    loop->adopt(std::move(mine), std::move(tell));
  };
  if (!loop->post(std::move(task))) done(Adoption::kStopped);
}

Overview Monitor::overview() {
  return loop_->ask<Overview>([](Loop& loop) { return loop.overview(); });
}

std::shared_ptr<const View> Monitor::view() {
  return loop_->ask<std::shared_ptr<const View>>([](Loop& loop) { return loop.view(); });
}

CheckReport Monitor::checks() {
  const auto chunk = [this](std::size_t first) {
    return loop_->ask<CheckReport>(
        [first](Loop& loop) { return loop.report(first, kReportChunk); });
  };
  CheckReport all = chunk(0);
  while (all.zones != nullptr && all.statuses.size() < all.zones->checks().size()) {
    CheckReport more = chunk(all.statuses.size());
    if (more.zones != all.zones) {  // a reload took effect in between: anew
      all = chunk(0);
      continue;
    }
    std::move(more.statuses.begin(), more.statuses.end(), std::back_inserter(all.statuses));
  }
  return all;
}

CheckReport Monitor::check(std::string_view id) {
  return loop_->ask<CheckReport>([id](Loop& loop) { return loop.report(id); });
}

Recovered Monitor::recover(std::string_view id) {
  return loop_->ask<Recovered>([id](Loop& loop) { return loop.recover(id); });
}

void Monitor::probe(std::string id, ProbeDone done) {
  Loop* const loop = loop_.get();
  const bool posted = loop->post([loop, id = std::move(id), done] { loop->inspect(id, done); });
  if (!posted) done(Probed::kStopped, {});
}

void Monitor::stop() { loop_->stop(); }

}  // namespace rhumb
