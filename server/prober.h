// Runs probes: puts them in line, has names looked up, and tries a check's addresses in turn until
// one has given a result. Checks that ask the same of the same target are probed once. What a check
// of each type sends and what it accepts is known elsewhere. It belongs to one thread and its uv
// loop, keeps no verdicts and knows no schedule. Whatever the target does, a probe ends by its
// timeout and reads a bounded number of bytes.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ip.h"
#include "health/check.h"
#include "server/exchange.h"
#include "server/lookups.h"
#include "server/probe_report.h"
#include "server/probe_result.h"

namespace rhumb {

constexpr std::size_t kMaxProbeSlots = 512;  // probes in flight; the rest wait in line
constexpr std::size_t kMaxInspections = 16;  // by people, at once; beside these slots

class Prober {
 public:
  using Done = std::function<void(const ProbeResult&)>;
  using Inspected = std::function<void(const ProbeReport&)>;

  // `loop` and `helper` outlive it; `loop` runs once more after its end to free its handles.
  explicit Prober(uv_loop_t* loop, LookupOptions options = {}, const Helper* helper = nullptr);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  // Drops what is under way and in line: no `done` is called any more. Not to be called from a
  // `done`.
  ~Prober();

  // Probes once, as soon as a slot is free, in order of arrival. Calls `done` once, from the loop,
  // never from within start(). `timeout_ms` counts from leaving the line. A name is looked up each
  // time; if that fails, its last addresses are used. Its addresses are tried in order until one
  // connects; none but the last may take all the time that is left. A probe of the same check that
  // still waits in line is replaced: it is dropped and its `done` is not called. If the same probe
  // for another check is in line or under way, its result is for both.
  void start(std::shared_ptr<const CheckSpec> spec, Done done);
  // Drops what is kept of a check that is no more: its name's last addresses and its place in line.
  // A probe that is under way goes on to its end.
  void forget(const std::string& id);

  // Probes once, now, for somebody who looks on: shared with nobody, and it changes nothing of what
  // is kept of the check. False if too many are under way; then `done` is not called.
  bool inspect(std::shared_ptr<const CheckSpec> spec, Inspected done);

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t in_line() const { return line_.size(); }

 private:
  struct Probe;
  using Line = std::list<std::shared_ptr<Probe>>;

  bool replace_in_line(const std::shared_ptr<const CheckSpec>& spec, Done& done);
  void leave_line(const std::string& id);
  bool join(const std::shared_ptr<const CheckSpec>& spec, std::uint64_t key, Done& done);
  void count_kept(const CheckSpec& spec);
  void fill_slots();
  void begin(const std::shared_ptr<Probe>& probe);
  void look_up(const std::shared_ptr<Probe>& probe);
  void on_looked_up(const std::shared_ptr<Probe>& probe,
                    const Result<std::vector<IpAddress>>& found);
  void connect_next(const std::shared_ptr<Probe>& probe);
  void on_attempted(const std::shared_ptr<Probe>& probe, Attempt attempt);
  void finish(const std::shared_ptr<Probe>& probe, ProbeResult result);
  void report(const std::shared_ptr<Probe>& probe, ProbeResult result);

  Line line_;
  std::unordered_map<std::string, std::shared_ptr<Probe>> waiting_;   // those in line by check id
  std::unordered_map<std::uint64_t, std::shared_ptr<Probe>> shared_;  // and under way, by key
  std::unordered_set<std::string> kept_;  // ids of checks that keep connections
  std::size_t in_flight_ = 0;
  std::size_t inspections_ = 0;
  Lookups lookups_;
  Exchanges exchanges_;
};

}  // namespace rhumb
