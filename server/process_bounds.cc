#include "server/process_bounds.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rhumb {

void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  (void)setrlimit(resource, &limit);
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  set_limit(RLIMIT_NOFILE, limit.rlim_max, limit.rlim_max);
}

void be_first_to_go() {
  const Fd score(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  (void)!write(score.get(), "1000", 4);
}

Fd watch_process(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

}  // namespace rhumb
