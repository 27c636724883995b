#include "server/prober.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace rhumb {
namespace {

constexpr std::size_t kMaxAddressesTried = 8;
// Of the time that is left, each address but the last has at least this part to connect: with many
// addresses, one that is far away must still come through.
constexpr std::int64_t kMaxConnectShares = 4;

std::int64_t now_ms() { return static_cast<std::int64_t>(uv_hrtime() / 1'000'000); }

bool is_expected(const CheckSpec& spec, int status) {
  return std::ranges::any_of(spec.expected_status, [status](const StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

std::string describe(const std::vector<StatusRange>& ranges) {
  std::string text;
  for (const StatusRange& range : ranges) {
    if (!text.empty()) text += ", ";
    text += std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text;
}

bool same_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

bool names_header(const CheckSpec& spec, std::string_view name) {
  return std::ranges::any_of(
      spec.headers, [name](const auto& header) { return same_ignoring_case(header.first, name); });
}

std::vector<std::string> header_lines(const CheckSpec& spec) {
  std::vector<std::string> lines;
  if (!spec.host.empty() && !names_header(spec, "Host")) lines.push_back("Host: " + spec.host);
  const bool sends_body = spec.method == "POST" || spec.method == "PUT" || spec.method == "PATCH";
  if (sends_body && !names_header(spec, "Content-Length")) lines.emplace_back("Content-Length: 0");
  for (const auto& [name, value] : spec.headers) {
    lines.push_back(value.empty() ? name + ";"
                                  : name + ": " + value);  // `;` is curl's for an empty value
  }
  return lines;
}

// The name in the URL: the host, else the address if it is a name.
std::string url_name(const CheckSpec& spec) {
  if (!spec.host.empty()) return spec.host;
  return IpAddress::parse(spec.address) ? "" : spec.address;
}

Scheme scheme_of(CheckType type) {
  switch (type) {
    case CheckType::kHttp:
      return Scheme::kHttp;
    case CheckType::kHttps:
      return Scheme::kHttps;
    case CheckType::kTcp:
    case CheckType::kTls:
    case CheckType::kDns:
    case CheckType::kGrpc:
    case CheckType::kExec:
    case CheckType::kPrometheus:
    case CheckType::kPush:
    case CheckType::kSwitch:
    case CheckType::kCalculated:
      return Scheme::kTcp;
  }
  return Scheme::kTcp;
}

TransferRequest to_request(const CheckSpec& spec, const IpAddress& address, std::int64_t timeout_ms,
                           std::int64_t connect_timeout_ms) {
  TransferRequest request;
  request.scheme = scheme_of(spec.type);
  request.address = address;
  request.port = port_of(spec);
  request.timeout_ms = timeout_ms;
  request.connect_timeout_ms = connect_timeout_ms;
  if (spec.type == CheckType::kTcp) return request;
  request.name = url_name(spec);
  request.path = spec.path;
  request.method = spec.method;
  request.headers = header_lines(spec);
  request.verify_tls = spec.verify_tls;
  request.ca_file = spec.ca_file;
  request.body_limit = spec.body_contains.empty() ? 0 : kMaxBodySearchBytes;
  request.body_until = spec.body_contains;
  return request;
}

std::string timed_out(const CheckSpec& spec, const std::string& doing) {
  return "timed out after " + std::to_string(spec.timeout_ms) + " ms (" + doing + ")";
}

// A status that is not expected decides, whatever became of the body.
ProbeResult judge(const CheckSpec& spec, const TransferResult& transfer) {
  const int status = transfer.status;
  if (status >= 200 && !is_expected(spec, status)) {
    const std::string expected = describe(spec.expected_status);
    return {false, "status " + std::to_string(status) + ", expected " + expected, 0, status, {}};
  }
  if (transfer.end == TransferEnd::kTimedOut) {
    return {false, timed_out(spec, to_string(transfer.phase)), 0, status, {}};
  }
  if (transfer.end == TransferEnd::kFailed) return {false, transfer.error, 0, status, {}};
  if (spec.type == CheckType::kTcp) return {true, "connected", 0, 0, {}};
  if (transfer.body.find(spec.body_contains) == std::string::npos) {
    return {false, "body does not contain \"" + spec.body_contains + "\"", 0, status, {}};
  }
  return {true, "status " + std::to_string(status), 0, status, {}};
}

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
    : resolver_(loop, std::move(options)), transfers_(loop) {}

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
  const auto address = IpAddress::parse(probe->spec->address);
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
    return finish(*probe,
                  {false, "no address for " + spec.address + ": " + found.error(), 0, 0, {}});
  }
  if (probe->addresses.size() > kMaxAddressesTried) probe->addresses.resize(kMaxAddressesTried);
  if (probe->left_ms() <= 0) {
    return finish(*probe, {false, timed_out(spec, "looking up " + spec.address), 0, 0, {}});
  }
  connect_next(probe);
}

void Prober::connect_next(const std::shared_ptr<Probe>& probe) {
  const IpAddress& address = probe->addresses[probe->tried++];
  const std::int64_t left_ms = std::max<std::int64_t>(probe->left_ms(), 1);
  const auto behind = static_cast<std::int64_t>(probe->addresses.size() - probe->tried);
  const std::int64_t share_ms = left_ms / std::min(behind + 1, kMaxConnectShares);
  transfers_.start(to_request(*probe->spec, address, left_ms, behind > 0 ? share_ms : 0),
                   [this, probe](const auto& transfer) { on_transferred(probe, transfer); });
}

void Prober::on_transferred(const std::shared_ptr<Probe>& probe, const TransferResult& transfer) {
  const bool unreachable =
      transfer.end != TransferEnd::kDone && transfer.phase == TransferPhase::kConnect;
  if (unreachable && probe->tried < probe->addresses.size() && probe->left_ms() > 0) {
    return connect_next(probe);
  }
  ProbeResult result = judge(*probe->spec, transfer);
  result.address = probe->addresses[probe->tried - 1];
  finish(*probe, std::move(result));
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
