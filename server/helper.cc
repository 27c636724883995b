#include "server/helper.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <span>
#include <system_error>
#include <utility>

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

// In which a keeper ends once it has no server.
constexpr int kKeeperEndMs = 1'000;

int wait_ms(std::uint32_t wall_s) {
  const std::uint64_t wanted = (std::uint64_t{wall_s} + kWallGraceS) * 1000;
  return static_cast<int>(std::min<std::uint64_t>(wanted, std::numeric_limits<int>::max()));
}

// Memory that this process and those it forks share; null, and errno: there is none.
KeeperFacts* share_facts() {
  void* const at =
      mmap(nullptr, sizeof(KeeperFacts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? nullptr : new (at) KeeperFacts;
}

}  // namespace

Helper::Helper(const JobLimits& limits, HelperStart start)
    : limits_(limits), facts_(share_facts()) {
  auto [ours, theirs] = make_packet_sockets();
  auto [our_end, its_end] = make_packet_sockets();
  const pid_t server = getpid();
  if (ours.valid() && our_end.valid() && facts_ != nullptr) keeper_pid_ = fork();
  if (keeper_pid_ == 0) run_keeper(its_end, theirs, server, *facts_);
  if (keeper_pid_ < 0) {
    have_none(std::generic_category().message(errno));
  } else {
    requests_ = std::move(ours);
    keeper_ = std::move(our_end);
    end_ = watch_process(keeper_pid_);
  }
  its_end = Fd();
  if (start == HelperStart::kAtOnce) begin({});
}

Helper::~Helper() {
  stop();
  keeper_ = Fd();  // by whose end one ends that was told nothing yet
  // One whose helper stands still ends only with this process.
  if (keeper_pid_ > 0 && has_packet(end_, kKeeperEndMs)) waitpid(keeper_pid_, nullptr, 0);
  if (facts_ != nullptr) munmap(facts_, sizeof(KeeperFacts));
}

void Helper::begin(const HelperTerms& terms) {
  if (!keeper_.valid()) return;
  const auto answer =
      send_packet(keeper_, pack(terms)) ? receive_packet(keeper_, -1) : std::nullopt;
  if (!answer) return have_none("the process that starts it has ended");
  if (answer->bytes != kHelperBegun) have_none(answer->bytes);
}

void Helper::have_none(const std::string& why) {
  why_none_ = why;
  requests_ = Fd();
  keeper_ = Fd();
}

// Its end of the socket is closed before anything else of it goes.
bool Helper::is_gone() const {
  pollfd watched{keeper_.get(), POLLRDHUP, 0};
  return keeper_.valid() && poll(&watched, 1, 0) > 0;
}

HelperRestarts Helper::restarts() const {
  if (facts_ == nullptr || facts_->restarts == 0) return {};
  return {facts_->restarts, way_of_end(facts_->last_end)};
}

void Helper::take_news() const {
  while (receive_packet(keeper_, 0)) {
  }
}

std::string Helper::problem() const {
  if (stopped_) return "";
  const std::string what_follows =
      "EXEC checks get no data and stay as they are, and no changed database can be read";
  const std::string for_good = what_follows + "; restart rhumb";
  if (!why_none_.empty()) return "there is no helper process (" + why_none_ + "): " + for_good;
  if (is_gone()) return "the helper process is gone: " + for_good;
  const int why_not_now = facts_ == nullptr ? 0 : facts_->why_none.load();
  if (why_not_now == 0) return "";
  return "there can be no helper process now (" + std::generic_category().message(why_not_now) +
         "); it is tried every second: " + what_follows;
}

void Helper::stop() {
  stopped_ = true;
  // By which the helper ends, with its children, and then its keeper. A signal could not be sent.
  if (requests_.valid()) shutdown(requests_.get(), SHUT_RDWR);
}

// Why a job has ended without a word.
std::string Helper::why_silent() const {
  if (stopped_ || is_gone()) return "the helper process is gone; restart rhumb";
  return "the helper process ended meanwhile, and is started anew: reload to try again";
}

CompileResult Helper::compile(const MapJob& job, Haste haste, const Wanted& wanted) {
  if (!requests_.valid()) {
    return CompileFailure{JobPart::kMaps, "there is no helper process: " + why_none_};
  }
  auto [ours, theirs] = make_packet_sockets();
  MapResults results(job);
  if (!send(job, haste, theirs)) return results.finish(why_silent());
  theirs = Fd();
  for (int left_ms = wait_ms(limits_.wall_s); left_ms > 0 && !stopped_;) {
    if (wanted && !wanted()) return CompileFailure{JobPart::kMaps, "nobody wants it any more"};
    const int look_ms = std::min(left_ms, kLookForWantMs);
    if (!has_packet(ours, look_ms)) {
      left_ms -= look_ms;
      continue;
    }
    const auto packet = receive_packet(ours, 0);
    if (!packet || !results.take(packet->bytes, packet->fds)) break;
  }
  return results.finish(why_silent());
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
