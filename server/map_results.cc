#include "server/map_results.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "server/helper_process.h"
#include "server/sealed_memory.h"
#include "text/quote.h"

namespace rhumb {
namespace {

// Packets beside those with maps.
constexpr std::size_t kMaxOtherPackets = 8;

// Nothing of it does anything to a terminal or a log.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

Result<ClientMap> adopt(const std::vector<Fd>& fds) {
  if (fds.size() != 1) return Error{"there is no memory beside it"};
  auto memory = SealedMemory::map(fds[0], kMaxMapSize);
  if (!memory.ok()) return Error{memory.error()};
  const auto bytes = memory.value()->bytes();
  return ClientMap::adopt(bytes, std::move(memory).value());
}

std::string child_end_of(std::uint32_t wait_status) {
  const int status = static_cast<int>(wait_status);
  if (!WIFSIGNALED(status)) return "ended with code " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  if (number == SIGXCPU) return "used more processor time than it may";
  if (number == SIGALRM) return "took longer than it may";
  return "was " + killed_by(number);
}

}  // namespace

bool MapResults::take(std::string_view packet, const std::vector<Fd>& fds) {
  const auto report = unpack_report(packet);
  const std::size_t most = job_.rules.size() + kMaxOtherPackets;
  if (!report || ++packets_ > most) {
    fail("says what makes no sense");
    return false;
  }
  return take(*report, fds);
}

bool MapResults::take(const JobReport& report, const std::vector<Fd>& fds) {
  switch (report.kind) {
    case JobReport::Kind::kBegun:
      part_ = report.part;
      return true;
    case JobReport::Kind::kInfo:
      take_info(report.part, report.info);
      return true;
    case JobReport::Kind::kMap:
      take_map(fds);
      return !failure_;
    case JobReport::Kind::kFailed:
      fail(printable(report.text));
      return true;
    case JobReport::Kind::kNotStarted:
      fail("failed: " + printable(report.text));
      return true;
    case JobReport::Kind::kDone:
      done_ = true;
      return true;
    case JobReport::Kind::kEnded:
      status_ = report.status;
      return false;
    case JobReport::Kind::kExited:
    case JobReport::Kind::kTimedOut:
      fail("says what makes no sense");
      return false;
  }
  return false;
}

void MapResults::take_info(JobPart part, const DatabaseInfo& info) {
  DatabaseInfo& kept =
      (part == JobPart::kAsnDatabase ? maps_.asn_database : maps_.database).emplace(info);
  kept.type = printable(std::move(kept.type));
}

void MapResults::take_map(const std::vector<Fd>& fds) {
  Result<ClientMap> map = adopt(fds);
  if (map.ok()) return add(std::move(map).value());
  fail("gave a map that cannot be used: " + map.error());
}

void MapResults::add(ClientMap map) {
  const std::size_t number = maps_.of_rule.size();
  const bool is_special = number == job_.rules.size();
  const std::size_t locations = is_special ? 1 : job_.rules[number].locations.size();
  if ((is_special && (!job_.special || maps_.special != nullptr)) ||
      map.location_count() > locations) {
    return fail("gave a map that nobody asked for");
  }
  auto shared = std::make_shared<const ClientMap>(std::move(map));
  if (is_special) {
    maps_.special = std::move(shared);
  } else {
    maps_.of_rule.push_back(std::move(shared));
  }
}

void MapResults::fail(const std::string& reason) {
  if (failure_) return;
  const std::string what = part_ == JobPart::kMaps ? "the compile of client maps" : name_of(part_);
  failure_ = CompileFailure{part_, what + " " + reason};
}

CompileResult MapResults::finish(const std::string& why_silent) {
  if (failure_) return *std::move(failure_);
  if (!status_) return CompileFailure{JobPart::kMaps, why_silent};
  const bool is_whole =
      maps_.of_rule.size() == job_.rules.size() && (maps_.special != nullptr) == job_.special;
  if (!done_ || !is_whole) return CompileFailure{part_, why_ended()};
  if (job_.atlas.database.empty()) maps_.database.reset();
  if (job_.atlas.asn_database.empty()) maps_.asn_database.reset();
  return std::move(maps_);
}

std::string MapResults::name_of(JobPart part) const {
  switch (part) {
    case JobPart::kDatabase:
      return "the database " + path_in_quotes(job_.atlas.database);
    case JobPart::kAsnDatabase:
      return "the database " + path_in_quotes(job_.atlas.asn_database);
    case JobPart::kMaps:
      break;
  }
  return "the client maps";
}

std::string MapResults::why_ended() const {
  const bool is_database = part_ != JobPart::kMaps;
  return name_of(part_) + " could not be compiled: the process " +
         (is_database ? "reading it " : "compiling them ") + child_end_of(*status_);
}

}  // namespace rhumb
