#include "server/helper_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <optional>
#include <utility>

#include "server/job_packets.h"
#include "server/map_child.h"
#include "server/packets.h"

namespace rhumb {
namespace {

// Processor seconds between the signal that tells a child of its end, and the one that cannot be
// caught.
constexpr rlim_t kGraceS = 5;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
constexpr bool kIsSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kIsSanitized = false;
#endif

void set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  (void)setrlimit(resource, &limit);
}

// The kernel, when memory ends, takes this process rather than the server.
void be_first_to_go() {
  const Fd score(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  (void)!write(score.get(), "1000", 4);
}

void limit_child(const JobRequest& request) {
  set_limit(RLIMIT_CPU, request.cpu_s, request.cpu_s + kGraceS);
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_FSIZE, kMaxMapSize, kMaxMapSize);
  if (!kIsSanitized) set_limit(RLIMIT_AS, kMaxChildMemory, kMaxChildMemory);
  be_first_to_go();
  alarm(request.wall_s);
  const sched_param none{};
  if (request.haste == Haste::kIdle) (void)sched_setscheduler(0, SCHED_IDLE, &none);
}

// To die of what a database does is what a child is for: no sanitizer needs to tell of it.
void die_quietly() {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) signal(number, SIG_DFL);
}

[[noreturn]] void run_child(const JobRequest& request, const Packet& packet, pid_t helper) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != helper) _exit(0);
  prctl(PR_SET_NAME, "rhumb-job");
  die_quietly();
  limit_child(request);
  switch (request.kind) {
    case JobKind::kMaps:
      run_map_job(packet.fds[0], packet.fds[1]);
      break;
  }
  _exit(0);
}

std::uint32_t wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return static_cast<std::uint32_t>(status);
}

void serve(const Fd& requests, const Packet& packet) {
  const auto request = unpack_request(packet.bytes);
  if (!request || packet.fds.size() != 2) return;
  const Fd& reports = packet.fds[1];
  const pid_t helper = getpid();
  // Without what libraries do at a fork(): it may concern files that are closed here.
  const pid_t child = _Fork();
  if (child == 0) {
    close(requests.get());
    run_child(*request, packet, helper);
  }
  if (child < 0) {
    send_packet(reports, pack({.kind = JobReport::Kind::kFailed,
                               .text = "failed: there can be no process for it"}));
  }
  const std::uint32_t status = child < 0 ? 0 : wait_for(child);
  send_packet(reports, pack({.kind = JobReport::Kind::kEnded, .status = status}));
}

// Only standard error stays.
void close_all_but(const Fd& requests) {
  const auto kept = static_cast<unsigned>(requests.get());
  if (kept > 3) close_range(3, kept - 1, 0);
  close_range(kept + 1, std::numeric_limits<unsigned>::max(), 0);
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) dup2(null.get(), standard);
}

}  // namespace

void run_helper(const Fd& requests, pid_t server) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != server) _exit(0);
  prctl(PR_SET_NAME, "rhumb-helper");
  // They go to all processes of a terminal or service; the server decides what comes of them.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) signal(number, SIG_IGN);
  close_all_but(requests);
  while (const auto packet = receive_packet(requests, -1)) serve(requests, *packet);
  _exit(0);
}

}  // namespace rhumb
