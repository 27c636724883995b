// Runs probes: puts them in line, looks names up, and tries a check's addresses in turn until one
// has given a result. What a check of each type sends and what it accepts is known elsewhere. It
// belongs to one thread and its uv loop, keeps no verdicts and knows no schedule. Whatever the
// target does, a probe ends by its timeout and reads a bounded number of bytes.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "health/check.h"
#include "server/exchange.h"
#include "server/probe_result.h"
#include "server/resolver.h"

namespace rhumb {

constexpr std::size_t kMaxProbeSlots = 512;  // probes in flight; the rest wait in line

class Prober {
 public:
  using Done = std::function<void(const ProbeResult&)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit Prober(uv_loop_t* loop, ResolverOptions options = {});
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  // Drops what is under way and in line: no `done` is called any more. Not to be called from a
  // `done`.
  ~Prober();

  // Probes once, as soon as a slot is free, in order of arrival. Calls `done` once, from the loop,
  // never from within start(). `timeout_ms` counts from leaving the line. A name is looked up each
  // time; if that fails, the check's last addresses are used. Its addresses are tried in order
  // until one connects; none but the last may take all the time that is left. A probe of the same
  // check that still waits in line is replaced: it is dropped and its `done` is not called.
  void start(std::shared_ptr<const CheckSpec> spec, Done done);
  // Drops what is kept of a check that is no more: its last addresses and its place in line. A
  // probe that is under way goes on to its end.
  void forget(const std::string& id);

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t in_line() const { return line_.size(); }

 private:
  struct Probe;
  // What a check's name last gave (nothing before its first lookup has ended), so that a failed
  // lookup does not fail the probe.
  struct LastAddresses {
    std::string name;
    CheckFamily family = CheckFamily::kAny;
    std::vector<IpAddress> addresses;
  };

  void fill_slots();
  void begin(const std::shared_ptr<Probe>& probe);
  void look_up(const std::shared_ptr<Probe>& probe);
  void on_looked_up(const std::shared_ptr<Probe>& probe,
                    const Result<std::vector<IpAddress>>& found);
  void connect_next(const std::shared_ptr<Probe>& probe);
  void on_attempted(const std::shared_ptr<Probe>& probe, Attempt attempt);
  void finish(Probe& probe, ProbeResult result);
  void remember(const CheckSpec& spec, const std::vector<IpAddress>& addresses);
  [[nodiscard]] const LastAddresses* last_addresses(const CheckSpec& spec) const;

  using Line = std::list<std::shared_ptr<Probe>>;
  Line line_;
  std::unordered_map<std::string, Line::iterator> waiting_;  // the probes in line by check id
  std::size_t in_flight_ = 0;
  std::map<std::string, LastAddresses, std::less<>> last_;  // by check id
  Resolver resolver_;
  Exchanges exchanges_;
};

}  // namespace rhumb
