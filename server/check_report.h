// The checks in force with their states, as the health thread gives them away: a part at a time, so
// that no part keeps it from verdicts.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/check_status.h"
#include "zones/zone_set.h"

namespace rhumb {

class CheckBook;

struct CheckReport {
  std::shared_ptr<const ZoneSet> zones;  // null: nothing is in force yet
  std::size_t first = 0;                 // statuses[i] is of zones->checks()[first + i]
  std::vector<CheckStatus> statuses;
};

// From check number `first` on, until `looks` checks have been looked at: each costs one look, and
// a CALCULATED one that is told with words as many more as it has children. The last may take more.
CheckReport report_of(const CheckBook& book, std::size_t first, std::size_t looks, Words words);

}  // namespace rhumb
