// What server, helper and child say to one another, as values and as packets. A child that a
// hostile database has taken over may say anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/map_compiler.h"

namespace rhumb {

enum class JobKind : std::uint8_t { kMaps, kCommand };

// Octets of text in a report.
inline constexpr std::size_t kMaxReportText = 1'024;

// Server to helper, with two descriptors: sealed memory that holds the job, and a packet socket for
// the reports.
struct JobRequest {
  JobKind kind = JobKind::kMaps;
  Haste haste = Haste::kNow;
  std::uint32_t cpu_s = 0;   // of processor time at most; a command has no such bound
  std::uint32_t wall_s = 0;  // of time at most; a command has its own deadline

  bool operator==(const JobRequest&) const = default;
};

// Child to server; the last one, kEnded, comes from the helper.
struct JobReport {
  enum class Kind : std::uint8_t {
    kBegun,       // `part` is worked on
    kInfo,        // `info` of the database `part`
    kMap,         // the next map, a sealed memory, is beside the packet
    kFailed,      // `text` says why
    kDone,        // there is no more
    kEnded,       // `status`, as waitpid() gives it
    kExited,      // a command did: its `status`, and in `text` what it wrote first
    kTimedOut,    // it did not in time; `text` is the same
    kNotStarted,  // `text` says why nothing was done at all
  };
  Kind kind = Kind::kDone;
  JobPart part = JobPart::kMaps;
  DatabaseInfo info{};
  std::string text{};
  std::uint32_t status = 0;

  bool operator==(const JobReport&) const = default;
};

// "killed by signal 9 (Killed)"
std::string killed_by(int signal);
// The same of what waitpid() tells, or "exit status 1".
std::string way_of_end(std::uint32_t wait_status);

std::string pack(const JobRequest& request);
std::string pack(const JobReport& report);  // long texts are cut
std::optional<JobRequest> unpack_request(std::string_view bytes);
std::optional<JobReport> unpack_report(std::string_view bytes);

}  // namespace rhumb
