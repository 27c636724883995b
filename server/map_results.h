// What comes of a map job, gathered from a child's reports. It believes none of them: maps are
// validated, texts made harmless, and a child that says too much is heard no longer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/job_packets.h"
#include "server/listeners.h"
#include "server/map_compiler.h"

namespace rhumb {

class MapResults {
 public:
  // `job` outlives it.
  explicit MapResults(const MapJob& job) : job_(job) {}

  // One packet with what was beside it. False: no more are to come.
  bool take(std::string_view packet, const std::vector<Fd>& fds);
  // All maps, or why there are none: where nobody told how the child ended, `why_silent`.
  CompileResult finish(const std::string& why_silent);

 private:
  bool take(const JobReport& report, const std::vector<Fd>& fds);
  void take_info(JobPart part, const DatabaseInfo& info);
  void take_map(const std::vector<Fd>& fds);
  void add(ClientMap map);
  void fail(const std::string& reason);
  [[nodiscard]] std::string name_of(JobPart part) const;
  [[nodiscard]] std::string why_ended() const;

  const MapJob& job_;
  CompiledMaps maps_;
  JobPart part_ = JobPart::kMaps;  // that the child works on
  std::size_t packets_ = 0;
  bool done_ = false;
  std::optional<std::uint32_t> status_;  // of the child, once it has ended
  std::optional<CompileFailure> failure_;
};

}  // namespace rhumb
