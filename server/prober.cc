#include "server/prober.h"

#include <algorithm>
#include <utility>

namespace rhumb {
namespace {

constexpr std::size_t kMaxAddressesTried = 8;
// Of the time that is left, each address but the last has at least this part to connect: with many
// addresses, one that is far away must still come through.
constexpr std::int64_t kMaxConnectShares = 4;

std::int64_t now_ms() { return static_cast<std::int64_t>(uv_hrtime() / 1'000'000); }

bool has_address(const CheckSpec& spec) { return spec.type != CheckType::kExec; }

}  // namespace

struct Prober::Probe {
  std::shared_ptr<const CheckSpec> spec;
  Done done;
  std::int64_t begun_ms = 0;
  std::vector<IpAddress> addresses;
  std::size_t tried = 0;  // of `addresses`

  [[nodiscard]] std::int64_t left_ms() const { return begun_ms + spec->timeout_ms - now_ms(); }
};

Prober::Prober(uv_loop_t* loop, ResolverOptions options)
    : resolver_(loop, std::move(options)), exchanges_(loop) {}

Prober::~Prober() = default;

void Prober::start(std::shared_ptr<const CheckSpec> spec, Done done) {
  auto probe = std::make_shared<Probe>(Probe{std::move(spec), std::move(done), 0, {}, 0});
  const auto [waiting, is_new] = waiting_.try_emplace(probe->spec->id);
  if (!is_new) {
    *waiting->second = std::move(probe);  // under an older spec, and nobody wants its result
    return;
  }
  waiting->second = line_.insert(line_.end(), std::move(probe));
  fill_slots();
}

void Prober::forget(const std::string& id) {
  last_.erase(id);
  const auto waiting = waiting_.find(id);
  if (waiting == waiting_.end()) return;
  line_.erase(waiting->second);
  waiting_.erase(waiting);
}

void Prober::fill_slots() {
  while (in_flight_ < kMaxProbeSlots && !line_.empty()) {
    const std::shared_ptr<Probe> probe = std::move(line_.front());
    line_.pop_front();
    waiting_.erase(probe->spec->id);
    ++in_flight_;
    begin(probe);
  }
}

void Prober::begin(const std::shared_ptr<Probe>& probe) {
  probe->begun_ms = now_ms();
  const auto address = has_address(*probe->spec) ? IpAddress::parse(probe->spec->address)
                                                 : std::optional(IpAddress{});
  if (!address) return look_up(probe);
  probe->addresses = {*address};
  connect_next(probe);
}

// A check that has last addresses keeps half of its time to use them.
void Prober::look_up(const std::shared_ptr<Probe>& probe) {
  const CheckSpec& spec = *probe->spec;
  last_.try_emplace(spec.id);  // until forget()
  const bool has_last = last_addresses(spec) != nullptr;
  resolver_.resolve(spec.address, spec.family, has_last ? spec.timeout_ms / 2 : spec.timeout_ms,
                    [this, probe](const auto& found) { on_looked_up(probe, found); });
}

void Prober::on_looked_up(const std::shared_ptr<Probe>& probe,
                          const Result<std::vector<IpAddress>>& found) {
  const CheckSpec& spec = *probe->spec;
  if (found.ok()) {
    remember(spec, found.value());
    probe->addresses = found.value();
  } else if (const LastAddresses* const last = last_addresses(spec)) {
    probe->addresses = last->addresses;
  } else {
    return finish(*probe, failed("no address for " + spec.address + ": " + found.error()));
  }
  if (probe->addresses.size() > kMaxAddressesTried) probe->addresses.resize(kMaxAddressesTried);
  if (probe->left_ms() <= 0) {
    return finish(*probe, failed(timed_out(spec, "looking up " + spec.address)));
  }
  connect_next(probe);
}

void Prober::connect_next(const std::shared_ptr<Probe>& probe) {
  const IpAddress& address = probe->addresses[probe->tried++];
  const std::int64_t left_ms = std::max<std::int64_t>(probe->left_ms(), 1);
  const auto behind = static_cast<std::int64_t>(probe->addresses.size() - probe->tried);
  const std::int64_t share_ms = left_ms / std::min(behind + 1, kMaxConnectShares);
  exchanges_.start(probe->spec, address, {left_ms, behind > 0 ? share_ms : 0},
                   [this, probe](Attempt attempt) { on_attempted(probe, std::move(attempt)); });
}

void Prober::on_attempted(const std::shared_ptr<Probe>& probe, Attempt attempt) {
  const bool more = probe->tried < probe->addresses.size() && probe->left_ms() > 0;
  if (attempt.unreachable && more) return connect_next(probe);
  if (has_address(*probe->spec)) attempt.result.address = probe->addresses[probe->tried - 1];
  finish(*probe, std::move(attempt.result));
}

void Prober::finish(Probe& probe, ProbeResult result) {
  result.duration_ms = now_ms() - probe.begun_ms;
  --in_flight_;
  probe.done(result);
  fill_slots();
}

// Not of a check that was forgotten meanwhile.
void Prober::remember(const CheckSpec& spec, const std::vector<IpAddress>& addresses) {
  const auto kept = last_.find(spec.id);
  if (kept != last_.end()) kept->second = {spec.address, spec.family, addresses};
}

const Prober::LastAddresses* Prober::last_addresses(const CheckSpec& spec) const {
  const auto found = last_.find(spec.id);
  if (found == last_.end()) return nullptr;
  const LastAddresses& last = found->second;
  return last.name == spec.address && last.family == spec.family ? &last : nullptr;
}

}  // namespace rhumb
