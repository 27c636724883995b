#include "server/prober.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/clock.h"
#include "server/probe_key.h"

namespace rhumb {
namespace {

constexpr std::size_t kMaxAddressesTried = 8;
// Of the time that is left, each address but the last has at least this part to connect: with many
// addresses, one that is far away must still come through.
constexpr std::int64_t kMaxConnectShares = 4;

bool is_networked(const CheckSpec& spec) { return spec.type != CheckType::kExec; }

constexpr std::uint64_t kUsNs = 1'000;

}  // namespace

struct Prober::Probe {
  struct Waiter {
    std::string id;
    Done done;
  };

  std::shared_ptr<const CheckSpec> spec;
  std::uint64_t key = 0;
  std::vector<Waiter> waiters;
  Inspected inspected;                  // instead of waiters
  std::optional<Line::iterator> place;  // in line
  std::int64_t begun_ms = 0;
  std::uint64_t begun_ns = 0;  // the same, for a report
  std::vector<IpAddress> addresses;
  std::size_t tried = 0;  // of `addresses`
  ProbeDetails details;

  [[nodiscard]] std::int64_t left_ms() const {
    return begun_ms + spec->timeout_ms - monotonic_ms();
  }
  [[nodiscard]] Detail detail() const { return inspected ? Detail::kAll : Detail::kVerdict; }
};

Prober::Prober(uv_loop_t* loop, LookupOptions options, const Helper* helper)
    : lookups_(loop, std::move(options)), exchanges_(loop, helper) {}

Prober::~Prober() = default;

void Prober::start(std::shared_ptr<const CheckSpec> spec, Done done) {
  count_kept(*spec);
  if (replace_in_line(spec, done)) return;
  const std::uint64_t key = probe_key(*spec);
  if (join(spec, key, done)) return;
  auto probe = std::make_shared<Probe>();
  const std::string& id = spec->id;
  probe->spec = std::move(spec);
  probe->key = key;
  probe->waiters.push_back({id, std::move(done)});
  waiting_.emplace(id, probe);
  shared_.try_emplace(key, probe);
  probe->place = line_.insert(line_.end(), probe);
  fill_slots();
}

void Prober::forget(const std::string& id) {
  lookups_.forget(id);
  if (kept_.erase(id) > 0) exchanges_.keep_connections(kept_.size());
  leave_line(id);
}

bool Prober::inspect(std::shared_ptr<const CheckSpec> spec, Inspected done) {
  if (inspections_ == kMaxInspections) return false;
  ++inspections_;
  auto probe = std::make_shared<Probe>();
  probe->spec = std::move(spec);
  probe->inspected = std::move(done);
  begin(probe);
  return true;
}

// True if the check keeps its place, with a new `done`. What waits under an older spec is dropped:
// nobody wants its result.
bool Prober::replace_in_line(const std::shared_ptr<const CheckSpec>& spec, Done& done) {
  const auto waiting = waiting_.find(spec->id);
  if (waiting == waiting_.end()) return false;
  const std::shared_ptr<Probe> probe = waiting->second;
  if (!is_same_probe(*probe->spec, *spec)) {
    leave_line(spec->id);
    return false;
  }
  const auto is_own = [&](const Probe::Waiter& waiter) { return waiter.id == spec->id; };
  std::ranges::find_if(probe->waiters, is_own)->done = std::move(done);
  return true;
}

void Prober::leave_line(const std::string& id) {
  const auto waiting = waiting_.find(id);
  if (waiting == waiting_.end()) return;
  const std::shared_ptr<Probe> probe = std::move(waiting->second);
  waiting_.erase(waiting);
  std::erase_if(probe->waiters, [&](const Probe::Waiter& waiter) { return waiter.id == id; });
  if (!probe->waiters.empty()) return;
  line_.erase(*probe->place);
  const auto shared = shared_.find(probe->key);
  if (shared != shared_.end() && shared->second == probe) shared_.erase(shared);
}

// True if the probe of another check gives the result for this one too.
bool Prober::join(const std::shared_ptr<const CheckSpec>& spec, std::uint64_t key, Done& done) {
  const auto shared = shared_.find(key);
  if (shared == shared_.end() || !is_same_probe(*shared->second->spec, *spec)) return false;
  const std::shared_ptr<Probe>& probe = shared->second;
  if (probe->place) waiting_.emplace(spec->id, probe);
  probe->waiters.push_back({spec->id, std::move(done)});
  if (is_networked(*spec) && !IpAddress::parse(spec->address)) {
    lookups_.use(spec->id, spec->address, spec->family);
  }
  return true;
}

void Prober::count_kept(const CheckSpec& spec) {
  const bool changed = spec.keep_alive ? kept_.insert(spec.id).second : kept_.erase(spec.id) > 0;
  if (changed) exchanges_.keep_connections(kept_.size());
}

void Prober::fill_slots() {
  while (in_flight_ < kMaxProbeSlots && !line_.empty()) {
    const std::shared_ptr<Probe> probe = std::move(line_.front());
    line_.pop_front();
    probe->place.reset();
    for (const Probe::Waiter& waiter : probe->waiters) waiting_.erase(waiter.id);
    ++in_flight_;
    begin(probe);
  }
}

void Prober::begin(const std::shared_ptr<Probe>& probe) {
  probe->begun_ms = monotonic_ms();
  probe->begun_ns = monotonic_ns();
  const auto address = is_networked(*probe->spec) ? IpAddress::parse(probe->spec->address)
                                                  : std::optional(IpAddress{});
  if (!address) return look_up(probe);
  probe->addresses = {*address};
  connect_next(probe);
}

void Prober::look_up(const std::shared_ptr<Probe>& probe) {
  const CheckSpec& spec = *probe->spec;
  for (const Probe::Waiter& waiter : probe->waiters) {
    lookups_.use(waiter.id, spec.address, spec.family);
  }
  lookups_.resolve(spec.address, spec.family, spec.timeout_ms,
                   [this, probe](const auto& found) { on_looked_up(probe, found); });
}

void Prober::on_looked_up(const std::shared_ptr<Probe>& probe,
                          const Result<std::vector<IpAddress>>& found) {
  const CheckSpec& spec = *probe->spec;
  if (!found.ok()) {
    return finish(probe, unasked(spec, "no address for " + spec.address + ": " + found.error()));
  }
  probe->addresses = found.value();
  if (probe->addresses.size() > kMaxAddressesTried) probe->addresses.resize(kMaxAddressesTried);
  if (probe->left_ms() <= 0) {
    return finish(probe, unasked(spec, timed_out(spec, "looking up " + spec.address)));
  }
  connect_next(probe);
}

void Prober::connect_next(const std::shared_ptr<Probe>& probe) {
  const IpAddress& address = probe->addresses[probe->tried++];
  const std::int64_t left_ms = std::max<std::int64_t>(probe->left_ms(), 1);
  const auto behind = static_cast<std::int64_t>(probe->addresses.size() - probe->tried);
  const std::int64_t share_ms = left_ms / std::min(behind + 1, kMaxConnectShares);
  exchanges_.start(probe->spec, address, {left_ms, behind > 0 ? share_ms : 0}, probe->detail(),
                   [this, probe](Attempt attempt) { on_attempted(probe, std::move(attempt)); });
}

void Prober::on_attempted(const std::shared_ptr<Probe>& probe, Attempt attempt) {
  const bool more = probe->tried < probe->addresses.size() && probe->left_ms() > 0;
  if (attempt.unreachable && more) return connect_next(probe);
  if (is_networked(*probe->spec)) attempt.result.address = probe->addresses[probe->tried - 1];
  probe->details = std::move(attempt.details);
  finish(probe, std::move(attempt.result));
}

void Prober::finish(const std::shared_ptr<Probe>& probe, ProbeResult result) {
  result.duration_ms = monotonic_ms() - probe->begun_ms;
  if (probe->inspected) return report(probe, std::move(result));
  --in_flight_;
  const auto shared = shared_.find(probe->key);
  if (shared != shared_.end() && shared->second == probe) shared_.erase(shared);
  for (const Probe::Waiter& waiter : std::exchange(probe->waiters, {})) waiter.done(result);
  fill_slots();
}

void Prober::report(const std::shared_ptr<Probe>& probe, ProbeResult result) {
  --inspections_;
  if (!is_networked(*probe->spec)) probe->addresses.clear();
  const auto duration_us = static_cast<std::int64_t>((monotonic_ns() - probe->begun_ns) / kUsNs);
  probe->inspected({probe->spec, std::move(probe->addresses), std::move(result),
                    std::move(probe->details), duration_us});
}

}  // namespace rhumb
