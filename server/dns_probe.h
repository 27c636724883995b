// Asks the questions of DNS checks, many at once: over UDP, twice if need be, and over TCP when the
// reply does not fit. Each has a port and an id of its own, by chance. It belongs to one thread and
// its uv loop and never waits; whatever the target does, it reads a bounded number of bytes.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "health/check.h"
#include "server/dns_reply.h"
#include "server/probe_result.h"

namespace rhumb {

// Datagrams that are no answer to the question, after which a probe fails.
inline constexpr int kMaxForeignReplies = 64;

class DnsProbes {
 public:
  using Done = std::function<void(Attempt)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit DnsProbes(uv_loop_t* loop);
  DnsProbes(const DnsProbes&) = delete;
  DnsProbes& operator=(const DnsProbes&) = delete;
  // Drops what is under way: no `done` is called any more. Not to be called from a `done`.
  ~DnsProbes();

  // Asks `address` once. An address that has not said a word by the end of the time to connect is
  // unreachable. Calls `done` once, from the loop, never from within start().
  void start(std::shared_ptr<const CheckSpec> spec, const IpAddress& address, Patience patience,
             Done done);

 private:
  struct Run;
  static void on_timer(uv_timer_t* due);
  void ask_over_udp(Run& run);
  void ask_over_tcp(Run& run);
  static std::int64_t due_ms(const Run& run);
  void wait(Run& run);
  void on_due(Run& run);
  void on_datagram(Run& run);
  void on_connected(Run& run);
  void on_bytes(Run& run);
  bool open(Run& run, int type);
  void take(Run& run, const DnsReply& reply);
  void fail(Run& run, std::string reason);
  void end(Run& run, ProbeResult result);
  void fail_by_errno(Run& run);
  void finish(Run& run);

  uv_loop_t* loop_;
  std::unordered_map<const Run*, std::unique_ptr<Run>> runs_;
  std::vector<std::uint8_t> datagram_;  // room for the next one
};

}  // namespace rhumb
