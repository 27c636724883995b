// How much an answer may hold at worst: from each group, the most that maxAnswers sets and what
// their aliases lead to come to together, whatever is alive and whoever asks.
#pragma once

#include <span>

#include "base/error.h"
#include "zones/alias_graph.h"
#include "zones/zone_set.h"

namespace rhumb {

// Reports groups that over aliases may have to answer with more than fits a reply: kMaxAnswerSets
// sets, kMaxRecordsPerSet records, kMaxSetSize octets. Requires: `order` is that of order_groups().
void check_answer_bounds(const ZoneSet& zones, const AliasGraph& graph,
                         std::span<const GroupNumber> order, Diagnostics& diagnostics);

}  // namespace rhumb
