#include "server/exec_probe.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "server/clock.h"
#include "server/exec_job.h"
#include "server/packets.h"
#include "server/sealed_memory.h"
#include "text/quote.h"

namespace rhumb {
namespace {

// How soon a full helper is asked again.
constexpr std::uint64_t kRetryMs = 10;
constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char* kHelperGone = "the helper process is gone (restart rhumb)";
constexpr const char* kNoSense = "its report makes no sense";
constexpr const char* kDropped = "the helper process ended or dropped the command";

ExecJob job_of(const CheckSpec& spec, std::int64_t timeout_ms) {
  ExecJob job{.command = spec.command,
              .environment = {kPath, "RHUMB_CHECK_ID=" + spec.id},
              .deadline_ms = static_cast<std::uint64_t>(monotonic_ms() + timeout_ms)};
  if (!spec.address.empty()) job.environment.push_back("RHUMB_ADDRESS=" + spec.address);
  if (spec.port != 0) job.environment.push_back("RHUMB_PORT=" + std::to_string(spec.port));
  return job;
}

// The first line with something in it, as ": …", so that it does nothing to a log or a terminal.
std::string said(std::string_view output) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = output.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return "";
  output.remove_prefix(begin);
  output = output.substr(0, output.find('\n'));
  output = output.substr(0, output.find_last_not_of(kBlank) + 1);
  return ": " + in_quotes(output, kMaxOutputShown);
}

std::string cannot_run(const CheckSpec& spec, const std::string& why) {
  return "cannot run " + path_in_quotes(spec.command.front()) + ": " + why;
}

}  // namespace

ProbeResult judge_exec(const CheckSpec& spec, const JobReport& report) {
  switch (report.kind) {
    case JobReport::Kind::kExited: {
      const std::string reason = way_of_end(report.status) + said(report.text);
      return report.status == 0 ? succeeded(reason) : failed(reason);
    }
    case JobReport::Kind::kTimedOut:
      return failed(timed_out(spec, "running the command") + said(report.text));
    case JobReport::Kind::kFailed:
      return failed(cannot_run(spec, report.text));
    case JobReport::Kind::kNotStarted:
      return without_data(cannot_run(spec, report.text));
    case JobReport::Kind::kEnded:
      return without_data(
          cannot_run(spec, "the process for it ended, " + way_of_end(report.status)));
    case JobReport::Kind::kBegun:
    case JobReport::Kind::kInfo:
    case JobReport::Kind::kMap:
    case JobReport::Kind::kDone:
      break;
  }
  return without_data(cannot_run(spec, kNoSense));
}

struct ExecProbes::Run {
  ExecProbes& owner;
  std::shared_ptr<const CheckSpec> spec;
  Done done;
  Fd memory;   // until it is handed over,
  Fd theirs;   // and this too
  Fd reports;  // closed behind its poll
  UvPoll poll;
  UvTimer due;
  std::optional<ProbeResult> result;  // told when due
};

ExecProbes::ExecProbes(uv_loop_t* loop, const Helper* helper)
    : loop_(loop), helper_(helper), retry_(make_timer(loop, this)) {}

ExecProbes::~ExecProbes() = default;

void ExecProbes::start(std::shared_ptr<const CheckSpec> wanted, std::int64_t timeout_ms,
                       Done done) {
  const CheckSpec& spec = *wanted;
  auto owned = std::unique_ptr<Run>(
      new Run{*this, std::move(wanted), std::move(done), {}, {}, {}, {}, {}, {}});
  Run& run = *owned;
  runs_.emplace(&run, std::move(owned));
  run.due = make_timer(loop_, &run);
  uv_update_time(loop_);
  uv_timer_start(run.due.get(), on_timer, static_cast<std::uint64_t>(timeout_ms + kHelperGraceMs),
                 0);
  if (helper_ == nullptr) return finish_soon(run, without_data("there is no helper process"));
  if (!helper_->why_none().empty()) {
    return finish_soon(run, without_data("there is no helper process: " + helper_->why_none()));
  }
  const std::string job = pack(job_of(spec, timeout_ms));
  Result<Fd> memory = seal(std::as_bytes(std::span(job)));
  if (!memory.ok()) return finish_soon(run, without_data(cannot_run(spec, memory.error())));
  run.memory = std::move(memory).value();
  std::tie(run.reports, run.theirs) = make_packet_sockets();
  if (run.reports.valid()) run.poll = make_poll(loop_, run.reports.get(), &run);
  if (run.poll == nullptr) {
    return finish_soon(run, without_data(cannot_run(spec, std::generic_category().message(errno))));
  }
  line_.push_back(&run);
  hand_over_line();
}

// In order of arrival; asks again soon where there is no room.
void ExecProbes::hand_over_line() {
  while (!line_.empty()) {
    if (!hand_over(*line_.front())) {
      uv_timer_start(
          retry_.get(),
          [](uv_timer_t* retry) { static_cast<ExecProbes*>(retry->data)->hand_over_line(); },
          kRetryMs, 0);
      return;
    }
    line_.pop_front();
  }
}

// False: there is no room.
bool ExecProbes::hand_over(Run& run) {
  switch (helper_->run(run.memory, run.theirs)) {
    case Sent::kNoRoom:
      return false;
    case Sent::kNobody:
      finish_soon(run, without_data(kHelperGone));
      return true;
    case Sent::kYes:
      break;
  }
  run.memory = Fd();
  run.theirs = Fd();
  uv_poll_start(run.poll.get(), UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto& its = *static_cast<Run*>(poll->data);
    its.owner.on_report(its);
  });
  return true;
}

void ExecProbes::on_report(Run& run) {
  const auto packet = receive_packet(run.reports, 0);
  if (!packet) return finish(run, without_data(helper_->is_gone() ? kHelperGone : kDropped));
  const auto report = unpack_report(packet->bytes);
  finish(run,
         report ? judge_exec(*run.spec, *report) : without_data(cannot_run(*run.spec, kNoSense)));
}

void ExecProbes::on_timer(uv_timer_t* due) {
  auto& run = *static_cast<Run*>(due->data);
  run.owner.on_due(run);
}

void ExecProbes::on_due(Run& run) {
  if (run.result) return finish(run, *std::move(run.result));
  finish(run, without_data(timed_out(*run.spec, "waiting for the helper process")));
}

// Nobody is called back from within start().
void ExecProbes::finish_soon(Run& run, ProbeResult result) {
  run.result = std::move(result);
  uv_timer_start(run.due.get(), on_timer, 0, 0);
}

void ExecProbes::finish(Run& run, ProbeResult result) {
  const auto found = runs_.find(&run);
  const std::unique_ptr<Run> ended = std::move(found->second);
  runs_.erase(found);
  std::erase(line_, &run);
  ended->done(std::move(result));
}

}  // namespace rhumb
