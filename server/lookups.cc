#include "server/lookups.h"

#include <utility>

#include "server/clock.h"

namespace rhumb {
namespace {

// One who has until `due_ms` may wait for a look-up that ends within the latter half of that.
bool serves(std::int64_t running_due_ms, std::int64_t due_ms) {
  const std::int64_t left_ms = due_ms - monotonic_ms();
  return running_due_ms <= due_ms && running_due_ms >= due_ms - left_ms / 2;
}

}  // namespace

Lookups::Lookups(uv_loop_t* loop, LookupOptions options)
    : options_(std::move(options)), resolver_(loop, options_.resolver) {}

Lookups::~Lookups() = default;

void Lookups::use(const std::string& check, const std::string& name, CheckFamily family) {
  const Key key{name, family};
  const auto used = used_.find(check);
  if (used != used_.end() && used->second == key) return;
  if (used != used_.end()) forget(check);
  used_.emplace(check, key);
  ++entries_[key].users;
}

void Lookups::forget(const std::string& check) {
  const auto used = used_.find(check);
  if (used == used_.end()) return;
  const Key key = std::move(used->second);
  used_.erase(used);
  --entries_[key].users;
  drop_unused(key);
}

void Lookups::resolve(const std::string& name, CheckFamily family, std::int64_t timeout_ms,
                      Done done) {
  const Key key{name, family};
  Entry& entry = entries_[key];
  if (!entry.last.empty() && monotonic_ms() - entry.found_ms < options_.fresh_ms)
    return done(entry.last);
  const std::int64_t own_ms = entry.last.empty() ? timeout_ms : timeout_ms / 2;
  if (entry.running != nullptr && serves(entry.running->due_ms, monotonic_ms() + own_ms)) {
    entry.running->waiting.push_back(std::move(done));
    return;
  }
  run(key, entry, own_ms, std::move(done));
}

void Lookups::run(const Key& key, Entry& entry, std::int64_t timeout_ms, Done done) {
  auto running = std::make_shared<Running>();
  running->due_ms = monotonic_ms() + timeout_ms;
  running->waiting.push_back(std::move(done));
  entry.running = running;
  resolver_.resolve(key.first, key.second, timeout_ms,
                    [this, key, running](const auto& found) { take(key, running, found); });
}

// Whoever waits may ask for more, or forget.
void Lookups::take(const Key& key, const std::shared_ptr<Running>& running,
                   const Result<Addresses>& found) {
  Result<Addresses> outcome = found;
  if (const auto kept = entries_.find(key); kept != entries_.end()) {
    Entry& entry = kept->second;
    if (entry.running == running) entry.running = nullptr;
    note(key.first, entry, found);
    if (found.ok()) {
      entry.last = found.value();
      entry.found_ms = monotonic_ms();
    } else if (!entry.last.empty()) {
      outcome = entry.last;
    }
    drop_unused(key);
  }
  for (const Done& done : std::exchange(running->waiting, {})) done(outcome);
}

void Lookups::note(const std::string& name, Entry& entry, const Result<Addresses>& found) {
  const bool was_stale = std::exchange(entry.is_stale, !found.ok() && !entry.last.empty());
  stale_ = stale_ + (entry.is_stale ? 1 : 0) - (was_stale ? 1 : 0);
  if (entry.is_stale) {
    if (fault_.begins(monotonic_ms()) && options_.on_fault) options_.on_fault(name, found.error());
    return;
  }
  const std::uint64_t failures = stale_ == 0 && fault_.is_on() ? fault_.ends(monotonic_ms()) : 0;
  if (failures > 0 && options_.on_end) options_.on_end(failures);
}

void Lookups::drop_unused(const Key& key) {
  const auto entry = entries_.find(key);
  if (entry->second.users > 0 || entry->second.running != nullptr) return;
  if (entry->second.is_stale) --stale_;
  entries_.erase(entry);
}

}  // namespace rhumb
