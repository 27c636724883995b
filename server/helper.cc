#include "server/helper.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

#include "server/helper_process.h"
#include "server/job_packets.h"
#include "server/map_results.h"
#include "server/process_bounds.h"
#include "server/sealed_memory.h"

namespace rhumb {
namespace {

// Beyond a job's own limit, after which its child is dead and the helper says so.
constexpr std::uint32_t kWallGraceS = 60;

// Between two looks at whether a job is still wanted.
constexpr int kLookForWantMs = 100;

int wait_ms(std::uint32_t wall_s) {
  const std::uint64_t wanted = (std::uint64_t{wall_s} + kWallGraceS) * 1000;
  return static_cast<int>(std::min<std::uint64_t>(wanted, std::numeric_limits<int>::max()));
}

}  // namespace

Helper::Helper(const JobLimits& limits) : limits_(limits) {
  auto [ours, theirs] = make_packet_sockets();
  const pid_t server = getpid();
  if (ours.valid()) pid_ = fork();
  if (pid_ == 0) {
    ours = Fd();
    run_helper(theirs, server);
  }
  if (pid_ < 0) {
    why_none_ = std::generic_category().message(errno);
  } else {
    requests_ = std::move(ours);
    end_ = watch_process(pid_);
  }
}

Helper::~Helper() {
  stop();
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

bool Helper::is_gone() const {
  pollfd watched{end_.get(), POLLIN, 0};
  return end_.valid() && poll(&watched, 1, 0) > 0;
}

std::string Helper::problem() const {
  if (stopped_) return "";
  constexpr const char* kWhatFollows =
      "EXEC checks get no data and stay as they are, and no changed database can be read; restart "
      "rhumb";
  if (!why_none_.empty()) return "there is no helper process (" + why_none_ + "): " + kWhatFollows;
  return is_gone() ? std::string("the helper process is gone: ") + kWhatFollows : "";
}

void Helper::stop() {
  stopped_ = true;
  if (pid_ > 0) kill(pid_, SIGKILL);  // and its children end with it
}

CompileResult Helper::compile(const MapJob& job, Haste haste, const Wanted& wanted) {
  if (!requests_.valid()) {
    return CompileFailure{JobPart::kMaps, "there is no helper process: " + why_none_};
  }
  auto [ours, theirs] = make_packet_sockets();
  MapResults results(job);
  if (!send(job, haste, theirs)) return results.finish();
  theirs = Fd();
  for (int left_ms = wait_ms(limits_.wall_s); left_ms > 0;) {
    if (wanted && !wanted()) return CompileFailure{JobPart::kMaps, "nobody wants it any more"};
    const int look_ms = wanted ? std::min(left_ms, kLookForWantMs) : left_ms;
    if (!has_packet(ours, look_ms)) {
      left_ms -= look_ms;
      continue;
    }
    const auto packet = receive_packet(ours, 0);
    if (!packet || !results.take(packet->bytes, packet->fds)) break;
  }
  return results.finish();
}

bool Helper::send(const MapJob& job, Haste haste, const Fd& reports) const {
  const std::string bytes = pack(job);
  const Result<Fd> memory = seal(std::as_bytes(std::span(bytes)));
  if (!memory.ok() || !reports.valid()) return false;
  const auto rules = static_cast<std::uint32_t>(job.rules.size());
  const JobRequest request{.kind = JobKind::kMaps,
                           .haste = haste,
                           .cpu_s = limits_.cpu_s + limits_.cpu_rule_s * rules,
                           .wall_s = limits_.wall_s};
  return send_packet(requests_, pack(request), {memory.value().get(), reports.get()});
}

Sent Helper::run(const Fd& memory, const Fd& reports) const {
  if (!requests_.valid()) return Sent::kNobody;
  const JobRequest request{.kind = JobKind::kCommand};
  return try_send_packet(requests_, pack(request), {memory.get(), reports.get()});
}

MapCompiler compiler_of(Helper* helper) {
  if (helper == nullptr) return {};
  return [helper](const MapJob& job, Haste haste, const Wanted& wanted) {
    return helper->compile(job, haste, wanted);
  };
}

}  // namespace rhumb
