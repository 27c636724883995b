#include "server/helper_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/exec_child.h"
#include "server/instrumented.h"
#include "server/job_packets.h"
#include "server/map_child.h"
#include "server/packets.h"
#include "server/process_bounds.h"

namespace rhumb {
namespace {

// Processor seconds between the signal that tells a child of its end, and the one that cannot be
// caught.
constexpr rlim_t kCpuGraceS = 5;

// How soon it is looked whether there is room for descriptors again.
constexpr long kRoomLookNs = 100'000'000;

// As the loader's thread: what is compiled soon gives way to answering, and to nothing else.
constexpr int kSoonNice = 10;

void be_as_urgent_as(Haste haste) {
  const sched_param none{};
  switch (haste) {
    case Haste::kNow:
      break;
    case Haste::kSoon:
      (void)setpriority(PRIO_PROCESS, 0, kSoonNice);
      break;
    case Haste::kIdle:
      (void)sched_setscheduler(0, SCHED_IDLE, &none);
      break;
  }
}

void limit_child(const JobRequest& request) {
  set_limit(RLIMIT_CPU, request.cpu_s, request.cpu_s + kCpuGraceS);
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_NOFILE, kMaxChildFiles, kMaxChildFiles);
  set_limit(RLIMIT_FSIZE, kMaxMapSize, kMaxMapSize);
  if (!kIsSanitized) set_limit(RLIMIT_AS, kMaxChildMemory, kMaxChildMemory);
  be_first_to_go();
  alarm(request.wall_s);
  be_as_urgent_as(request.haste);
}

// SIGCHLD is blocked but while we wait, so that no end goes unnoticed.
struct SignalMask {
  sigset_t before{};

  SignalMask() {
    struct sigaction noticed {};
    noticed.sa_handler = [](int) {};
    sigaction(SIGCHLD, &noticed, nullptr);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, &before);
  }
};

// To die of what a database does is what a child is for: no sanitizer needs to tell of it.
void die_quietly() {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) signal(number, SIG_DFL);
}

[[noreturn]] void run_child(const JobRequest& request, const Packet& packet, pid_t helper,
                            const ConfineConfig& confine) {
  switch (request.kind) {
    case JobKind::kMaps:
      end_with(helper);
      prctl(PR_SET_NAME, "rhumb-job");
      die_quietly();
      limit_child(request);
      run_map_job(packet.fds[0], packet.fds[1], confine);
      break;
    case JobKind::kCommand:
      run_exec_job(packet.fds[0], packet.fds[1], helper);
      break;
  }
  _exit(0);
}

void end_report(const Fd& reports, std::uint32_t status) {
  // Without waiting: the others' jobs matter more than one that is not listened to.
  (void)try_send_packet(reports, pack({.kind = JobReport::Kind::kEnded, .status = status}));
}

struct Job {
  Fd reports;               // where its end is to be told
  bool is_watched = false;  // it ends once nobody listens; a command sees to that itself
};

// Those under way, by their children.
using Jobs = std::unordered_map<pid_t, Job>;

void begin(const Fd& requests, Packet packet, const SignalMask& mask, const ConfineConfig& confine,
           Jobs& jobs) {
  const auto request = unpack_request(packet.bytes);
  if (!request || packet.fds.size() != 2) return;
  const pid_t helper = getpid();
  // Without what libraries do at a fork(): it may concern files that are closed here.
  const pid_t child = _Fork();
  if (child == 0) {
    close(requests.get());
    jobs.clear();  // a child reports nothing in the name of another
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask.before, nullptr);
    run_child(*request, packet, helper, confine);
  }
  if (child > 0) {
    jobs.emplace(child, Job{std::move(packet.fds[1]), request->kind == JobKind::kMaps});
    return;
  }
  (void)try_send_packet(packet.fds[1], pack({.kind = JobReport::Kind::kNotStarted,
                                             .text = "there can be no process for it"}));
  end_report(packet.fds[1], 0);
}

// Room for the descriptors of one more packet: what comes without room for them is lost. It is held
// by copies of `requests`, for which no file has to be there.
class Room {
 public:
  explicit Room(const Fd& requests) : requests_(requests) {}
  // Whether there is some, now that jobs have ended.
  bool make() {
    for (Fd& spare : spares_) {
      if (!spare.valid()) spare = Fd(fcntl(requests_.get(), F_DUPFD_CLOEXEC, 0));
    }
    return std::ranges::all_of(spares_, &Fd::valid);
  }
  void give() { spares_ = {}; }

 private:
  const Fd& requests_;
  std::array<Fd, kMaxPacketFds> spares_;
};

void reap(Jobs& jobs) {
  int status = 0;
  for (pid_t child = 0; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto job = jobs.find(child);
    if (job == jobs.end()) continue;
    end_report(job->second.reports, static_cast<std::uint32_t>(status));
    jobs.erase(job);
  }
}

void end_unwanted(Jobs& jobs) {
  for (auto& [child, job] : jobs) {
    if (!job.is_watched || !is_deserted(job.reports)) continue;
    kill(child, SIGKILL);
    job.is_watched = false;
  }
}

// Until there is a request or no server any more, a child has ended, or nobody listens to one. With
// as many jobs as there may be, or no room for another, requests wait.
void wait_for_news(const Fd& requests, bool has_room, const SignalMask& mask, const Jobs& jobs) {
  const bool takes = has_room && jobs.size() < kMaxJobs;
  std::vector<pollfd> watched = {{requests.get(), static_cast<short>(takes ? POLLIN : 0), 0}};
  for (const auto& [child, job] : jobs) {
    if (job.is_watched) watched.push_back({job.reports.get(), 0, 0});
  }
  const timespec soon{.tv_sec = 0, .tv_nsec = kRoomLookNs};
  (void)ppoll(watched.data(), watched.size(), has_room ? nullptr : &soon, &mask.before);
}

bool has_request(const Fd& requests, const Jobs& jobs) {
  pollfd watched{requests.get(), POLLIN, 0};
  return jobs.size() < kMaxJobs && poll(&watched, 1, 0) > 0;
}

}  // namespace

void run_helper(const Fd& requests, pid_t keeper, const ConfineConfig& confine) {
  end_with(keeper);
  prctl(PR_SET_NAME, "rhumb-helper");
  close_all_but(requests, requests);
  raise_file_limit();  // each job holds a descriptor here
  const SignalMask mask;
  Jobs jobs;
  Room room(requests);
  while (!is_deserted(requests)) {
    reap(jobs);
    end_unwanted(jobs);
    const bool has_room = room.make();
    if (!has_room || !has_request(requests, jobs)) {
      wait_for_news(requests, has_room, mask, jobs);
      continue;
    }
    room.give();
    auto packet = receive_packet(requests, 0);
    if (packet) begin(requests, *std::move(packet), mask, confine, jobs);
  }
  _exit(0);
}

}  // namespace rhumb
