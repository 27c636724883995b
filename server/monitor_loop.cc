#include "server/monitor_loop.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "server/probe_key.h"
#include "server/safety.h"

namespace rhumb {
namespace {

std::vector<std::uint64_t> copy_of(std::span<const std::uint64_t> words) {
  return {words.begin(), words.end()};
}

Hearing unsafe(const std::string& danger) {
  return {.heard = Heard::kUnsafe, .refusal = refusal(danger)};
}

std::unique_ptr<View> view_of(const Loaded& loaded, const Lanes& lanes) {
  auto view = std::make_unique<View>();
  view->zones = loaded.zones;
  view->maps = loaded.maps;
  const auto alive = lanes.alive().alive();
  const auto standing = lanes.standing();
  view->alive.assign(alive.begin(), alive.end());
  view->standing.assign(standing.begin(), standing.end());
  view->options = loaded.config.options;
  return view;
}

std::optional<std::int64_t> earlier(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

}  // namespace

Monitor::Loop::Loop(Published<View>& views, Clock clock, Log& log, EventLog& events,
                    ProbeTimes& times, const Helper* helper)
    : clock_(clock), announcer_(clock, log, events), times_(times) {
  uv_loop_init(&uv_);
  uv_async_init(&uv_, &wake_,
                [](uv_async_t* wake) { static_cast<Loop*>(wake->data)->run_tasks(); });
  wake_.data = this;
  due_ = make_timer(&uv_, this);
  patience_ = make_timer(&uv_, this);
  publisher_ = std::make_unique<Publisher>(&uv_, views,
                                           [this] { return view_of(*in_force_, book_.lanes()); });
  LookupOptions lookups;
  lookups.on_fault = std::bind_front(&Announcer::lookups_fail, &announcer_);
  lookups.on_end = std::bind_front(&Announcer::lookups_work, &announcer_);
  prober_ = std::make_unique<Prober>(&uv_, std::move(lookups), helper);
  if (helper != nullptr) watch_helper(helper);
  thread_ = std::thread([this] { run(); });
}

Monitor::Loop::~Loop() {
  stop();
  uv_loop_close(&uv_);
}

void Monitor::Loop::watch_helper(const Helper* helper) {
  helper_ = helper;
  if (const std::string problem = helper->problem(); !problem.empty()) {
    return announcer_.helper_lost(problem);
  }
  if (helper->news().valid()) helper_news_ = make_poll(&uv_, helper->news().get(), this);
  if (helper_news_ == nullptr) return;
  uv_poll_start(helper_news_.get(), UV_READABLE, [](uv_poll_t* news, int, int) {
    static_cast<Loop*>(news->data)->tell_of_helper();
  });
}

// Its end for good is told once, unless it was wanted.
void Monitor::Loop::tell_of_helper() {
  helper_->take_news();
  const bool is_gone = helper_->is_gone();
  if (is_gone) uv_poll_stop(helper_news_.get());
  const std::string problem = helper_->problem();
  if (!problem.empty()) return announcer_.helper_lost(problem);
  if (!is_gone) announcer_.helper_restarted(helper_->restarts());
}

bool Monitor::Loop::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  tasks_.push_back(std::move(task));
  uv_async_send(&wake_);
  return true;
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
  helper_news_.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);  // NOLINT: how libuv types it
}

void Monitor::Loop::restore(SavedState state) {
  book_.restore(std::move(state));
  if (!in_charge_) return;
  announcer_.ended(book_.end(clock_.now_ms()), "ended while the server was down");
}

// No event tells of it: what it brings is as old as the other server's word.
bool Monitor::Loop::renew(std::optional<SavedState> state) try {
  const std::int64_t now_ms = clock_.now_ms();
  if (state) {
    for (const CheckSlot slot : book_.renew(*std::move(state), now_ms)) schedule_.set(slot, now_ms);
  }
  in_charge_ = true;
  const Operator::Ended ended = book_.end(now_ms);
  publisher_->publish(view_of(*in_force_, book_.lanes()));
  announcer_.ended(ended, "ended while the server was replaced");
  take_over_pushes(now_ms);
  tell_changes();
  pump();
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

void Monitor::Loop::take_over_pushes(std::int64_t now_ms) {
  for (std::size_t i = 0; i < book_.zones()->checks().size(); ++i) {
    const CheckSpec& spec = book_.zones()->checks()[i];
    if (spec.type != CheckType::kPush) continue;
    const CheckSlot slot = *book_.find(spec.id);
    schedule_.set(slot, *book_.due_ms(slot, now_ms));
  }
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
    publisher_->publish(view_of(*adopting_, book_.lanes()));
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
  CheckBook::Switched switched;
  try {
    switched = put_in_force();
  } catch (const std::bad_alloc&) {
    return give_up();
  }
  tell_of_edition(switched);
  tell_watcher();
  adopting_.reset();
  std::exchange(adopted_, {})(Adoption::kInForce);
  pump();
}

// Throws std::bad_alloc before anything has changed.
CheckBook::Switched Monitor::Loop::put_in_force() {
  CheckBook::Prepared prepared = book_.prepare(clock_.now_ms());
  publisher_->publish(view_of(*adopting_, prepared.lanes));
  in_force_ = adopting_;
  CheckBook::Switched switched = book_.finish(std::move(prepared));
  follow(switched);
  to_probe_.clear();
  return switched;
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
    if (const auto due_ms = book_.due_ms(slot, now_ms)) {
      schedule_.set(slot, *due_ms);
    } else {
      schedule_.remove(slot);
    }
  }
}

// Where memory ends, it goes untold.
void Monitor::Loop::tell_of_edition(const CheckBook::Switched& switched) try {
  tell_changes();
  announcer_.undecided(book_.take_undecided());
  announcer_.orphaned(switched.orphans);
} catch (const std::bad_alloc&) {
}

// Sees to what is due, and sleeps until more is.
void Monitor::Loop::pump() {
  const std::int64_t now_ms = clock_.now_ms();
  end_words(now_ms);
  while (const auto slot = schedule_.take_due(now_ms)) see_to(*slot, now_ms);
  const auto due_ms = earlier(schedule_.next_due_ms(), next_word_end_ms());
  if (!due_ms) {
    uv_timer_stop(due_.get());
    return;
  }
  uv_update_time(&uv_);
  uv_timer_start(
      due_.get(), [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->pump(); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(*due_ms - now_ms, 0)), 0);
}

std::optional<std::int64_t> Monitor::Loop::next_word_end_ms() const {
  return in_charge_ ? book_.said().next_end_ms() : std::nullopt;
}

// Overrides and drains pass by themselves.
void Monitor::Loop::end_words(std::int64_t now_ms) {
  const auto end_ms = next_word_end_ms();
  if (!end_ms || *end_ms > now_ms) return;
  const Operator::Ended ended = book_.end(now_ms);
  publish_changes();
  announcer_.ended(ended, "ended");
  tell_watcher();
  tell_changes("the operator's word has ended");
}

void Monitor::Loop::see_to(CheckSlot slot, std::int64_t now_ms) {
  if (is_probed(book_.spec(slot)->type)) return probe(slot);
  if (!in_charge_) return;  // who is may have heard of it
  book_.expire(slot, now_ms);
  publish_changes();
  tell_changes();
}

// The prober keeps the line.
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
  times_.observe(spec->type, result.duration_ms);
  const std::int64_t delay_ms = book_.apply(ticket, result, result.at_ms);
  publish_changes();
  schedule_.set(ticket.slot, next_due(result.at_ms, delay_ms, spec->interval_ms, probe_key(*spec),
                                      result.duration_ms));
  tell_changes();
  if (book_.state(ticket.slot).streak == 1) tell_watcher();
  if (adopting_ != nullptr && book_.awaited() == 0) switch_over();
  pump();
}

void Monitor::Loop::tell_watcher() {
  if (watcher_) watcher_();
}

void Monitor::Loop::publish_changes() {
  if (book_.changed()) publisher_->changed();
}

void Monitor::Loop::tell_changes(const std::string& cause) {
  CheckBook::Changes changes = book_.take_changes(clock_.now_ms());
  const auto is_others = [this](const auto& each) { return book_.is_restored(each.slot); };
  if (!in_charge_) std::erase_if(changes.turns, is_others);
  if (!in_charge_) std::erase_if(changes.data, is_others);
  announcer_.changed(book_, changes, cause);
  if (!changes.turns.empty()) tell_watcher();
}

Overview Monitor::Loop::overview() const {
  if (book_.zones() == nullptr) return {};
  return {book_.zones(), copy_of(book_.lanes().alive().alive()), copy_of(book_.lanes().standing()),
          publisher_->generation()};
}

std::shared_ptr<const View> Monitor::Loop::view() const {
  return in_force_ == nullptr ? nullptr : view_of(*in_force_, book_.lanes());
}

CheckReport Monitor::Loop::report(std::size_t first, std::size_t looks, Words words) const {
  return report_of(book_, first, looks, words);
}

CheckReport Monitor::Loop::report(std::string_view id) const {
  const auto slot = book_.find(id);
  return slot ? report(book_.number_of(*slot), 1, Words::kTold) : report(0, 0, Words::kTold);
}

Recovered Monitor::Loop::recover(std::string_view id) {
  const auto slot = book_.find(id);
  if (!slot) return Recovered::kUnknownId;
  const auto spec = book_.spec(*slot);
  if (spec->recovery != Recovery::kManual) return Recovered::kNotManual;
  if (book_.state(*slot).measured != Health::kUnhealthy) return Recovered::kNotUnhealthy;
  book_.recover(*slot, clock_.now_ms());
  publish_changes();
  tell_changes("recovered by the operator");
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

// Which safety rules what is about to be said would break; empty: none.
std::string Monitor::Loop::danger_of(const std::function<void(Operator&)>& change) const {
  if (book_.zones() == nullptr || in_force_->config.safety_rules.empty()) return {};
  Operator next = book_.said();
  change(next);
  const auto broken = [&](Measured measured) {
    const std::vector<bool> now = book_.alive_under(book_.said(), measured);
    const std::vector<bool> after = book_.alive_under(next, measured);
    std::vector<CheckChange> changes;
    for (std::size_t i = 0; i < after.size(); ++i) {
      changes.push_back({&book_.zones()->checks()[i], now[i], after[i]});
    }
    return broken_rules(in_force_->config.safety_rules, changes);
  };
  return rhumb::danger(
      with_those_once_healthy(broken(Measured::kAsItIs), broken(Measured::kHealthy)));
}

Hearing Monitor::Loop::say(const std::string& id, const CheckOverride& said, Force force) {
  if (!book_.find(id)) return {.heard = Heard::kUnknownId};
  const std::string danger = danger_of([&](Operator& next) { next.say(id, said); });
  if (!danger.empty() && force == Force::kNo) return unsafe(danger);
  const CheckOverride* const found = book_.said().find(id);
  const auto before = found == nullptr ? std::nullopt : std::optional(*found);
  if (!book_.say(id, said)) return {.heard = Heard::kTooMany};
  publish_changes();
  announcer_.overridden(id, before, said);
  tell_watcher();
  if (!danger.empty()) announcer_.forced(id, danger);
  tell_changes();
  pump();
  return {.heard = Heard::kDone, .checks = 1};
}

Hearing Monitor::Loop::take_back(const std::string& id) {
  const CheckOverride* const found = book_.said().find(id);
  if (found == nullptr) {
    return {.heard = book_.find(id) ? Heard::kNothingSaid : Heard::kUnknownId};
  }
  const CheckOverride before = *found;
  book_.take_back(id);
  publish_changes();
  announcer_.override_over(id, before, "cleared");
  tell_watcher();
  tell_changes("override cleared");
  return {.heard = Heard::kDone, .checks = 1};
}

Hearing Monitor::Loop::say(const Label& label, const Drain& said, Force force) {
  const std::string danger = danger_of([&](Operator& next) { next.say(label, said); });
  if (!danger.empty() && force == Force::kNo) return unsafe(danger);
  const Drain* const found = book_.said().find(label);
  const auto before = found == nullptr ? std::nullopt : std::optional(*found);
  if (!book_.say(label, said)) return {.heard = Heard::kTooMany};
  publish_changes();
  const Drained hit = book_.drained(label);
  announcer_.drained(label, before, said, hit);
  tell_watcher();
  if (!danger.empty()) announcer_.forced(to_string(label), danger);
  tell_changes();
  pump();
  return {.heard = Heard::kDone, .checks = hit.checks, .sets = hit.sets};
}

Hearing Monitor::Loop::take_back(const Label& label) {
  const Drain* const found = book_.said().find(label);
  if (found == nullptr) return {.heard = Heard::kNothingSaid};
  const Drain before = *found;
  book_.take_back(label);
  publish_changes();
  const Drained hit = book_.drained(label);
  announcer_.drain_over(label, before, "restored");
  tell_watcher();
  tell_changes(to_string(label) + " restored");
  return {.heard = Heard::kDone, .checks = hit.checks, .sets = hit.sets};
}

Hearing Monitor::Loop::push(const std::string& id) {
  const auto slot = book_.find(id);
  if (!slot) return {.heard = Heard::kUnknownId};
  if (book_.spec(*slot)->type != CheckType::kPush) return {.heard = Heard::kNotPush};
  const std::int64_t now_ms = clock_.now_ms();
  book_.push(*slot, now_ms);
  publish_changes();
  schedule_.set(*slot, *book_.due_ms(*slot, now_ms));
  tell_watcher();
  tell_changes();
  pump();
  return {.heard = Heard::kDone, .checks = 1};
}

}  // namespace rhumb
