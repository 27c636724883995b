#include "server/process_bounds.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

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

void end_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
}

void fill_standard_descriptors() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);  // the first number that is free
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

void close_all_but(const Fd& one, const Fd& other) {
  const auto [first, last] =
      std::minmax({static_cast<unsigned>(one.get()), static_cast<unsigned>(other.get())});
  const auto close_from = [](unsigned from, unsigned to) {
    if (from <= to) close_range(from, to, 0);
  };
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  close_from(kFirst, first - 1);
  close_from(first + 1, last - 1);
  close_from(last + 1, std::numeric_limits<unsigned>::max());
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) dup2(null.get(), standard);
}

Fd watch_process(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

void forget_environment() {
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    explicit_bzero(*each, std::strlen(*each));
  }
  clearenv();
}

}  // namespace rhumb
