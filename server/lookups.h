// The addresses of checks' names. A look-up is shared by all who ask for the name and family at
// about the same moment, and what a name gave last is kept for as long as a check uses it, so that
// a look-up that fails need not fail a probe. It belongs to one thread and its uv loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ip.h"
#include "health/check.h"
#include "server/fault_pace.h"
#include "server/resolver.h"

namespace rhumb {

// So long is an answer the answer for others too.
constexpr std::int64_t kFreshLookupMs = 1'000;

struct LookupOptions {
  ResolverOptions resolver;
  std::int64_t fresh_ms = kFreshLookupMs;
  // Of look-ups that fail while something is kept, which no probe shows: that this begins, and with
  // how many it is over for all names. Not each time (server/fault_pace.h).
  std::function<void(const std::string& name, const std::string& reason)> on_fault{};
  std::function<void(std::uint64_t failures)> on_end{};
};

class Lookups {
 public:
  using Addresses = std::vector<IpAddress>;
  using Done = std::function<void(const Result<Addresses>&)>;

  // `loop` outlives it, and runs once more after its end to free its handles.
  explicit Lookups(uv_loop_t* loop, LookupOptions options = {});
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;
  // Drops what is under way: no `done` is called any more.
  ~Lookups();

  // What the name gives is kept until the check asks for another one, or is forgotten.
  void use(const std::string& check, const std::string& name, CheckFamily family);
  void forget(const std::string& check);

  // Calls `done` once: at once with an answer that is fresh, else from the loop. An error comes
  // only when nothing is kept; a name that has something kept is given half of the time.
  void resolve(const std::string& name, CheckFamily family, std::int64_t timeout_ms, Done done);

 private:
  using Key = std::pair<std::string, CheckFamily>;
  struct Running {
    std::int64_t due_ms = 0;
    std::vector<Done> waiting;
  };
  struct Entry {
    Addresses last;  // empty: nothing yet
    std::int64_t found_ms = 0;
    std::size_t users = 0;
    bool is_stale = false;             // the last look-up failed, and `last` served
    std::shared_ptr<Running> running;  // the latest
  };

  void run(const Key& key, Entry& entry, std::int64_t timeout_ms, Done done);
  void take(const Key& key, const std::shared_ptr<Running>& running,
            const Result<Addresses>& found);
  void note(const std::string& name, Entry& entry, const Result<Addresses>& found);
  void drop_unused(const Key& key);

  const LookupOptions options_;
  std::map<Key, Entry> entries_;
  std::size_t stale_ = 0;  // of them
  FaultPace fault_;
  std::unordered_map<std::string, Key> used_;  // by check
  Resolver resolver_;
};

}  // namespace rhumb
