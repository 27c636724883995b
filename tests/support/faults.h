// Faults made for real, from outside, in a server that runs: mounts of its own, no more
// descriptors, its own sockets in the test's hands, a clock that is set.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "server/listeners.h"
#include "server/socket_facts.h"
#include "tests/support/process.h"

namespace rhumb::test {

// Whether this process may make mounts that others do not see.
[[nodiscard]] bool may_mount();
// Why no server can be run as another user, who has to reach its program and its files; empty: one
// can.
std::string why_no_other_user();
// Runs what follows these words with mounts of its own, as `script` makes them.
std::vector<std::string> with_mounts(const std::string& script);
// Runs `script` among the mounts of a process.
Finished run_among_mounts_of(pid_t pid, const std::string& script);

// How many descriptors a process may have from now on.
[[nodiscard]] bool set_most_descriptors(pid_t pid, std::uint64_t most);

// The UDP sockets or TCP listeners of a process that are bound to `endpoint`: the same ones, not
// copies. Empty: it has none, or this process may not take them.
std::vector<Fd> sockets_of(pid_t pid, const Endpoint& endpoint, SocketKind kind);

// The time of day of a process started with its words before.
class SetClock {
 public:
  // `library` is the path of shifted_clock.
  explicit SetClock(std::string library);
  [[nodiscard]] std::vector<std::string> words() const;
  // From the real time.
  void shift(std::int64_t seconds) const;

 private:
  TempDir folder_;
  std::string library_;
  std::string path_;
};

// How often `what` stands in `text`.
std::size_t count_in(const std::string& text, const std::string& what);

}  // namespace rhumb::test
