// The process beside the server that works in its stead where the work may kill: a hostile database
// may take a child of the helper with it, and never the server; commands of checks start there.
// This is the server's side.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "server/listeners.h"
#include "server/map_compiler.h"
#include "server/packets.h"

namespace rhumb {

// What a child may take for maps before it is killed.
struct JobLimits {
  std::uint32_t cpu_s = 120;      // of processor time, and for each rule...
  std::uint32_t cpu_rule_s = 20;  // ...so much more
  std::uint32_t wall_s = 3'600;   // generous: with kIdle it runs when nobody else does
};

class Helper {
 public:
  // Forks the helper; if there can be none, each job fails and says so. Requires: no other thread
  // runs, and the calling one lives as long as the process.
  explicit Helper(const JobLimits& limits = {});
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  ~Helper();

  // Waits until it is done, or not `wanted` any more: then it is ended. Any thread, and many at
  // once.
  [[nodiscard]] CompileResult compile(const MapJob& job, Haste haste, const Wanted& wanted = {});
  // Hands over a command: `memory` holds an ExecJob, sealed, and what comes of it is sent to the
  // other end of `reports` (server/job_packets.h). Once nobody holds that end, the command is ended
  // too. Any thread; never waits.
  [[nodiscard]] Sent run(const Fd& memory, const Fd& reports) const;
  // Why there is no helper; empty: there is one, or was.
  [[nodiscard]] const std::string& why_none() const { return why_none_; }
  // Whether it has ended, by itself or by stop().
  [[nodiscard]] bool is_gone() const;
  // Readable from then on; invalid: nobody can watch it.
  [[nodiscard]] const Fd& end() const { return end_; }
  // What is amiss with it and what to do, for people; empty: nothing, or stop() was called.
  [[nodiscard]] std::string problem() const;
  // Any thread: ends the helper and what it does; that fails.
  void stop();

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  [[nodiscard]] bool send(const MapJob& job, Haste haste, const Fd& reports) const;

  const JobLimits limits_;
  Fd requests_;
  Fd end_;
  std::string why_none_;
  pid_t pid_ = -1;
  std::atomic<bool> stopped_{false};
};

// None without a helper.
MapCompiler compiler_of(Helper* helper);

}  // namespace rhumb
