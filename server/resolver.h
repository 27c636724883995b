// The door to c-ares: host names to addresses, asynchronously on a libuv loop, by /etc/hosts and
// resolv.conf (read again when it has changed). It keeps no answers.
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
  std::unique_ptr<Channel> channel_;
};

}  // namespace rhumb
