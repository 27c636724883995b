#include "server/job_packets.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "base/pack.h"

namespace rhumb {
namespace {

// The end of the year 9999: what is later cannot be shown.
constexpr std::uint64_t kMaxBuildTimeS = 253'402'300'799;

template <typename Enum>
void put(Packer& to, Enum value) {
  to.number(static_cast<std::uint8_t>(value));
}

template <typename Enum>
Enum take(Unpacker& from, Enum last) {
  const auto value = from.number<std::uint8_t>();
  if (value <= static_cast<std::uint8_t>(last)) return static_cast<Enum>(value);
  from.fail();
  return last;
}

}  // namespace

std::string killed_by(int signal) {
  const char* const known = sigdescr_np(signal);
  return "killed by signal " + std::to_string(signal) +
         (known == nullptr ? "" : " (" + std::string(known) + ")");
}

std::string way_of_end(std::uint32_t wait_status) {
  const int status = static_cast<int>(wait_status);
  if (!WIFSIGNALED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  return killed_by(WTERMSIG(status));
}

std::string pack(const JobRequest& request) {
  Packer to;
  put(to, request.kind);
  put(to, request.haste);
  to.number(request.cpu_s);
  to.number(request.wall_s);
  return to.bytes();
}

std::string pack(const JobReport& report) {
  Packer to;
  put(to, report.kind);
  put(to, report.part);
  to.text(report.info.type.substr(0, kMaxReportText));
  to.number(report.info.build_time_s);
  to.number(report.info.networks);
  to.text(report.text.substr(0, kMaxReportText));
  to.number(report.status);
  return to.bytes();
}

std::optional<JobRequest> unpack_request(std::string_view bytes) {
  Unpacker from(bytes);
  JobRequest request;
  request.kind = take(from, JobKind::kCommand);
  request.haste = take(from, Haste::kIdle);
  request.cpu_s = from.number<std::uint32_t>();
  request.wall_s = from.number<std::uint32_t>();
  if (!from.done()) return std::nullopt;
  return request;
}

std::optional<JobReport> unpack_report(std::string_view bytes) {
  Unpacker from(bytes);
  JobReport report;
  report.kind = take(from, JobReport::Kind::kNotStarted);
  report.part = take(from, JobPart::kMaps);
  report.info.type = from.text(kMaxReportText);
  report.info.build_time_s = std::min(from.number<std::uint64_t>(), kMaxBuildTimeS);
  report.info.networks = from.number<std::uint64_t>();
  report.text = from.text(kMaxReportText);
  report.status = from.number<std::uint32_t>();
  if (!from.done()) return std::nullopt;
  return report;
}

}  // namespace rhumb
