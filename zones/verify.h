// Judges a zone's data once it is arranged: every rule about records, sets, groups and the zone as
// a whole that does not depend on how they were written.
#pragma once

#include "zones/draft.h"
#include "zones/report.h"

namespace rhumb {

inline constexpr int kMaxTypesPerName = 255;  // what a Node can count

// Reports all that is wrong. Marks what is not to be frozen (duplicates, hidden data) as dropped,
// and gives the records of a set the smallest of their TTLs (RFC 2181 §5.2).
void verify(ZoneDraft& draft, Report& report);

}  // namespace rhumb
