// The process beside the server that works in its stead where the work may kill: a hostile database
// may take a child of the helper with it, and never the server; commands of checks start there.
// This is the server's side.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "server/keeper.h"
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

enum class HelperStart : std::uint8_t {
  kAtOnce,   // as who we are
  kWhenTold  // by begin()
};

// How often it has ended and was started anew, and how it ended last.
struct HelperRestarts {
  std::uint32_t count = 0;
  std::string last_end;  // "killed by signal 9 (Killed)"; empty: never
};

class Helper {
 public:
  // Forks its keeper (server/keeper.h), which starts it and starts it anew; if there can be none,
  // each job fails and says so. Requires: no other thread runs, and the calling one lives as long
  // as the process.
  explicit Helper(const JobLimits& limits = {}, HelperStart start = HelperStart::kAtOnce);
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  ~Helper();

  // Starts it, and waits until it runs or cannot. Requires: kWhenTold, once, before any job.
  void begin(const HelperTerms& terms);

  // Waits until it is done, or not `wanted` any more: then it is ended. Any thread, and many at
  // once.
  [[nodiscard]] CompileResult compile(const MapJob& job, Haste haste, const Wanted& wanted = {});
  // Hands over a command: `memory` holds an ExecJob, sealed, and what comes of it is sent to the
  // other end of `reports` (server/job_packets.h). Once nobody holds that end, the command is ended
  // too. Any thread; never waits.
  [[nodiscard]] Sent run(const Fd& memory, const Fd& reports) const;
  // Why there is no helper; empty: there is one, or was.
  [[nodiscard]] const std::string& why_none() const { return why_none_; }
  // Whether it has ended for good, by the end of its keeper or by stop().
  [[nodiscard]] bool is_gone() const;
  [[nodiscard]] HelperRestarts restarts() const;
  // Readable once it was started anew or is gone for good; invalid: there is none.
  [[nodiscard]] const Fd& news() const { return keeper_; }
  // Takes what made news() readable, if it is not gone.
  void take_news() const;
  // What is amiss with it and what to do, for people; empty: nothing, or stop() was called.
  [[nodiscard]] std::string problem() const;
  // Any thread, and behind any wall: ends the helper and what it does; that fails.
  void stop();

  // The helper's own, which changes when it is started anew (-1: there can be none now), and that
  // of its keeper.
  [[nodiscard]] pid_t pid() const { return facts_ == nullptr ? -1 : facts_->helper.load(); }
  [[nodiscard]] pid_t keeper_pid() const { return keeper_pid_; }

 private:
  [[nodiscard]] bool send(const MapJob& job, Haste haste, const Fd& reports) const;
  void have_none(const std::string& why);
  [[nodiscard]] std::string why_silent() const;

  const JobLimits limits_;
  Fd requests_;
  Fd keeper_;                     // a packet socket to it
  Fd end_;                        // readable when it has ended
  KeeperFacts* facts_ = nullptr;  // in memory that it writes
  std::string why_none_;
  pid_t keeper_pid_ = -1;
  std::atomic<bool> stopped_{false};
};

// None without a helper.
MapCompiler compiler_of(Helper* helper);

}  // namespace rhumb
