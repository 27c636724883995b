// The work of a map job, whoever does it: reads the databases, compiles the maps, and hands over
// each thing as it is done. Reading a hostile database may end the process.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/error.h"
#include "server/map_compiler.h"

namespace rhumb {

// Rules that are compiled in one go; their maps are in memory at once.
inline constexpr std::size_t kRulesAtOnce = 64;

// Takes what there is, in the order in which it comes.
class MapReceiver {
 public:
  MapReceiver() = default;
  MapReceiver(const MapReceiver&) = delete;
  MapReceiver& operator=(const MapReceiver&) = delete;
  virtual ~MapReceiver() = default;

  virtual void begin(JobPart part) = 0;
  virtual void take_info(JobPart part, const DatabaseInfo& info) = 0;
  // One a rule in their order, then the special one if it is asked for. False: no more is wanted.
  virtual bool take_map(std::span<const std::byte> map) = 0;
};

// The error is of the part that begun last.
std::optional<Error> do_map_job(const MapJob& job, MapReceiver& receiver);

}  // namespace rhumb
