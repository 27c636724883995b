// The door to c-ares: host names to addresses, asynchronously on a libuv loop, by /etc/hosts and
// resolv.conf. A lookup that begins after that file has changed goes by the new one; those under
// way end by the old. It keeps no answers.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ip.h"
#include "health/check.h"

namespace rhumb {

// Old states of resolv.conf by which lookups are still under way; with so many, a further change
// waits until one has ended.
constexpr std::size_t kMaxDrainingChannels = 8;

struct ResolverOptions {
  std::vector<Endpoint> servers;  // instead of resolv.conf's
  std::string resolv_conf = "/etc/resolv.conf";
};

class Resolver {
 public:
  using Addresses = std::vector<IpAddress>;
  using Done = std::function<void(const Result<Addresses>&)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit Resolver(uv_loop_t* loop, ResolverOptions options = {});
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Drops what is under way: no `done` is called any more.
  ~Resolver();

  // Calls `done` once, from the loop: with at least one address, in RFC 6724 order (those that this
  // host can reach first), or with an error such as "no such name". A name without a final dot goes
  // through resolv.conf's search list.
  void resolve(const std::string& name, CheckFamily family, std::int64_t timeout_ms, Done done);

 private:
  class Channel;
  void follow_resolv_conf();

  uv_loop_t* loop_;
  ResolverOptions options_;
  std::unique_ptr<Channel> channel_;
  std::vector<std::unique_ptr<Channel>> draining_;
};

}  // namespace rhumb
