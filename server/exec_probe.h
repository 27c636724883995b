// Runs the commands of EXEC checks through the helper, many at once, and judges how they end. It
// belongs to one thread and its uv loop and never waits; whatever a command does, its probe ends by
// its timeout, and so does the command with all that came of it. What goes wrong with the helper
// says nothing of a target, and is no data.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "health/check.h"
#include "server/helper.h"
#include "server/job_packets.h"
#include "server/probe_result.h"
#include "server/uv_handle.h"

namespace rhumb {

// Octets of what a command wrote that a reason shows, of its first line.
inline constexpr std::size_t kMaxOutputShown = 200;
// How long beyond a probe's timeout the helper may take to tell that it is over.
inline constexpr std::int64_t kHelperGraceMs = 500;

// What a report means. Only what a command did, or what the system said to starting it, counts.
ProbeResult judge_exec(const CheckSpec& spec, const JobReport& report);

class ExecProbes {
 public:
  using Done = std::function<void(ProbeResult)>;

  // Without a helper no probe has data. `loop` and `helper` outlive it, and `loop` runs once more
  // after its end to free its handles.
  ExecProbes(uv_loop_t* loop, const Helper* helper);
  ExecProbes(const ExecProbes&) = delete;
  ExecProbes& operator=(const ExecProbes&) = delete;
  // Ends what is under way: no `done` is called any more. Not to be called from a `done`.
  ~ExecProbes();

  // Runs the command of `spec` once, for `timeout_ms` at most. Calls `done` once, from the loop,
  // never from within start().
  void start(std::shared_ptr<const CheckSpec> spec, std::int64_t timeout_ms, Done done);

 private:
  struct Run;
  void hand_over_line();
  bool hand_over(Run& run);
  void on_report(Run& run);
  static void on_timer(uv_timer_t* due);
  void on_due(Run& run);
  void finish_soon(Run& run, ProbeResult result);
  void finish(Run& run, ProbeResult result);

  uv_loop_t* loop_;
  const Helper* helper_;
  UvTimer retry_;
  std::unordered_map<const Run*, std::unique_ptr<Run>> runs_;
  std::deque<Run*> line_;  // those that there was no room for at the helper
};

}  // namespace rhumb
