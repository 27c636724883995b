#include "server/exec_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/exec_job.h"
#include "server/instrumented.h"
#include "server/job_packets.h"
#include "server/packets.h"
#include "server/process_bounds.h"
#include "server/sealed_memory.h"

namespace rhumb {
namespace {

constexpr rlim_t kMaxCommandFiles = 1'024;
// Octets that each process of a command may write to in memory that no other has.
constexpr rlim_t kMaxCommandMemory = rlim_t{2} << 30U;
// Seconds of processor time of each, or what its deadline leaves, if that is more.
constexpr rlim_t kMaxCommandCpuS = 60;
// A command goes after the answers.
constexpr int kCommandNice = 5;
// Of what a command leaves behind, so many are ended one after the other.
constexpr int kMaxLeftBehind = 65'536;
constexpr mode_t kCommandUmask = 022;
// What is killed and does not end, such as one that waits for a dead disk, is waited for so long.
constexpr std::int64_t kEndGraceMs = 5'000;
constexpr int kLookMs = 10;

std::uint64_t left_ms(std::uint64_t deadline_ms) {
  return deadline_ms - std::min(static_cast<std::uint64_t>(monotonic_ms()), deadline_ms);
}

struct Pipe {
  Fd in;
  Fd out;  // what is not there yet is not waited for
};

Pipe make_pipe() {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) == 0) (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Fd(ends[1]), Fd(ends[0])};
}

// A command under way.
struct Running {
  pid_t pid = -1;
  Fd end;  // readable then
  Fd output;
  Fd errors;  // errno, if it never came to be
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

void take_default_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void limit_command(std::uint64_t deadline_ms) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlim_t cpu_s = std::max<rlim_t>(kMaxCommandCpuS, left_ms(deadline_ms) / 1000 + 1);
  set_limit(RLIMIT_CPU, cpu_s, cpu_s);
  if (!kIsSanitized) set_limit(RLIMIT_DATA, kMaxCommandMemory, kMaxCommandMemory);
  set_limit(RLIMIT_CORE, 0, 0);
  set_limit(RLIMIT_NOFILE, kMaxCommandFiles, kMaxCommandFiles);
  be_first_to_go();
  (void)setpriority(PRIO_PROCESS, 0, kCommandNice);
  umask(kCommandUmask);
}

// Standard input is /dev/null since the helper began.
[[noreturn]] void become(ExecJob job, const Pipe& output, const Pipe& errors, pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  limit_command(job.deadline_ms);
  dup2(output.in.get(), STDOUT_FILENO);
  dup2(output.in.get(), STDERR_FILENO);
  close_range(STDERR_FILENO + 1, std::numeric_limits<unsigned>::max(), CLOSE_RANGE_CLOEXEC);
  take_default_signals();
  if (chdir("/") == 0) {
    execve(job.command[0].c_str(), pointers(job.command).data(), pointers(job.environment).data());
  }
  const int why = errno;
  (void)!write(errors.in.get(), &why, sizeof why);
  _exit(0);
}

Running start(const ExecJob& job) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const pid_t parent = getpid();
  const pid_t pid = output.out.valid() && errors.out.valid() ? _Fork() : -1;
  if (pid == 0) become(job, output, errors, parent);
  return {pid, watch_process(pid), std::move(output.out), std::move(errors.out)};
}

// Keeps what there is room for and drops the rest. False: there will be no more.
bool take_output(const Fd& output, std::string& kept) {
  std::array<char, 16'384> buffer;
  const ssize_t size = read(output.get(), buffer.data(), buffer.size());
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  const std::size_t room = kMaxReportText - kept.size();
  kept.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
  return true;
}

void take_rest(const Fd& output, std::string& kept) {
  std::size_t before = 0;
  do {
    before = kept.size();
  } while (take_output(output, kept) && kept.size() > before);
}

enum class End : std::uint8_t { kExited, kTimedOut, kUnwanted };

// Unwanted: helper or server have gone, or do not wait for it.
End wait_for_end(const Running& command, const Fd& helper, const Fd& reports,
                 std::uint64_t deadline_ms, std::string& kept) {
  std::array<pollfd, 4> watched = {{{command.end.get(), POLLIN, 0},
                                    {helper.get(), POLLIN, 0},
                                    {reports.get(), 0, 0},
                                    {command.output.get(), POLLIN, 0}}};
  while (true) {
    const auto wait_ms = std::min<std::uint64_t>(left_ms(deadline_ms), 1'000'000'000);
    if (wait_ms == 0) return End::kTimedOut;
    if (poll(watched.data(), watched.size(), static_cast<int>(wait_ms)) <= 0) continue;
    if (watched[0].revents != 0) return End::kExited;
    if (watched[1].revents != 0 || watched[2].revents != 0) return End::kUnwanted;
    if (watched[3].revents != 0 && !take_output(command.output, kept)) watched[3].fd = -1;
  }
}

std::uint32_t reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return static_cast<std::uint32_t>(status);
}

JobReport report_exit(const Running& command, std::string kept) {
  const std::uint32_t status = reap(command.pid);
  take_rest(command.output, kept);
  int why = 0;
  if (read(command.errors.get(), &why, sizeof why) == static_cast<ssize_t>(sizeof why)) {
    return {.kind = JobReport::Kind::kFailed, .text = std::generic_category().message(why)};
  }
  return {.kind = JobReport::Kind::kExited, .text = std::move(kept), .status = status};
}

// What left the command's session has become ours with the death of its parent.
void end_what_is_left() {
  const std::string path = "/proc/self/task/" + std::to_string(getpid()) + "/children";
  const std::int64_t deadline_ms = monotonic_ms() + kEndGraceMs;
  for (int ended = 0; ended < kMaxLeftBehind && monotonic_ms() < deadline_ms;) {
    std::ifstream children(path);
    for (pid_t child = 0; children >> child;) kill(child, SIGKILL);
    const pid_t child = waitpid(-1, nullptr, WNOHANG);
    if (child < 0 && errno == ECHILD) return;
    if (child > 0) ++ended;
    if (child == 0) (void)poll(nullptr, 0, kLookMs);
  }
}

void send(const Fd& reports, const JobReport& report) {
  (void)send_packet(reports, pack(report));  // who has gone away misses nothing
}

void tell_not_started(const Fd& reports, const std::string& why) {
  send(reports, {.kind = JobReport::Kind::kNotStarted, .text = why});
}

void run(const ExecJob& job, const Fd& helper, const Fd& reports) {
  std::string kept;
  if (left_ms(job.deadline_ms) == 0) {
    return tell_not_started(reports, "its time was over before there was room for it");
  }
  const Running command = start(job);
  if (!command.end.valid()) {
    tell_not_started(reports, "there can be no process for it");
    return end_what_is_left();
  }
  const End end = wait_for_end(command, helper, reports, job.deadline_ms, kept);
  kill(-command.pid, SIGKILL);  // the number is its own until it is reaped
  switch (end) {
    case End::kExited:
      send(reports, report_exit(command, std::move(kept)));
      break;
    case End::kTimedOut:
      send(reports, {.kind = JobReport::Kind::kTimedOut, .text = std::move(kept)});
      break;
    case End::kUnwanted:
      break;
  }
  end_what_is_left();
}

std::optional<ExecJob> read_job(const Fd& job) {
  const auto memory = SealedMemory::map(job, std::numeric_limits<std::size_t>::max());
  if (!memory.ok()) return std::nullopt;
  const auto bytes = memory.value()->bytes();
  return unpack_exec_job({reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // NOLINT
}

}  // namespace

void run_exec_job(const Fd& job, const Fd& reports, pid_t helper) {
  prctl(PR_SET_NAME, "rhumb-exec");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Fd watched_helper = watch_process(helper);
  if (getppid() != helper) return;
  const auto wanted = read_job(job);
  if (!wanted) return tell_not_started(reports, "it is not understood");
  run(*wanted, watched_helper, reports);
}

}  // namespace rhumb
