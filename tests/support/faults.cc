#include "tests/support/faults.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace rhumb::test {
namespace {

bool is_wanted(const Fd& fd, const Endpoint& endpoint, SocketKind kind) {
  const auto facts = look_at_socket(fd.get());
  const bool is_one = facts && facts->kind == kind && facts->endpoint == endpoint;
  return is_one && (kind != SocketKind::kTcp || facts->listens);
}

}  // namespace

std::string why_no_other_user() {
  if (geteuid() != 0) return "only root can become somebody else: run the tests as root";
  for (const char* const folder : {"/", "/tmp"}) {
    struct stat status {};
    const bool is_open = stat(folder, &status) == 0 && (status.st_mode & S_IXOTH) != 0;
    if (!is_open) return std::string(folder) + " is closed to all users but root";
  }
  return {};
}

bool may_mount() { return run(with_mounts("mount -t tmpfs tmpfs /mnt")).exit_code == 0; }

std::vector<std::string> with_mounts(const std::string& script) {
  return {"unshare", "-m", "sh", "-e", "-c", script + "\n[ $# = 0 ] || exec \"$@\"", "sh"};
}

Finished run_among_mounts_of(pid_t pid, const std::string& script) {
  return run({"nsenter", "-t", std::to_string(pid), "-m", "sh", "-e", "-c", script});
}

bool set_most_descriptors(pid_t pid, std::uint64_t most) {
  rlimit limit{};
  if (prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0) return false;
  limit.rlim_cur = most;
  return prlimit(pid, RLIMIT_NOFILE, &limit, nullptr) == 0;
}

std::vector<Fd> sockets_of(pid_t pid, const Endpoint& endpoint, SocketKind kind) {
  constexpr int kMostLookedAt = 1024;
  std::vector<Fd> found;
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  for (int number = 0; process.valid() && number < kMostLookedAt; ++number) {
    Fd fd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    if (fd.valid() && is_wanted(fd, endpoint, kind)) found.push_back(std::move(fd));
  }
  return found;
}

SetClock::SetClock(std::string library) : library_(std::move(library)) {
  path_ = folder_.write("shift", std::string(sizeof(std::int64_t), '\0'));
}

std::vector<std::string> SetClock::words() const {
  return {"env", "LD_PRELOAD=" + library_, "RHUMB_SHIFTED_CLOCK=" + path_};
}

void SetClock::shift(std::int64_t seconds) const {
  const Fd file(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  (void)!pwrite(file.get(), &seconds, sizeof seconds, 0);
}

std::size_t count_in(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

}  // namespace rhumb::test
