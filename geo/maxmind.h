// Reads MaxMind DB files whole: what they say of all networks, as a PlaceTable. The door to
// libmaxminddb, which maps the file and trusts it more than it should: a hostile file, or one that
// is cut short meanwhile, may end the process. So nobody calls this but the helper's child.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "geo/place_table.h"

namespace rhumb {

// How often the search tree branches in all; five times the largest databases.
inline constexpr std::size_t kMaxTreeBranches = 64'000'000;
// And for each of its nodes: good ones are met once, those of a damaged tree again and again.
inline constexpr std::size_t kMaxBranchesPerNode = 32;

struct DatabaseInfo {
  std::string type;                // as the file says: "GeoLite2-City"
  std::uint64_t build_time_s = 0;  // Unix time, as the file says
  std::uint64_t networks = 0;      // of which it says anything that is used

  bool operator==(const DatabaseInfo&) const = default;
};

struct ReadDatabase {
  PlaceTable table;
  DatabaseInfo info;
};

// A database with City or Country fields: continent, country, subdivisions, coordinates. The errors
// of both say what is wrong with the file, and do not name it.
Result<ReadDatabase> read_places(const std::string& path);
// A database of AS numbers.
Result<ReadDatabase> read_asns(const std::string& path);

}  // namespace rhumb
