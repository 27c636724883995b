#include "server/monitor.h"

#include <iterator>
#include <optional>
#include <utility>

#include "server/monitor_loop.h"

namespace rhumb {
namespace {

// Checks that are looked at in one go, children of CALCULATED ones too; between two goes verdicts
// are dealt with. The last of a go may bring kMaxCheckChildren more.
constexpr std::size_t kReportChunk = 1024;

}  // namespace

Monitor::Monitor(Published<View>& views, Clock clock, Log& log, const Helper* helper)
    : loop_(std::make_unique<Loop>(views, clock, log, events_, probe_times_, helper)) {}

Monitor::~Monitor() = default;

void Monitor::restore(SavedState state) {
  Loop* loop = loop_.get();
  loop->post([loop, mine = std::move(state)]() mutable { loop->restore(std::move(mine)); });
}

bool Monitor::renew(std::optional<SavedState> state) {
  return loop_->ask<bool>([&state](Loop& loop) { return loop.renew(std::move(state)); });
}

void Monitor::stand_by() {
  Loop* loop = loop_.get();
  loop->post([loop] { loop->stand_by(); });
}

void Monitor::echo(std::function<void()> echo) { loop_->post(std::move(echo)); }

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

CheckReport Monitor::checks(Words words) {
  const auto chunk = [this, words](std::size_t first) {
    return loop_->ask<CheckReport>(
        [first, words](Loop& loop) { return loop.report(first, kReportChunk, words); });
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

Hearing Monitor::say(const std::string& id, const CheckOverride& said, Force force) {
  return loop_->ask<Hearing>([&](Loop& loop) { return loop.say(id, said, force); });
}

Hearing Monitor::take_back(const std::string& id) {
  return loop_->ask<Hearing>([&](Loop& loop) { return loop.take_back(id); });
}

Hearing Monitor::say(const Label& label, const Drain& said, Force force) {
  return loop_->ask<Hearing>([&](Loop& loop) { return loop.say(label, said, force); });
}

Hearing Monitor::take_back(const Label& label) {
  return loop_->ask<Hearing>([&](Loop& loop) { return loop.take_back(label); });
}

Hearing Monitor::push(const std::string& id) {
  return loop_->ask<Hearing>([&](Loop& loop) { return loop.push(id); });
}

OperatorReport Monitor::said() {
  return loop_->ask<OperatorReport>([](Loop& loop) { return loop.said(); });
}

void Monitor::probe(std::string id, const ProbeDone& done) {
  Loop* const loop = loop_.get();
  const bool posted = loop->post([loop, id = std::move(id), done] { loop->inspect(id, done); });
  if (!posted) done(Probed::kStopped, {});
}

void Monitor::stop() { loop_->stop(); }

}  // namespace rhumb
