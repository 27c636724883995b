// Something done in a process of its own, for what cannot be undone: walls, users, an end by a
// signal.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace rhumb::test {

// How a process ended: "exit 0", "signal 31".
inline std::string way_of(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

// Does `act` in a child, whose exit code is what it returns. A test of what only the code at hand
// may do: the child has one thread, and the parent's memory.
inline std::string in_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "no child";
  return way_of(status);
}

// Whether root is root enough to let others be urgent; a container's may well not be.
inline bool may_allow_nice() {
  return in_child([] {
           const rlimit wanted{35, 35};
           return setrlimit(RLIMIT_NICE, &wanted) == 0 ? 0 : 1;
         }) == "exit 0";
}

inline constexpr char kNeedsNice[] = "nobody may raise RLIMIT_NICE here (no CAP_SYS_RESOURCE)";

}  // namespace rhumb::test
